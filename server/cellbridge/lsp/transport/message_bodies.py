"""Bodies of messages as bytes and as JSON.

Owns the decoding and encoding of a body, and what can be known of one that is nested too deeply to
be decoded. It must not know what a message means.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from cellbridge.core import json_depth


def decode(body: bytes) -> Any:
    """Return what a body holds; broken UTF-8 and half a surrogate pair are read as far as possible.

    Raises:
        ValueError: it is no JSON, or a `nesting.TooDeepError`.
    """
    if json_depth.too_deep(body):
        raise json_depth.TooDeepError
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json_depth.loads(body)


def outline(body: bytes) -> dict[str, Any]:
    """Return a message in which params or result are text where they are nested too deeply.

    Empty where nothing can be known of it.
    """
    try:
        data = decode(json_depth.prune(body, top=2, levels=json_depth.LEVELS))
    except ValueError:
        return {}
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def encode(message: Any) -> bytes:
    """Return the body of a message."""
    try:
        return msgspec.json.encode(message)
    except UnicodeEncodeError:  # Half a surrogate pair, which an editor can put into a text.
        return json.dumps(message).encode("ascii")
