"""The JSON object that is a command's argument, checked field by field.

Owns the reading of command arguments. It must not know what a command does. The classes are those
of protocol; a value of the wrong type is refused, never converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
from lsprotocol import types as lsp

from cellbridge.core.config import camel
from cellbridge.lsp.errors import ArgumentError

T = TypeVar("T")


def read(command: str, kind: type[T], arguments: Sequence[Any] | None) -> T:
    """Return the argument of ``command`` as ``kind``. Unknown fields are ignored.

    Raises:
        ArgumentError: There is not exactly one object, or a field is missing or invalid.
    """
    if arguments is None or len(arguments) != 1 or not isinstance(arguments[0], Mapping):
        raise ArgumentError(f"{command} takes one JSON object, {_shape(kind)}.")
    given = cast("Mapping[str, Any]", arguments[0])
    values: dict[str, Any] = {}
    for field in attrs.fields(cast("Any", kind)):
        check, words = _CHECKS[field.type]
        name = camel(field.name)
        value = given.get(name)
        if value is None:
            if field.default is attrs.NOTHING:
                raise ArgumentError(
                    f"{command} needs the field {name}, {words}; it takes {_shape(kind)}."
                )
            continue
        checked = check(value)
        if checked is None:
            raise ArgumentError(f"The field {name} of {command} must be {words}.")
        values[field.name] = checked
    return kind(**values)


def _shape(kind: type) -> str:
    """Return the notation of an argument, such as ``{"uri": …, "position"?: …}``."""
    parts = [
        f'"{camel(field.name)}"{"" if field.default is attrs.NOTHING else "?"}: …'
        for field in attrs.fields(cast("Any", kind))
    ]
    return "{" + ", ".join(parts) + "}"


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _position(value: object) -> lsp.Position | None:
    if not isinstance(value, Mapping):
        return None
    place = cast("Mapping[str, object]", value)
    line, character = _count(place.get("line")), _count(place.get("character"))
    return None if line is None or character is None else lsp.Position(line, character)


def _range(value: object) -> lsp.Range | None:
    if not isinstance(value, Mapping):
        return None
    place = cast("Mapping[str, object]", value)
    start, end = _position(place.get("start")), _position(place.get("end"))
    return None if start is None or end is None else lsp.Range(start, end)


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 2**31 else None


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < 2**31 else None


def _strings(value: object) -> list[str] | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    found = [part for part in cast("Sequence[object]", value) if isinstance(part, str)]
    return found if len(found) == len(cast("Sequence[object]", value)) else None


_POSITION = (_position, "a position, {line, character} with whole numbers from 0")
_CHECKS: dict[Any, tuple[Callable[[object], Any], str]] = {
    str: (_string, "a string"),
    str | None: (_string, "a string"),
    bool: (_boolean, "true or false"),
    int: (_count, "a whole number from 0"),
    int | None: (_count, "a whole number from 0"),
    float | None: (_seconds, "a number from 0"),
    list[str]: (_strings, "a list of strings"),
    list[str] | None: (_strings, "a list of strings"),
    lsp.Position: _POSITION,
    lsp.Position | None: _POSITION,
    lsp.Range: (_range, "a range, {start, end} with a position each"),
}
