"""The encoding of messages between a host and its clients.

Owns the framing: four bytes of length, big-endian, then MessagePack. It must not know the meaning
of messages.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, TypeVar

import msgspec

from cellbridge.core.packed_values import pack
from cellbridge.session.errors import SessionError, SessionLostError

FRAME_LIMIT = 512 * 1024 * 1024
"""Maximum bytes of one message; a longer one must be an error and ends the connection."""

_LENGTH = struct.Struct(">I")

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Exceptions for bytes that are not a message, or are nested more deeply than any message: the
content of a kernel's messages is bounded on arrival (kernel/channels/framing.py)."""

T = TypeVar("T")


def encode(message: object) -> bytes:
    """Return the frame of ``message``."""
    body = pack(message)
    return _LENGTH.pack(len(body)) + body


def encode_body(value: object) -> msgspec.Raw:
    """Return ``value`` encoded without a frame, for use inside another message."""
    return msgspec.Raw(pack(value))


def decode_body(raw: msgspec.Raw, kind: Any) -> Any:
    """Decode the result of `encode_body`, checked against the type ``kind``.

    Raises:
        SessionError: the value is not of that type.
    """
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except _UNREADABLE as error:
        raise SessionError(f"The session's answer cannot be decoded: {error}") from error


async def read(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    """Read one message; None if the peer has closed the connection between messages.

    Raises:
        SessionLostError: the connection ended within a message, or the bytes are not a message.
    """
    try:
        head = await reader.readexactly(_LENGTH.size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise SessionLostError("The connection to the session broke off.") from error
        return None
    except OSError:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > FRAME_LIMIT:
        raise SessionLostError("The session sent a message that is too long to be one.")
    try:
        return decoder.decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, OSError) as error:
        raise SessionLostError("The connection to the session broke off.") from error
    except _UNREADABLE as error:
        raise SessionLostError(
            f"The session sent a message that cannot be decoded: {error}"
        ) from error
