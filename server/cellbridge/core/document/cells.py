"""A document seen as cells: where each begins and ends, and how that changes with an edit.

Owns: splitting a text into cells and keeping the split up to date. It must not know cell ids,
outputs or the editor.

Invariant: the cells' slices joined are the text, whatever the text holds; there is at least one
cell; nothing here raises.

Invariant: a cell's extent depends only on the lines from its first one on, up to its ``reach``.
That is what makes an edit cheap: reading starts again at the cell that holds the edit and stops at
the first old cell whose first line is reached again; all others are kept as they are, as the same
objects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from .cell import Cell, CellKind
from .languages import Language
from .splitting import extents
from .text import Change, Text

__all__ = ["Cell", "CellKind", "Cells", "LineEdit", "line_edit", "parse"]


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


@dataclass(frozen=True)
class Cells:
    """The cells of one version of a document, in order."""

    language: Language
    cells: tuple[Cell, ...]
    reaches: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    """Cells whose extent depends on lines below them: index, and the number of lines read to find
    it, from the cell's first line on. Rare: only for a marker inside a string or a fence."""

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __getitem__(self, index: int) -> Cell:
        return self.cells[index]

    @cached_property
    def _starts(self) -> list[int]:
        """The first line of each cell, and the number of lines at the end."""
        return list(accumulate((len(cell.lines) for cell in self.cells), initial=0))

    @property
    def first_lines(self) -> Sequence[int]:
        """The document's line on which each cell begins; then the number of its lines."""
        return self._starts

    @property
    def line_count(self) -> int:
        """The number of lines of the document."""
        return self._starts[-1]

    def first_line(self, index: int) -> int:
        """Return the document's line on which the cell begins."""
        return self._starts[index]

    def last_line(self, index: int) -> int:
        """Return the document's last line that belongs to the cell."""
        return self._starts[index + 1] - 1

    def at(self, line: int) -> int:
        """Return the index of the cell that holds ``line``; the nearest one beyond the document."""
        return max(0, min(bisect_right(self._starts, line) - 1, len(self.cells) - 1))

    def apply_edit(self, text: Text, first: int, removed: int, inserted: int) -> Cells:
        """Return the cells of ``text``: ``removed`` lines from ``first`` became ``inserted`` ones.

        Only cells that the edit can have changed are read again; all others are the same objects.
        """
        shift = inserted - removed
        if min(first, removed, inserted) < 0 or first + removed > self.line_count:
            return parse(text, self.language)
        if len(text.lines) != self.line_count + shift:
            return parse(text, self.language)
        first, inserted = self._narrow(text, first, removed, inserted)
        if inserted == shift == 0:
            return self
        index = self._restart(first)
        found, reaches, old_index = self._reread(text, index, first + inserted, shift)
        if found and old_index > index and found[0] == self.cells[index]:
            # Read again only because the edit might have gone to it: the same cell, same object.
            found[0] = self.cells[index]
        moved = index + len(found) - old_index
        reaches = [entry for entry in self.reaches if entry[0] < index] + reaches
        reaches += [(at + moved, reach) for at, reach in self.reaches if at >= old_index]
        cells = self.cells[:index] + tuple(found) + self.cells[old_index:]
        return Cells(self.language, cells, tuple(reaches))

    def _reread(
        self, text: Text, index: int, edit_end: int, shift: int
    ) -> tuple[list[Cell], list[tuple[int, int]], int]:
        """Read cells from the place of cell ``index`` on, until an old one begins below the edit.

        Returns the cells, their reaches, and the index of that old one.
        """
        found: list[Cell] = []
        reaches: list[tuple[int, int]] = []
        start = self._starts[index]
        if start >= edit_end and (same := self._begins_at(start - shift)) is not None:
            return found, reaches, same
        for end, reach in extents(text.lines, start, self.language):
            found.append(Cell(text.lines[start:end], self.language))
            if reach > end:
                reaches.append((index + len(found) - 1, reach - start))
            start = end
            if end >= edit_end and (same := self._begins_at(end - shift)) is not None:
                return found, reaches, same
        return found, reaches, len(self.cells)

    def _begins_at(self, line: int) -> int | None:
        """Return the index of the cell that begins at ``line``."""
        index = self.at(line)
        return index if self._starts[index] == line else None

    def _narrow(self, text: Text, first: int, removed: int, inserted: int) -> tuple[int, int]:
        """Leave out lines at either end that an edit names but does not change.

        From the end first: a copy put above its original is the new one, not the original.
        """
        old = self._lines(first, removed)
        new = text.lines[first : first + inserted]
        most = min(removed, inserted)
        tail = 0
        while tail < most and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        head = 0
        while head < most - tail and old[head] == new[head]:
            head += 1
        return first + head, inserted - head - tail

    def _lines(self, first: int, count: int) -> list[str]:
        lines: list[str] = []
        index = self.at(first)
        skipped = first - self._starts[index]
        while len(lines) < count:
            lines += self.cells[index].lines[skipped : skipped + count - len(lines)]
            index, skipped = index + 1, 0
        return lines

    def _restart(self, line: int) -> int:
        """Return the first cell that an edit at ``line`` can change."""
        # A line put in front of a marker, or a marker taken away, goes to the cell above.
        index = self.at(line - 1)
        for at, reach in self.reaches:
            if at < index and self._starts[at] + reach >= line:
                return at
        return index


def parse(text: Text, language: Language) -> Cells:
    """Split ``text`` into cells. Never fails; there is always at least one cell."""
    cells: list[Cell] = []
    reaches: list[tuple[int, int]] = []
    start = 0
    for end, reach in extents(text.lines, 0, language):
        if reach > end:
            reaches.append((len(cells), reach - start))
        cells.append(Cell(text.lines[start:end], language))
        start = end
    return Cells(language, tuple(cells), tuple(reaches))
