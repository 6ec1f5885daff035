r"""Jupyter's wire format: frames with a signature to messages, and back.

Owns signing, encoding and lenient decoding ("Messaging in Jupyter" 5.4, "The Wire Protocol"). It
must not know sockets, threads or the meaning of messages.

A message is a list of frames; everything before the delimiter is routing::

    [identity…] <IDS|MSG> signature header parent_header metadata content [buffer…]
                          └── HMAC over these four ──────────────────────┘

Of the routing, one frame is ours: the probe's number of a published message (`NUMBER`).

A kernel's messages are tolerated if they can be read at all: broken UTF-8 becomes U+FFFD, lone
surrogates too, a missing dictionary is an empty one, an unknown message type is kept. A value that
is nested deeper than anything later takes (core/json_depth.py) becomes text, marked as such. Frames
without a message, or with a wrong signature, are dropped, and logged by name. Unreadable parts are
marked, so that they can be counted.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from cellbridge.core import json_depth
from cellbridge.kernel.channels.messages import Channel, Message

DELIMITER = b"<IDS|MSG>"
NUMBER = b"cellbridge:"
"""The start of the routing frame that numbers the published messages of a kernel with the probe."""
PROTOCOL_VERSION = "5.4"
"""The version in our headers; kernels check only its major part."""

_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()
_EMPTY = b"{}"


class Framer:
    """Signs and reads the messages of one connection. Safe to share between threads."""

    def __init__(self, key: bytes, session: str, scheme: str = "hmac-sha256") -> None:
        """Make a framer.

        Args:
            key: the connection's secret; without one nothing is signed and nothing is checked.
            session: our session id, repeated in each header.
            scheme: the connection's ``signature_scheme``.

        Raises:
            ValueError: ``scheme`` is not an HMAC of a hash known here.
        """
        self.session = session
        name = scheme.removeprefix("hmac-")
        if key and (name == scheme or name not in hashlib.algorithms_available):
            raise ValueError(f"unknown signature scheme {scheme!r}")
        self._template = hmac.new(key, digestmod=name) if key else None

    def sign(self, frames: Sequence[bytes]) -> bytes:
        """Return the signature of the four signed frames; empty if the connection has no key."""
        if self._template is None:
            return b""
        digest = self._template.copy()
        for frame in frames:
            digest.update(frame)
        return digest.hexdigest().encode("ascii")

    def encode(
        self,
        msg_type: str,
        msg_id: str,
        content: dict[str, Any],
        *,
        metadata: dict[str, Any] | None = None,
        parent: dict[str, Any] | None = None,
    ) -> list[bytes]:
        """Return the frames of a request. Lone surrogates in its strings become ``?``."""
        header = {
            "msg_id": msg_id,
            "msg_type": msg_type,
            "session": self.session,
            "username": "cellbridge",
            "date": datetime.now(UTC).isoformat(),
            "version": PROTOCOL_VERSION,
        }
        frames = [
            write_json(header),
            write_json(parent) if parent else _EMPTY,
            write_json(metadata) if metadata else _EMPTY,
            write_json(content),
        ]
        return [DELIMITER, self.sign(frames), *frames]

    def decode(self, channel: Channel, frames: Sequence[bytes]) -> Message:
        """Return the message in ``frames``, or an unreadable one after a warning in the log."""
        try:
            start = frames.index(DELIMITER) + 1
        except ValueError:
            _log.warning("dropped frames without a delimiter on %s", channel)
            return _unreadable(channel)
        number = _number(frames[1]) if start > 2 else 0
        if len(frames) - start < 5:
            _log.warning("dropped a message of %d frames on %s", len(frames) - start, channel)
            return _unreadable(channel, number)
        signature, signed = frames[start], frames[start + 1 : start + 5]
        header = _part(signed[0])
        if self._template is not None and not hmac.compare_digest(signature, self.sign(signed)):
            _log.warning("dropped %s with a wrong signature on %s", _name(header or {}), channel)
            return _unreadable(channel, number)
        parent, metadata, content = _part(signed[1]), _part(signed[2]), _part(signed[3], 3)
        return Message(
            channel=channel,
            msg_type=_text((header or {}).get("msg_type")),
            msg_id=_text((header or {}).get("msg_id")),
            parent_id=_text((parent or {}).get("msg_id")),
            header=header or {},
            content=content or {},
            metadata=metadata or {},
            parent=parent or {},
            buffers=list(frames[start + 5 :]),
            size=sum(map(len, signed)),
            number=number,
            unreadable=header is None or parent is None or content is None,
        )


def _unreadable(channel: Channel, number: int = 0) -> Message:
    return Message(channel, "", "", "", {}, {}, {}, number=number, unreadable=True)


def _number(frame: bytes) -> int:
    digits = frame[len(NUMBER) :]
    return int(digits) if frame.startswith(NUMBER) and digits.isdigit() else 0


def _name(header: dict[str, Any]) -> str:
    return _text(header.get("msg_type"))[:80] or "a message"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def write_json(value: dict[str, Any]) -> bytes:
    """Return ``value`` as JSON; lone surrogates in its strings become ``?``."""
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, msgspec.MsgspecError):
        # A document may hold half a surrogate pair, which UTF-8 cannot carry.
        return _encoder.encode(scrub(value, "?"))


def read_json(frame: bytes) -> dict[str, Any]:
    """Return a kernel's JSON object; an empty dictionary if it cannot be read."""
    return _part(frame) or {}


def _part(frame: bytes, top: int = 2) -> dict[str, Any] | None:
    """Return a part of a message; None if it is not a JSON object.

    Values on level ``top`` that are nested too deeply become text.
    """
    if frame == _EMPTY:
        return {}
    if json_depth.too_deep(frame, json_depth.MESSAGE_LEVELS):
        frame = json_depth.prune(frame, top=top)
        if json_depth.too_deep(frame, json_depth.MESSAGE_LEVELS):
            _log.warning("a part of %d bytes is nested too deeply to be read", len(frame))
            return None
    try:
        value = _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        value = _unpack_leniently(frame)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _unpack_leniently(frame: bytes) -> object:
    """Read JSON that a strict reader refuses (broken UTF-8, NaN); None if it is not JSON."""
    try:
        return scrub(json.loads(frame.decode("utf-8", "replace")), "\ufffd")
    except (ValueError, RecursionError):
        _log.warning("a part of %d bytes could not be read as JSON", len(frame))
        return None


def scrub(value: object, mark: str) -> object:
    """Return ``value`` with ``mark`` for each lone surrogate in its strings, at any depth."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return "".join(
            mark if "\ud800" <= character <= "\udfff" else character for character in value
        )
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {scrub(key, mark): scrub(item, mark) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [scrub(item, mark) for item in cast("list[Any]", value)]
    return value
