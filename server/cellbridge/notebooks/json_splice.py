"""JSON written into the text that it was read from, so that what did not change keeps its bytes.

Owns: indentation, separators and escapes of new values among old ones. It must not know notebooks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cellbridge.notebooks.json_spans import ObjectSpans, scan_object


@dataclass(frozen=True, slots=True)
class JsonStyle:
    """The style of a JSON text."""

    indent: str | None = " "
    """Of one level; None for all on one line."""
    separators: tuple[str, str] = (",", ": ")
    ascii_only: bool = False
    newline: str = "\n"
    sorts: bool = False
    """True to sort all keys, as nbformat does for a file of its own."""

    @classmethod
    def of(cls, text: str) -> JsonStyle:
        """Return the style of a text that begins with an object."""
        ascii_only = text.isascii() and "\\u" in text and _escapes_letters(text)
        newline = "\r\n" if "\r\n" in text else "\n"
        colon = re.match(r'\s*\{\s*"[^"]*"(\s*:[ \t]*)', text)
        between = colon[1] if colon else ": "
        found = re.match(r"\s*\{[ \t]*\r?\n([ \t]*)", text)
        if found is None:
            return cls(
                None, (", " if between[-1:].isspace() else ",", between), ascii_only, newline
            )
        return cls(found[1], (",", between), ascii_only, newline)

    def dump(self, value: Any, base: str | None) -> str:
        """Return a value whose first line is indented by ``base``; None for one within a line."""
        separators = self.separators
        if base is None and self.indent is not None:
            separators = (", ", ": ")
        text = json.dumps(
            value,
            indent=None if base is None else self.indent,
            separators=separators,
            ensure_ascii=self.ascii_only,
            sort_keys=self.sorts,
        )
        return text if base is None else text.replace("\n", self.newline + base)


def _escapes_letters(text: str) -> bool:
    """Return whether characters beyond ASCII that need no escape have one."""
    return re.search(r"\\u00[a-f][0-9a-f]|\\u0[1-9a-f]|\\u[1-9a-f]", text) is not None


def same(one: object, other: object) -> bool:
    """Return whether two values are the same JSON, in any order of keys: ``1`` is not ``1.0``."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        first, second = cast("Mapping[str, object]", one), cast("Mapping[str, object]", other)
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(one, list):
        items, others = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(others) and all(map(same, items, others))
    return one == other


def base_at(text: str, at: int) -> str | None:
    """Return the indentation of the line on which a value begins; None if more is before it."""
    line = text.rfind("\n", 0, at) + 1
    before = text[line:at]
    return before if line and not before.strip() else None


@dataclass(frozen=True, slots=True)
class Splice:
    """A text and its style, into which values are written."""

    text: str
    style: JsonStyle

    def update(self, found: ObjectSpans, values: Mapping[str, Any]) -> str:
        """Return the text of an object with other values; those that are the same keep theirs."""
        return self.replace(found, self.members(found, values))

    def members(self, found: ObjectSpans, values: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts of values, each in the place of the member of its key."""
        return {key: self._member(found, key, value) for key, value in values.items()}

    def _member(self, found: ObjectSpans, key: str, value: Any) -> str:
        held = found.members.get(key)
        if held is None:
            return self.style.dump(value, self.member_base(found))
        if same(held.value, value):
            return self.text[held.start : held.end]
        if value and held.value and isinstance(value, dict) and isinstance(held.value, dict):
            inner = cast("Mapping[str, Any]", value)
            return self.update(scan_object(self.text, held.start), inner)
        return self.style.dump(value, base_at(self.text, held.key_start))

    def member_base(self, found: ObjectSpans) -> str | None:
        """Return the indentation of an object's members; None if they share a line."""
        for member in found.members.values():
            return base_at(self.text, member.key_start)
        return None

    def replace(self, found: ObjectSpans, written: Mapping[str, str]) -> str:
        """Return the text of an object with the members that are given as texts, and no others."""
        text, old = self.text, list(found.members.items())
        separator = self._separator(found)
        parts: list[tuple[str, str]] = []
        for number, (key, member) in enumerate(old):
            if key in written:
                before = text[old[number - 1][1].end : member.key_start] if number else separator
                parts.append((before, text[member.key_start : member.start] + written[key]))
        kept = [key for key, _ in old if key in written]
        for key, value in written.items():
            if key not in found.members:
                name = json.dumps(key, ensure_ascii=self.style.ascii_only)
                at = next((at for at, other in enumerate(kept) if other > key), len(kept))
                parts.insert(at, (separator, name + self.style.separators[1] + value))
                kept.insert(at, key)
        opening = text[found.start : old[0][1].key_start] if old else "{"
        closing = text[old[-1][1].end : found.end] if old else "}"
        return opening + _join(parts) + closing

    def _separator(self, found: ObjectSpans) -> str:
        members = list(found.members.values())
        if len(members) > 1:
            between = self.text[members[0].end : members[1].key_start]
            if re.fullmatch(r"\s*,\s*", between):  # no earlier value of a repeated key
                return between
        if not members:
            return ", "
        blank = re.search(r"\s*$", self.text[found.start + 1 : members[0].key_start])
        return f",{blank[0] if blank and blank[0] else self.style.separators[0][1:]}"


def _join(parts: Sequence[tuple[str, str]]) -> str:
    return "".join(
        part if number == 0 else before + part for number, (before, part) in enumerate(parts)
    )
