"""Messages to the jedi worker and its answers, and the frames of both.

Owns the messages between the server and its worker process. It must not import jedi, so that the
server can use it, nor know when the worker runs.

A frame is a length (4 bytes, big endian) and that many bytes of MessagePack.
"""

from __future__ import annotations

import re
import struct

import msgspec

from cellbridge.core.code_info import Completions, Inspection, NameLocation, Signatures

HEADER = struct.Struct(">I")
"""The length before each frame."""
FRAME_LIMIT = 64 * 1024 * 1024
"""Bytes of the largest frame either side accepts; a longer one means that the two lost step."""


class CompletionJob(msgspec.Struct, frozen=True, tag="complete"):
    """Candidates at ``line`` and ``column`` (both from 0, code points). Answer: `Completions`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None
    """The interpreter whose packages are meant; None for the worker's own."""


class HoverJob(msgspec.Struct, frozen=True, tag="hover"):
    """Signature and documentation of the name at ``line`` and ``column``. Answer: `Inspection`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None


class SignatureJob(msgspec.Struct, frozen=True, tag="sign"):
    """The ways to call what is called at ``line`` and ``column``. Answer: `Signatures`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None


class DefinitionJob(SignatureJob, frozen=True, tag="define"):
    """The definition of the name at a position. Answer: `LocationResult`."""


class TypeDefinitionJob(SignatureJob, frozen=True, tag="define type"):
    """The definition of the class of the object that a name refers to: `LocationResult`."""


class ReferencesJob(SignatureJob, frozen=True, tag="refer"):
    """All uses of a name in the document, its definition included: `LocationResult`."""


class HighlightJob(SignatureJob, frozen=True, tag="mark"):
    """The same as `ReferencesJob`, with low priority: for highlights, which follow the cursor."""


class WarmUpJob(msgspec.Struct, frozen=True, tag="warm"):
    """Load what ``content`` imports, piece by piece between other answers. Answered at once."""

    content: str
    path: str | None = None
    python: str | None = None


class WarmUpStarted(msgspec.Struct, frozen=True, tag="warming"):
    """The imports are being loaded."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker's first frame: jedi is imported. Sent unasked."""


Job = (
    CompletionJob
    | HoverJob
    | SignatureJob
    | DefinitionJob
    | TypeDefinitionJob
    | ReferencesJob
    | HighlightJob
    | WarmUpJob
)


class CompletionResult(msgspec.Struct, frozen=True, tag="completed"):
    """The answer to `CompletionJob`."""

    completions: Completions


class HoverResult(msgspec.Struct, frozen=True, tag="described"):
    """The answer to `HoverJob`."""

    inspection: Inspection


class SignatureResult(msgspec.Struct, frozen=True, tag="signed"):
    """The answer to `SignatureJob`."""

    signatures: Signatures


class LocationResult(msgspec.Struct, frozen=True, tag="found"):
    """The answer to what asks for places."""

    locations: list[NameLocation]


Result = CompletionResult | HoverResult | SignatureResult | LocationResult | WarmUpStarted | Ready

_SURROGATE = re.compile("[\ud800-\udfff]")
_jobs = msgspec.msgpack.Decoder(Job)
_results = msgspec.msgpack.Decoder(Result)
_encoder = msgspec.msgpack.Encoder()


def frame(message: Job | Result) -> bytes:
    """Return ``message`` as one frame, ready to be written."""
    try:
        body = _encoder.encode(message)
    except UnicodeEncodeError:
        if not isinstance(message, Job):
            raise
        # Half a surrogate pair: JSON can carry it, UTF-8 cannot. Its replacement is as long.
        whole = _SURROGATE.sub("\ufffd", message.content)
        body = _encoder.encode(msgspec.structs.replace(message, content=whole))
    return HEADER.pack(len(body)) + body


def body_length(header: bytes) -> int:
    """Return the length of the body after ``header``; raises ValueError for a senseless one."""
    length: int = HEADER.unpack(header)[0]
    if length > FRAME_LIMIT:
        raise ValueError(f"a frame of {length} bytes cannot be meant")
    return length


def decode_job(body: bytes) -> Job:
    """Return the job in a frame's body; raises msgspec.DecodeError for anything else."""
    return _jobs.decode(body)


def decode_result(body: bytes) -> Result:
    """Return the result in a frame's body; raises msgspec.DecodeError for anything else."""
    return _results.decode(body)
