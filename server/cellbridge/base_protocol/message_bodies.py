"""Bodies of messages as bytes and as JSON.

Owns the decoding and encoding of a body, and the partial decoding of a body that is nested too
deeply. It must not know what a message means.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from cellbridge.core import json_depth


def decode(body: bytes) -> Any:
    """Return the content of a body; invalid UTF-8 and lone surrogates are read as far as possible.

    Raises:
        ValueError: It is not JSON, or a `json_depth.TooDeepError`.
    """
    if json_depth.too_deep(body):
        raise json_depth.TooDeepError
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json_depth.loads(body)


def outline(body: bytes) -> dict[str, Any]:
    """Return a message in which parts that are nested too deeply are text.

    Return an empty dict if the message cannot be read at all.
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
    except UnicodeEncodeError:  # A lone surrogate, which an editor can put into a text.
        return json.dumps(msgspec.to_builtins(message)).encode("ascii")
