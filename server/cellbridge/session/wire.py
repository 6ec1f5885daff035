"""How messages become bytes between a host and its clients.

Owns the framing: four bytes of length, big-endian, then MessagePack. It must not know what the
messages mean.
"""

from __future__ import annotations

import asyncio
import re
import struct
from typing import Any, TypeVar, cast

import msgspec

from cellbridge.session.errors import SessionError, SessionLostError

FRAME_LIMIT = 512 * 1024 * 1024
"""Bytes of one message; a longer one cannot be meant and ends the connection."""

_LENGTH = struct.Struct(">I")
_SURROGATE = re.compile("[\ud800-\udfff]")
_encoder = msgspec.msgpack.Encoder()

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What is raised for bytes that are no message, or nested more deeply than any message is: what a
kernel sends is bounded where it comes in (kernel/channels/framing.py)."""

T = TypeVar("T")


def encode(message: object) -> bytes:
    """Return the frame of ``message``."""
    body = _encoded(message)
    return _LENGTH.pack(len(body)) + body


def encode_body(value: object) -> msgspec.Raw:
    """Return ``value`` encoded without a frame, to lie inside another message."""
    return msgspec.Raw(_encoded(value))


def sendable(text: str) -> str:
    """Return ``text`` with every lone surrogate, which UTF-8 cannot carry, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _encoded(value: object) -> bytes:
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_cleaned(msgspec.to_builtins(value)))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return sendable(value)
    if isinstance(value, dict):
        tree = cast("dict[Any, Any]", value)
        return {_cleaned(key): _cleaned(part) for key, part in tree.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(part) for part in cast("list[Any]", value)]
    return value


def decode_body(raw: msgspec.Raw, kind: Any) -> Any:
    """Return what `encode_body` was given, checked against the type ``kind``.

    Raises:
        SessionError: it is not of that type.
    """
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except _UNREADABLE as error:
        raise SessionError(f"The session's answer is not understood: {error}") from error


async def read(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    """Read one message; None where the peer has closed the connection between messages.

    Raises:
        SessionLostError: the connection ended within a message, or what came is not the protocol's.
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
            f"The session sent a message that is not understood: {error}"
        ) from error
