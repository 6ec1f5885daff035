"""The depth of nested JSON, checked before a decoder reads it.

Owns the bound, the check, and the text that takes the place of a value beyond the bound. It must
not know where the JSON comes from or what it means.

Decoders, encoders and converters of JSON recurse, and end in a RecursionError at depths of their
own: about 990 levels for json and msgspec in Python 3.11, 330 for cattrs, 127 for the decoder of
editors that are written in Rust. What is beyond the bound here is refused, or becomes text, before
it reaches any of them; so every later stage takes what passes.

A check must not recurse either, and costs nothing for ordinary texts: one with fewer brackets than
levels cannot be too deep. Else pairs of brackets are removed from the inside, a level at a time.
"""

from __future__ import annotations

import contextlib
import json
import re
from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, cast

import msgspec

MESSAGE_LEVELS = 100
"""Levels of what a kernel sends in one part of a message."""
LEVELS = 120
"""Levels of every other JSON text: of what a kernel has sent, with messages and files around it."""
TEXT_LIMIT = 64 * 1024
"""Bytes that are kept of a value beyond the bound, as text."""
PRUNE_LIMIT = 1024 * 1024
"""Bytes of a text up to which its deep values are looked for, as that takes a while."""
TOO_DEEP = f"Nested deeper than {MESSAGE_LEVELS} levels; kept as text:\n"
"""The beginning of the text that takes the place of a value beyond the bound."""

_ALIKE = bytes.maketrans(b"{}", b"[]")
_ALL_ELSE = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = bytes({91: 1, 123: 1, 93: 255, 125: 255}.get(byte, 0) for byte in range(256))
"""The change of the depth at each byte outside of strings, as signed bytes."""
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


class TooDeepError(ValueError):
    """A text is nested beyond the bound; it is not decoded."""

    def __init__(self, levels: int = LEVELS) -> None:
        super().__init__(f"it is nested deeper than {levels} levels")


def too_deep(text: bytes, levels: int = LEVELS) -> bool:
    """Return whether a JSON text has more than ``levels`` levels; a guess for other texts."""
    if len(text) <= levels or text.count(b"[") + text.count(b"{") <= levels:
        return False
    # Backslashes occur in strings only. Without escapes each quote begins or ends a string. Two
    # adjacent quotes can go: what follows them is in a string, or not, as before.
    bare = text.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ALIKE, _ALL_ELSE)
    left = b"".join(bare.replace(b'""', b"").split(b'"')[::2])
    if b"[" * (levels + 1) in left:  # The usual case of those that are.
        return True
    for level in range(levels):
        inner = left.replace(b"[]", b"")
        if len(inner) == len(left):  # Nothing is left, or what is left does not match.
            return level + left.count(b"[") > levels
        left = inner
    return bool(left)


def loads(text: bytes | str, levels: int = LEVELS) -> Any:
    """Return what a JSON text holds; bytes that are not UTF-8 are read as U+FFFD.

    Raises:
        ValueError: it is not JSON, or a `TooDeepError`.
    """
    whole = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if too_deep(whole, levels):
        raise TooDeepError(levels)
    return json.loads(text if isinstance(text, str) else text.decode("utf-8", "replace"))


def prune(text: bytes, *, top: int, levels: int = MESSAGE_LEVELS) -> bytes:
    """Return a JSON text in which values on level ``top`` are text where they go too deep.

    Nothing is pruned in a text of more than `PRUNE_LIMIT` bytes, or where brackets do not match.
    """
    if len(text) > PRUNE_LIMIT:
        return text
    parts: list[bytes] = []
    at = 0
    for start, end in _deep_values(text, top, levels):
        parts += text[at:start], json.dumps(replacement_text(text[start:end])).encode("ascii")
        at = end
    return b"".join([*parts, text[at:]])


def replacement_text(text: bytes) -> str:
    """Return the text that takes the place of a value beyond the bound; a long one is cut."""
    cut = text[:TEXT_LIMIT].decode("utf-8", "replace")
    return f"{TOO_DEEP}{cut}{'…' * (len(text) > TEXT_LIMIT)}"


def is_replacement_text(value: object) -> bool:
    """Check whether a value is such a text."""
    return isinstance(value, str) and value.startswith(TOO_DEEP)


def limit_bundle(bundle: dict[str, Any]) -> dict[str, Any]:
    """Return a MIME bundle whose parts beyond the bound are in its plain text, marked."""
    if not any(map(is_replacement_text, bundle.values())):
        return bundle
    deep = [part for part in bundle.values() if is_replacement_text(part)]
    rest = {mime: part for mime, part in bundle.items() if not is_replacement_text(part)}
    plain = rest.pop("text/plain", None)
    return {**rest, "text/plain": "\n".join([*([plain] if isinstance(plain, str) else []), *deep])}


def limit_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return values that were decoded before there was a bound, those beyond it as text."""
    deep = {key: text for key, value in values.items() if (text := _deep(value)) is not None}
    return {**values, **deep} if deep else values


def _deep(value: object) -> str | None:
    if not isinstance(value, dict | list):
        return None
    try:
        text = msgspec.json.encode(cast("Any", value))
    except (RecursionError, ValueError, TypeError):
        return replacement_text(b"")
    return replacement_text(text) if too_deep(text, MESSAGE_LEVELS) else None


def _deep_values(text: bytes, top: int, levels: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each value on level ``top`` that is nested beyond ``levels``."""
    outside = _STRING.sub(lambda found: bytes(len(found[0])), text)
    depths = array("i", accumulate(array("b", outside.translate(_STEPS))))
    end = -1
    with contextlib.suppress(ValueError):  # There is no other.
        while True:
            start = depths.index(top, end + 1)
            end = depths.index(top - 1, start)
            if max(depths[start:end]) > levels:
                yield start, end + 1
