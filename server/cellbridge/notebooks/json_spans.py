"""A notebook's JSON, and the position of each of its values in the text.

Owns: reading an object or an array one level deep, so that values can be copied as they are. It
must not know the meaning of the values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Item:
    """A value and its position in the text."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Member(Item):
    """A value of an object; `key_start` is the position of its key."""

    key_start: int


@dataclass(frozen=True, slots=True)
class ArraySpans:
    """The items of an array, and the position of its brackets."""

    start: int
    end: int
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class ObjectSpans:
    """The members of an object by their keys, in the order of the text, and its braces."""

    start: int
    end: int
    members: Mapping[str, Member]
    cells: ArraySpans | None = None
    """The items of its member ``cells``, if that is an array."""

    @property
    def values(self) -> dict[str, Any]:
        """The object."""
        return {key: member.value for key, member in self.members.items()}


def scan(text: str) -> ObjectSpans | None:
    """Return the object that ``text`` is; None for valid JSON that is not an object.

    Raises:
        json.JSONDecodeError: it is not JSON, with the place.
        RecursionError: it is nested too deeply.
    """
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        _DECODER.decode(text)
        return None
    found = scan_object(text, at, has_cells=True)
    at = _skip(text, found.end)
    if at != len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return found


def scan_object(text: str, at: int, *, has_cells: bool = False) -> ObjectSpans:
    """Return the object that begins at ``at``; a key that is repeated has its last value."""
    start = at
    members: dict[str, Member] = {}
    cells: ArraySpans | None = None
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return ObjectSpans(start, at + 1, members)
    while True:
        key_start = at
        key, at = _key(text, at)
        value_start = at
        if has_cells and key == "cells" and text[at : at + 1] == "[":
            cells = _scan_array(text, at)
            value, at = [item.value for item in cells.items], cells.end
        else:
            value, at = _decode(text, at)
        members.pop(key, None)  # in the order of the values that count
        members[key] = Member(value, value_start, at, key_start)
        at = _skip(text, at)
        match text[at : at + 1]:
            case ",":
                at = _skip(text, at + 1)
            case "}":
                return ObjectSpans(start, at + 1, members, cells)
            case _:
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)


def _key(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] != '"':
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    key, at = _decode(text, at)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
    return key, _skip(text, at + 1)


def _scan_array(text: str, at: int) -> ArraySpans:
    start = at
    items: list[Item] = []
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return ArraySpans(start, at + 1, items)
    while True:
        value, end = _decode(text, at)
        items.append(Item(value, at, end))
        at = _skip(text, end)
        match text[at : at + 1]:
            case ",":
                at = _skip(text, at + 1)
            case "]":
                return ArraySpans(start, at + 1, items)
            case _:
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)


def _decode(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
