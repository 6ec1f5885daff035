r"""The text of a document as lines, and the conversion of positions between encodings.

Owns: the Language Server Protocol's line rule, the lines that an edit touches, and the three
position encodings. It must not know cells, languages or the protocol's own types.

Four coordinate systems meet here, and only here:

* *code points* within a line: what Python strings, the kernel protocol and all of cellbridge use;
* *UTF-16 code units* within a line: the protocol's default;
* *UTF-8 bytes* within a line: what some editors choose;
* *offsets* into the whole text, in code points.

Invariant: only ``\n``, ``\r\n`` and ``\r`` end a line (Language Server Protocol 3.17, "Text
Documents"). ``str.splitlines`` also splits at form feeds, U+2028 and others, and must never be used
on a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_ENDING = re.compile(r"(?:\r\n|\n|\r)\Z")


class PositionEncoding(StrEnum):
    """The unit in which a client counts characters; the values are the protocol's own names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters: a line from 0 and a column in code points from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of text from ``start`` up to, not including, ``end``."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Change:
    """One edit: ``text`` replaces ``range``, or the whole document where ``range`` is None."""

    range: Range | None
    text: str


def split_lines(content: str) -> list[str]:
    """Split ``content`` into lines that keep their endings.

    The last line has no ending and may be empty, so there is always at least one line and
    ``"".join(split_lines(content)) == content``.
    """
    if "\r" not in content:
        *lines, last = content.split("\n")
        return [*[line + "\n" for line in lines], last]
    lines = _LINE.findall(content)
    if not lines or _ENDING.search(lines[-1]):
        lines.append("")
    return lines


def without_ending(line: str) -> str:
    """Return ``line`` without its line ending, keeping every other trailing character."""
    return line.rstrip("\r\n") if line[-1:] in "\r\n" else line


@dataclass(frozen=True, slots=True)
class Text:
    """An immutable document: its lines, each with its ending.

    Invariant: ``lines`` is what ``split_lines`` gives for the content, so it is never empty. It is
    a list that must not be changed: each key press in a long document copies it.
    """

    lines: Sequence[str]

    @classmethod
    def of(cls, content: str) -> Text:
        """Return the text that holds ``content``."""
        return cls(split_lines(content))

    @property
    def content(self) -> str:
        """The whole document."""
        return "".join(self.lines)

    @property
    def end(self) -> Position:
        """The position after the last character."""
        return Position(len(self.lines) - 1, len(self.lines[-1]))

    def line(self, number: int) -> str:
        """Return line ``number`` without its ending; an empty string beyond the document."""
        return without_ending(self.lines[number]) if 0 <= number < len(self.lines) else ""

    def slice(self, area: Range) -> str:
        """Return the characters of ``area``, clamped to the document."""
        start, end = self.clamp(area.start), self.clamp(area.end)
        if end <= start:
            return ""
        if start.line == end.line:
            return self.lines[start.line][start.column : end.column]
        middle = self.lines[start.line + 1 : end.line]
        first, last = self.lines[start.line][start.column :], self.lines[end.line][: end.column]
        return "".join((first, *middle, last))

    def clamp(self, position: Position) -> Position:
        """Return the nearest position that exists; a column never passes the line's ending."""
        if position.line < 0:
            return Position(0, 0)
        if position.line >= len(self.lines):
            return self.end
        width = len(without_ending(self.lines[position.line]))
        return Position(position.line, max(0, min(position.column, width)))

    def apply(self, change: Change) -> Text:
        """Return the text after ``change``; a range outside the document is clamped."""
        if change.range is None:
            return Text.of(change.text)
        start, end = self.clamp(change.range.start), self.clamp(change.range.end)
        end = max(start, end)
        head = self.lines[start.line][: start.column]
        tail = self.lines[end.line][end.column :]
        first, last = start.line, end.line + 1
        # An edit can join or part the two halves of a \r\n at either border, so the neighbouring
        # lines are split again with it.
        if first > 0 and not head:
            first -= 1
            head = self.lines[first]
        if last < len(self.lines) and not tail:
            tail = self.lines[last]
            last += 1
        middle = split_lines(head + change.text + tail)
        if last < len(self.lines) and middle[-1] == "":
            middle = middle[:-1]
        # Joining slices of it would copy a long document twice.
        lines = list(self.lines)
        lines[first:last] = middle
        return Text(lines)

    def offset(self, position: Position) -> int:
        """Return the offset of ``position`` in code points from the start of the text."""
        at = self.clamp(position)
        return sum(map(len, self.lines[: at.line])) + at.column


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Lines ``first`` to ``first + removed`` of a text became ``inserted`` lines."""

    first: int
    removed: int
    inserted: int


def line_edit(before: Text, change: Change, after: Text) -> LineEdit:
    """Return which lines ``change`` touched, where ``after`` is ``before.apply(change)``.

    Only those: text put in at the end of a line does not touch that line, nor does text put in
    front of a line touch it. This distinguishes a copy from its original.
    """
    if change.range is None:
        return LineEdit(0, len(before.lines), len(after.lines))
    start, end = before.clamp(change.range.start), before.clamp(change.range.end)
    end = max(start, end)
    # One line more on either side: an edit can join or part the two halves of a line ending there.
    first, last = max(0, start.line - 1), min(len(before.lines) - 1, end.line + 1)
    shift = len(after.lines) - len(before.lines)
    at_line_end = start.column >= len(before.line(start.line))
    while first <= min(last, last + shift, start.line - 1 + at_line_end):
        if before.lines[first] != after.lines[first]:
            break
        first += 1
    while first <= min(last, last + shift) and last >= end.line + (end.column > 0):
        if before.lines[last] != after.lines[last + shift]:
            break
        last -= 1
    return LineEdit(first, last - first + 1, last - first + 1 + shift)


def to_units(line: str, column: int, encoding: PositionEncoding) -> int:
    """Return the column of a code point in ``encoding``'s units, at most the line's end."""
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return min(column, len(line))
    before = line[:column]
    if encoding is PositionEncoding.UTF8:
        return len(before.encode("utf-8", "surrogatepass"))
    return len(before) + sum(character > "\uffff" for character in before)


def from_units(line: str, units: int, encoding: PositionEncoding) -> int:
    """Return the code point column of a column in ``encoding``'s units.

    A column inside a character (the middle of a surrogate pair or of a UTF-8 sequence) is taken as
    the character's start; one beyond the line as its end.
    """
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return max(0, min(units, len(line)))
    seen = 0
    for column, character in enumerate(line):
        seen += _width(character, encoding)
        if seen > units:
            return column
    return len(line)


def _width(character: str, encoding: PositionEncoding) -> int:
    if encoding is PositionEncoding.UTF16:
        return 2 if character > "\uffff" else 1
    return len(character.encode("utf-8", "surrogatepass"))
