"""The positions in a document that edits of whole cells use.

Owns: one cell with its lines and borders in the document, and the shape of an edit. It must not
change anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellbridge.core.document.cell import Cell
from cellbridge.core.document.cells import Cells
from cellbridge.core.document.header import header_lines
from cellbridge.core.document.text import Change, Position, Range, without_ending


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes that belong together, and where the cursor goes."""

    changes: tuple[Change, ...]
    cursor: Position
    """In the text after the changes."""


class CellView:
    """One cell with the positions in the document that edits use."""

    def __init__(self, cells: Cells, index: int) -> None:
        self.cells = cells
        self.index = index
        self.cell: Cell = cells[index]
        start = cells.first_line(index)
        self.end = cells.last_line(index)
        header = 0 if self.cell.has_marker else header_lines(self.cell.lines, cells.language)
        while header and header < len(self.cell.lines) and not self.cell.lines[header].strip():
            header += 1
        self.only_header = header >= len(self.cell.lines) > 0 and header > 0
        self.first = start + min(header, len(self.cell.lines) - 1)
        """The cell's first line; below the header in the cell that holds it."""
        self.body = self.first + self.cell.marker_lines
        last = self.end
        while last > self.first and not self.line(last).strip():
            last -= 1
        self.full_end = last
        """The last line that is not blank."""
        self.core_end = Position(last, len(self.line(last)))

    @property
    def is_blank(self) -> bool:
        """True for a cell without a marker that holds nothing."""
        return not self.cell.has_marker and not self.line(self.full_end).strip()

    @property
    def ending(self) -> str:
        """The line ending in use here."""
        for cell in (self.cell, *self.cells):
            line = cell.lines[0]
            if ending := line[len(without_ending(line)) :]:
                return ending
        return "\n"

    def line(self, number: int) -> str:
        """Return a line of the document without its ending; empty beyond it."""
        if not 0 <= number < self.cells.line_count:
            return ""
        index = self.cells.at(number)
        return without_ending(self.cells[index].lines[number - self.cells.first_line(index)])

    def text(self, start: Position, end: Position) -> str:
        """Return the text between two places of this cell."""
        first = self.cells.first_line(self.index)
        lines = list(self.cell.lines[start.line - first : end.line - first + 1])
        if end.line - first < len(self.cell.lines):
            lines[-1] = lines[-1][: end.column]
        lines[0] = lines[0][start.column :]
        return "".join(lines)


def whole_lines(view: CellView, *lines: str) -> str:
    """Return ``lines``, each with the line ending in use at ``view``."""
    return "".join(line + view.ending for line in lines)


def clamp(cells: Cells, area: Range) -> Range:
    """Bring an end below the last line back to the document's end."""
    if area.end.line < cells.line_count:
        return area
    line = cells.line_count - 1
    return Range(area.start, Position(line, len(CellView(cells, len(cells) - 1).line(line))))
