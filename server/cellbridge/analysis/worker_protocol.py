"""What is asked of the jedi worker and what it answers, and how both are framed.

Owns the messages between the server and its worker process. It must not import jedi, so that the
server can use it, nor know when the worker runs.

A frame is a length (4 bytes, big endian) and that many bytes of MessagePack.
"""

from __future__ import annotations

import re
import struct

import msgspec

from cellbridge.core.code_info import Completions, Inspection, Signatures, Spot

HEADER = struct.Struct(">I")
"""The length before each frame."""
FRAME_LIMIT = 64 * 1024 * 1024
"""Bytes of the largest frame either side accepts; a longer one means that the two lost step."""


class Complete(msgspec.Struct, frozen=True, tag="complete"):
    """Candidates at ``line`` and ``column`` (both from 0, code points). Answer: `Completions`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None
    """The interpreter whose packages are meant; None for the worker's own."""


class Hover(msgspec.Struct, frozen=True, tag="hover"):
    """Signature and documentation of the name at ``line`` and ``column``. Answer: `Inspection`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None


class Sign(msgspec.Struct, frozen=True, tag="sign"):
    """The ways to call what is called at ``line`` and ``column``. Answer: `Signatures`."""

    content: str
    line: int
    column: int
    path: str | None = None
    python: str | None = None


class Define(Sign, frozen=True, tag="define"):
    """Where the name at a position is defined. Answer: `Found`."""


class DefineType(Sign, frozen=True, tag="define type"):
    """Where the class of what the name at a position stands for is defined. Answer: `Found`."""


class Refer(Sign, frozen=True, tag="refer"):
    """Where in the document the name at a position is used, its definition included: `Found`."""


class Mark(Sign, frozen=True, tag="mark"):
    """As `Refer`, asked by the way: for highlights, which follow the cursor."""


class Warm(msgspec.Struct, frozen=True, tag="warm"):
    """Load what ``content`` imports, piece by piece between other answers. Answered at once."""

    content: str
    path: str | None = None
    python: str | None = None


class Warming(msgspec.Struct, frozen=True, tag="warming"):
    """The imports are being loaded."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker's first frame: jedi is imported. Sent unasked."""


Job = Complete | Hover | Sign | Define | DefineType | Refer | Mark | Warm


class Completed(msgspec.Struct, frozen=True, tag="completed"):
    """The answer to `Complete`."""

    completions: Completions


class Described(msgspec.Struct, frozen=True, tag="described"):
    """The answer to `Hover`."""

    inspection: Inspection


class Signed(msgspec.Struct, frozen=True, tag="signed"):
    """The answer to `Sign`."""

    signatures: Signatures


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The answer to what asks for places."""

    spots: list[Spot]


Result = Completed | Described | Signed | Found | Warming | Ready

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
