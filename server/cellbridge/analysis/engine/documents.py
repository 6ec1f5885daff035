r"""The text that an engine has of one document, and the edits that bring it up to date.

Owns the smallest edit between two versions, and the conversion of positions. Pure. The engine's
text has the magics masked, and ends each line with ``\n``; lines and columns are the document's.
"""

from __future__ import annotations

from typing import Any

from cellbridge.core.document.text import (
    Position,
    PositionEncoding,
    from_units,
    split_lines,
    to_units,
    without_ending,
)


class EngineDocument:
    """The engine's text of one document."""

    def __init__(self, uri: str, encoding: PositionEncoding, masked: str) -> None:
        self.uri = uri
        self.version = 1
        self.lines = plain_lines(masked)
        self._encoding = encoding

    @property
    def content(self) -> str:
        """The whole text."""
        return "\n".join(self.lines)

    def change(self, lines: list[str], *, incremental: bool) -> dict[str, Any] | None:
        """Take a new text; return the parameters of ``didChange``, None if nothing changed."""
        before, self.lines = self.lines, lines
        if before == lines:
            return None
        self.version += 1
        edit = smallest_edit(before, lines, self._encoding) if incremental else {}
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [edit or {"text": self.content}],
        }

    def position(self, line: int, column: int) -> dict[str, int]:
        """Return a position in the engine's units."""
        return {"line": line, "character": to_units(self.line(line), column, self._encoding)}

    def read(self, line: int, units: int) -> Position:
        """Return the engine's position in code points."""
        return Position(line, from_units(self.line(line), units, self._encoding))

    def line(self, number: int) -> str:
        """Return a line; an empty one beyond the text."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""


def plain_lines(content: str) -> list[str]:
    """Return the lines of a document without their endings."""
    if "\r" not in content:
        return content.split("\n")
    return [without_ending(line) for line in split_lines(content)]


def smallest_edit(
    before: list[str], after: list[str], encoding: PositionEncoding
) -> dict[str, Any]:
    """Return the change of whole lines that makes ``after`` of ``before``."""
    shorter = min(len(before), len(after))
    first = 0
    while first < shorter - 1 and before[first] == after[first]:
        first += 1
    left = 0
    while left < shorter - first - 1 and before[-1 - left] == after[-1 - left]:
        left += 1
    last, end = len(before) - left - 1, len(after) - left
    width = to_units(before[last], len(before[last]), encoding)
    return {
        "range": {
            "start": {"line": first, "character": 0},
            "end": {"line": last, "character": width},
        },
        "text": "\n".join(after[first:end]),
    }
