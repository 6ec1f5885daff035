"""Conversion of positions and ranges between the editor's units and our code points.

Owns the only converters of positions. It must not know cells or outputs; the arithmetic is in
core.document.text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp

from cellbridge.core.document.text import (
    Change,
    Position,
    PositionEncoding,
    Range,
    Text,
    from_units,
    to_units,
)


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts for one client's encoding. Positions outside a text are clamped to it."""

    encoding: PositionEncoding

    def from_position(self, text: Text, position: lsp.Position) -> Position:
        """Return the editor's position as ours."""
        line = text.line(position.line)
        column = from_units(line, position.character, self.encoding)
        return text.clamp(Position(position.line, column))

    def from_range(self, text: Text, area: lsp.Range) -> Range:
        """Return the editor's range as ours; a reversed range is corrected."""
        start, end = self.from_position(text, area.start), self.from_position(text, area.end)
        return Range(min(start, end), max(start, end))

    def to_position(self, text: Text, position: Position) -> lsp.Position:
        """Return our position as the editor's."""
        at = text.clamp(position)
        return lsp.Position(at.line, to_units(text.line(at.line), at.column, self.encoding))

    def to_range(self, text: Text, area: Range) -> lsp.Range:
        """Return our range as the editor's."""
        return lsp.Range(self.to_position(text, area.start), self.to_position(text, area.end))

    def plain_range(self, text: Text, area: Range) -> dict[str, dict[str, int]]:
        """Return our range as the editor's, in JSON, for answers with thousands of ranges.

        The range must be inside the text.
        """
        return {"start": self._plain(text, area.start), "end": self._plain(text, area.end)}

    def _plain(self, text: Text, position: Position) -> dict[str, int]:
        line = text.lines[position.line]
        return {
            "line": position.line,
            "character": to_units(line, position.column, self.encoding),
        }

    def end_of_line(self, text: Text, line: int) -> lsp.Position:
        """Return the position after the last character of a line."""
        return self.to_position(text, Position(line, len(text.line(line))))

    def units(self, text: str) -> int:
        """Return the length of a piece of text in the editor's units."""
        return to_units(text, len(text), self.encoding)

    @staticmethod
    def start_of(line: int) -> lsp.Range:
        """Return the empty range at the start of a line; the text need not be known."""
        return lsp.Range(lsp.Position(line, 0), lsp.Position(line, 0))

    def lines(self, text: Text, first: int, last: int) -> lsp.Range:
        """Return the range from line ``first`` to line ``last``, without the last line ending."""
        return lsp.Range(lsp.Position(first, 0), self.end_of_line(text, last))

    def changes(
        self, text: Text, events: Sequence[lsp.TextDocumentContentChangeEvent]
    ) -> list[Change]:
        """Return the editor's edits of ``text`` as ours.

        Each refers to the text after the edits before it.
        """
        changes: list[Change] = []
        for event in events:
            if changes:
                text = text.apply(changes[-1])
            if isinstance(event, lsp.TextDocumentContentChangePartial):
                changes.append(Change(self.from_range(text, event.range), event.text))
            else:
                changes.append(Change(None, event.text))
        return changes
