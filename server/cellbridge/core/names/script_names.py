"""The index of a whole script, kept up to date with its cells.

Owns the way from one version to the next, and the tables by which queries find pieces. An edit
costs the pieces it touches; all others are the same objects. Memory: about 0.5 KB for each line
of code, 26 MB for 50,000 lines, so the length of the script is the limit.

Reading is lazy: a query reads what it needs. `read_some` reads a long script in slices before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from cellbridge.core.document.cell import Cell
from cellbridge.core.document.cells import Cells
from cellbridge.core.equal_ends import equal_ends

from .cell_pieces import continues, has_names, pieces_of, recut
from .chunks import LINES, Chunk, Tables, rechunk
from .model import Binding, PieceNames
from .pieces import Piece


class Placed(NamedTuple):
    """A piece and the document's line on which it begins."""

    piece: Piece
    line: int

    @property
    def names(self) -> PieceNames:
        """The names in the piece."""
        return self.piece.names


class Bound(NamedTuple):
    """A binding and the piece that it is in."""

    placed: Placed
    binding: Binding

    @property
    def place(self) -> tuple[int, int]:
        """The document's line and the column of the name."""
        return self.placed.line + self.binding.line, self.binding.column

    @property
    def holds_from(self) -> tuple[int, int]:
        """The place in the document from which the binding holds."""
        return self.placed.line + self.binding.from_line, self.binding.from_column


