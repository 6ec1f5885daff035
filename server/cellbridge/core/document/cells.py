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
from weakref import ref

from cellbridge.core.equal_ends import equal_ends

from .cell import Cell, CellKind
from .languages import Language
from .lexing import CODE, State, delimiters, is_plain, lexer_for
from .markdown import fence_end
from .markers import grammar_of
from .notable_lines import NotableLines
from .text import Text, without_ending
from .unterminated_strings import spans_marker

__all__ = ["Cell", "CellKind", "Cells", "parse"]


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
        index, above = self._restart(text, first)
        found, reaches, old_index = self._reread(text, index, first + inserted, shift)
        if found and old_index > index and found[0] == self.cells[index]:
            # Read again only because the edit might have gone to it: the same cell, same object.
            found[0] = self.cells[index]
        moved = index + len(found) - old_index
        reaches = above + reaches
        reaches += [(at + moved, reach) for at, reach in self.reaches if at >= old_index]
        cells = self.cells[:index] + tuple(found) + self.cells[old_index:]
        edited = Cells(self.language, cells, tuple(reaches))
        # Counting the lines of thousands of cells takes longer than all the rest of an edit.
        vars(edited)["_starts"] = self._starts_after(found, index, old_index, shift)
        same = index + bool(found and found[0] is self.cells[index])
        vars(edited)["_edit"] = ref(self), same, len(self.cells) - old_index
        return edited

    def kept_ends(self, before: Cells) -> tuple[int, int] | None:
        """Return the number of cells at either end that the last edit left alone.

        They are the same objects as in ``before``. None if these were not edited to the present
        cells by one edit: then all have to be compared.
        """
        edited, head, tail = self.__dict__.get("_edit", (None, 0, 0))
        return (head, tail) if edited is not None and edited() is before else None

    def _starts_after(
        self, found: Sequence[Cell], index: int, old_index: int, shift: int
    ) -> list[int]:
        """Return the first lines after an edit that put ``found`` in the place of some cells."""
        starts = self._starts
        new = list(accumulate((len(cell.lines) for cell in found), initial=starts[index]))
        if not shift and new == starts[index : old_index + 1]:
            return starts
        below = starts[old_index:]
        return starts[:index] + new[:-1] + ([line + shift for line in below] if shift else below)

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
        for end, reach in _extents(text.lines, start, self.language):
            found.append(Cell(tuple(text.lines[start:end]), self.language))
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
        tail, head = equal_ends(old[::-1], new[::-1])
        return first + head, inserted - head - tail

    def _lines(self, first: int, count: int) -> list[str]:
        lines: list[str] = []
        index = self.at(first)
        skipped = first - self._starts[index]
        while len(lines) < count:
            lines += self.cells[index].lines[skipped : skipped + count - len(lines)]
            index, skipped = index + 1, 0
        return lines

    def _restart(self, text: Text, line: int) -> tuple[int, list[tuple[int, int]]]:
        """Return the first cell that an edit at ``line`` can change, and the reaches above it."""
        # A line put in front of a marker, or a marker taken away, goes to the cell above.
        index = self.at(line - 1)
        above: list[tuple[int, int]] = []
        for at, reach in self.reaches:
            if at >= index:
                break
            start, end, read = self._starts[at], self._starts[at + 1], reach
            if start + read >= line:
                # Its end is found again. Mostly it is the same, and the cells below it are kept.
                found, seen = next(_extents(text.lines, start, self.language))
                if found != end:
                    return at, above
                read = seen - start
            if read > end - start:
                above.append((at, read))
        return index, above


def parse(text: Text, language: Language) -> Cells:
    """Split ``text`` into cells. Never fails; there is always at least one cell."""
    cells: list[Cell] = []
    reaches: list[tuple[int, int]] = []
    start = 0
    for end, reach in _extents(text.lines, 0, language):
        if reach > end:
            reaches.append((len(cells), reach - start))
        cells.append(Cell(tuple(text.lines[start:end]), language))
        start = end
    return Cells(language, tuple(cells), tuple(reaches))


# --- Extents --------------------------------------------------------------------------------------


def _extents(lines: Sequence[str], first: int, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the extent of each cell from line ``first`` on, where a cell begins.

    Two lines for each cell: the one after its last, and the one after the last line that was read
    to find that.
    """
    grammar = grammar_of(language)
    after = lexer_for(language).after
    notable = NotableLines(lines, first, language)
    signs = delimiters(language)
    state: State = CODE
    believed = False  # the open string was found to run over markers
    fenced = start = reach = number = first  # lines before ``fenced`` are in a fence
    while (number := notable.next(number) if is_plain(state) else number) < len(lines):
        line = lines[number]
        hidden = believed or number < fenced or number == start
        if not hidden and grammar.marker(without_ending(line)) is not None:
            if state:
                believed, seen = spans_marker(lines, start, number, state, language)
                reach = max(reach, seen)
                state = state if believed else CODE
            if not believed:
                yield number, reach
                start = reach = number
        elif not state and number >= fenced and ("~~~" in line or "```" in line):
            fenced, seen = _fence(lines, start, number, language)
            reach = max(reach, seen)
        if not is_plain(state) or not state or any(sign in line for sign in signs):
            state = after(line, state)
        believed = believed and bool(state)
        number += 1
    yield len(lines), reach


def _fence(lines: Sequence[str], start: int, number: int, language: Language) -> tuple[int, int]:
    """Return the line after the fence that line ``number`` opens, and how far was looked.

    Only a markdown or raw cell has fences; ``start`` is its first line.
    """
    marker = grammar_of(language).read(without_ending(lines[start]))
    if marker.kind is CellKind.CODE:
        return number, number
    return fence_end(lines, number, language)
