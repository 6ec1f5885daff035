"""Values of JSON as MessagePack, whatever they contain.

Owns the replacement of what MessagePack cannot carry. It must not know what a value means.
"""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST, _GREATEST = -(2**63), 2**64 - 1
"""The bounds of the integers of MessagePack."""
_encoder = msgspec.msgpack.Encoder()


def pack(value: object) -> bytes:
    """Return ``value`` as MessagePack."""
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, OverflowError):
        return _encoder.encode(_sendable(msgspec.to_builtins(value)))


def replace_surrogates(text: str) -> str:
    """Return ``text`` with every lone surrogate, which UTF-8 cannot carry, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _sendable(value: Any) -> Any:
    """Return a value without what MessagePack cannot carry: surrogates, and ints above 64 bits."""
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, int):
        return max(_LEAST, min(value, _GREATEST)) if not isinstance(value, bool) else value
    if isinstance(value, dict):
        tree = cast("dict[Any, Any]", value)
        return {_sendable(key): _sendable(part) for key, part in tree.items()}
    if isinstance(value, (list, tuple)):
        return [_sendable(part) for part in cast("list[Any]", value)]
    return value