class ScriptNames:
    """The names of one version of a script."""

    def __init__(
        self, cells: Cells, chunks: tuple[Chunk, ...], counts: list[int], unread: tuple[int, int]
    ) -> None:
        self.cells = cells
        self._chunks = chunks
        self._counts = counts
        self._unread = unread
        """All chunks outside this range are read."""

    @classmethod
    def of(cls, cells: Cells) -> ScriptNames:
        """Return the index of a script, of which nothing is read yet."""
        chunks = tuple(_unread(cells.cells))
        return cls(cells, chunks, [chunk.line_count for chunk in chunks], (0, len(chunks)))

    @property
    def ready(self) -> bool:
        """True if everything is read, so that every query is fast."""
        return self.read_some(0)

    def read_some(self, lines: int = 500) -> bool:
        """Read about the next ``lines`` lines that are not read; return True if none is left."""
        first, last = self._unread
        while first < last:
            chunk = self._chunks[first]
            if not chunk.is_read:
                if lines <= 0:
                    break
                _ = chunk.tables
                lines -= chunk.line_count
            first += 1
        self._unread = (first, last)
        return first >= last

    # --- the next version -------------------------------------------------------------------------

    def after(self, cells: Cells) -> ScriptNames:
        """Return the index of a later version."""
        if cells.language != self.cells.language:
            return ScriptNames.of(cells)
        old, new = self.cells.cells, cells.cells
        head, tail = cells.kept_ends(self.cells) or equal_ends(old, new)
        if head == len(old) == len(new):
            return self
        # A cell that continues another is read with it, before the edit and after.
        while head and (continues(old, head) or continues(new, head)):
            head -= 1
        while tail and (continues(old, len(old) - tail) or continues(new, len(new) - tail)):
            tail -= 1
        first = self.cells.first_line(head)
        last = self.cells.first_line(len(old) - tail)
        start, end = self._chunks_at(first, last)
        touched = self._chunks[start:end]
        if touched and not any(chunk.is_cut for chunk in touched):
            made = self._defer(new, start, end)
        else:
            made = self._reread(
                old[head : len(old) - tail], new[head : len(new) - tail], first, last
            )
        chunks = self._chunks[:start] + tuple(made) + self._chunks[end:]
        counts = [*self._counts[:start], *(chunk.line_count for chunk in made), *self._counts[end:]]
        first, last = self._unread
        if first >= last:
            first, last = start, end
        last = max(last, end) + len(made) - (end - start)
        return ScriptNames(cells, chunks, counts, (min(first, start), last))

    def _chunks_at(self, first: int, last: int) -> tuple[int, int]:
        """Return the chunks that hold the lines from ``first`` up to ``last``, at least one."""
        starts = self._starts
        start = max(0, bisect_right(starts, first) - 1)
        start = min(start, max(len(self._chunks) - 1, 0))
        end = start
        while end < len(self._chunks) and (starts[end] < last or end == start):
            end += 1
        return start, end

    def _defer(self, new: Sequence[Cell], start: int, end: int) -> list[Chunk]:
        """Return unread chunks for an edit in unread ones, which hold whole cells."""
        first = self.cells.at(self._starts[start]) if start < len(self._chunks) else 0
        below = self._starts[end]
        rest = len(self.cells) - self.cells.at(below) if below < self.cells.line_count else 0
        return list(_unread(new[first : len(new) - rest]))

    def _reread(
        self, old: Sequence[Cell], new: Sequence[Cell], first: int, last: int
    ) -> list[Chunk]:
        start, end = self._chunks_at(first, last)
        pieces = [piece for chunk in self._chunks[start:end] for piece in chunk.pieces]
        line = self._starts[start]
        above: list[Piece] = []
        touched: list[Piece] = []
        below: list[Piece] = []
        for piece in pieces:
            (above if line < first else touched if line < last else below).append(piece)
            line += len(piece.lines)
        if _is_group(old) and _is_group(new) and touched:
            made = recut(touched, new)
        else:
            made = list(pieces_of(new, touched))
        return rechunk(self._chunks[start:end], [*above, *made, *below])

    # --- finding pieces ---------------------------------------------------------------------------

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(self._counts, initial=0))

    def at(self, line: int) -> Placed:
        """Return the piece that holds a line of the document; the nearest one beyond it."""
        index = max(0, min(bisect_right(self._starts, line), len(self._chunks)) - 1)
        chunk = self._chunks[index]
        piece = chunk.at(line - self._starts[index])
        return Placed(chunk.pieces[piece], self._starts[index] + chunk.starts[piece])

    def binding(self, name: str) -> Iterator[Bound]:
        """Yield the bindings of a name of the module's scope, in the order of the text."""
        for chunk, line in zip(self._chunks, self._starts, strict=False):
            for index, binding in chunk.tables.bound.get(name, ()):
                yield Bound(Placed(chunk.pieces[index], line + chunk.starts[index]), binding)

    def using(self, name: str) -> Iterator[Placed]:
        """Yield the pieces that bind or read a name of the module's scope."""
        return self._find(lambda tables: tables.used.get(name))

    def with_attribute(self, name: str) -> Iterator[Placed]:
        """Yield the pieces with an attribute, or an argument, of that name."""
        return self._find(lambda tables: tables.attributes.get(name))

    def may_hide(self, name: str) -> bool:
        """Return whether a name may be used in a piece that is not Python."""
        kept = self._find(lambda tables: tables.kept)
        return any(name in line for placed in kept for line in placed.piece.lines)

    def _find(self, indices: Callable[[Tables], tuple[int, ...] | None]) -> Iterator[Placed]:
        for chunk, line in zip(self._chunks, self._starts, strict=False):
            for index in indices(chunk.tables) or ():
                yield Placed(chunk.pieces[index], line + chunk.starts[index])

    def pieces(self) -> Iterator[Placed]:
        """Yield all pieces, for what shows the whole script."""
        for chunk, line in zip(self._chunks, self._starts, strict=False):
            for piece, start in zip(chunk.pieces, chunk.starts, strict=False):
                yield Placed(piece, line + start)

    def names_beginning(self, prefix: str) -> Iterator[tuple[str, int, Binding]]:
        """Yield the module's names that begin with some letters in lower case; some repeatedly.

        Each has the document's line and the binding of one place that binds it.
        """
        for chunk, line in zip(self._chunks, self._starts, strict=False):
            tables = chunk.tables
            for number in range(bisect_left(tables.lower, prefix), len(tables.lower)):
                if not tables.lower[number].startswith(prefix):
                    break
                name = tables.sorted[number]
                index, binding = tables.bound[name][0]
                yield name, line + chunk.starts[index] + binding.line, binding

    @cached_property
    def has_stars(self) -> bool:
        """True if all names of a module are imported somewhere."""
        return any(chunk.tables.stars for chunk in self._chunks)

    @cached_property
    def is_opaque(self) -> bool:
        """True if names may be bound that the text does not show."""
        if not self.cells.language.syntax.python:
            return True
        return self.has_stars or any(chunk.tables.opaque for chunk in self._chunks)


def _unread(cells: Sequence[Cell]) -> Iterator[Chunk]:
    """Yield chunks of whole groups of cells."""
    start = lines = 0
    for index, cell in enumerate(cells):
        if lines >= LINES and not continues(cells, index):
            yield Chunk(cells[start:index])
            start, lines = index, 0
        lines += len(cell.lines)
    if start < len(cells):
        yield Chunk(cells[start:])


def _is_group(cells: Sequence[Cell]) -> bool:
    return (
        len(cells) > 0
        and has_names(cells[0])
        and all(continues(cells, index) for index in range(1, len(cells)))
    )
