"""A notebook's JSON, and the position of each of its cells in the text.

Owns: reading the outermost object step by step, so that cells can be copied as they are. It must
not know the meaning of the values.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Scan:
    """The values of a text, and the positions of its cells."""

    values: dict[str, Any]
    cells: list[tuple[int, int]]
    """Start and end of each item of ``cells``."""


def scan(text: str) -> Scan | None:
    """Return the object that ``text`` is; None for valid JSON that is not an object.

    Raises:
        json.JSONDecodeError: it is not JSON, with the place.
        RecursionError: it is nested too deeply.
    """
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        _DECODER.decode(text)
        return None
    values: dict[str, Any] = {}
    cells: list[tuple[int, int]] = []
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return _finish(text, at + 1, Scan(values, cells))
    while True:
        key, at = _key(text, at)
        if key == "cells" and text[at : at + 1] == "[":
            values[key], cells, at = _items(text, at)
        else:
            values[key], at = _decode(text, at)
        at = _skip(text, at)
        match text[at : at + 1]:
            case ",":
                at = _skip(text, at + 1)
            case "}":
                return _finish(text, at + 1, Scan(values, cells))
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


def _items(text: str, at: int) -> tuple[list[Any], list[tuple[int, int]], int]:
    values: list[Any] = []
    places: list[tuple[int, int]] = []
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return values, places, at + 1
    while True:
        value, end = _decode(text, at)
        values.append(value)
        places.append((at, end))
        at = _skip(text, end)
        match text[at : at + 1]:
            case ",":
                at = _skip(text, at + 1)
            case "]":
                return values, places, at + 1
            case _:
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)


def _decode(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _finish(text: str, at: int, found: Scan) -> Scan:
    at = _skip(text, at)
    if at != len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return found


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
