"""The pieces of cells: which cells hold Python, and which belong together.

Owns the way from cells to pieces. A cell that begins inside a block continues the statement of
the cell above, so such cells are cut together, as one group.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain

from cellbridge.core.document.cell import Cell, CellKind
from cellbridge.core.document.magics import mask
from cellbridge.core.equal_ends import equal_ends
from cellbridge.core.python.harmless_magics import magic_words

from .model import PieceNames
from .pieces import ANY_NAMES, CLAUSE, NO_NAMES, Piece, cut


def pieces_of(cells: Sequence[Cell], old: Sequence[Piece] = ()) -> Iterator[Piece]:
    """Yield the pieces of whole groups of cells. Pieces of ``old`` with equal lines are reused."""
    known = {piece.lines: piece for piece in old}
    for group in groups(cells):
        if not has_names(group[0]):
            yield Piece(group[0].lines, known=_names_without_reading(group[0]))
            continue
        lines, borders = joined(group)
        start = 0
        for end in cut(lines, 0, borders):
            part = lines[start:end]
            yield known.get(part) or Piece(part)
            start = end


def recut(old: Sequence[Piece], group: Sequence[Cell]) -> list[Piece]:
    """Return the pieces of a group that had the pieces ``old``; those not edited are reused."""
    lines, borders = joined(group)
    starts = list(accumulate((len(piece.lines) for piece in old), initial=0))
    before = tuple(chain.from_iterable(piece.lines for piece in old))
    same, tail = equal_ends(before, lines)
    # A piece is the same if the line below it, which ends it, is the same, too.
    head = max(bisect_right(starts, same - 1) - 1, 0)
    pieces, start = list(old[:head]), starts[head]
    shift = len(lines) - len(before)
    replaced = head
    for end in cut(lines, start, borders):
        previous = old[replaced] if replaced < len(old) else None
        pieces.append(Piece(lines[start:end], previous))
        replaced, start = replaced + 1, end
        if len(lines) - end <= tail and end < len(lines):
            index = bisect_left(starts, end - shift)
            if starts[index] == end - shift:
                return pieces + list(old[index:])
    return pieces


def joined(group: Sequence[Cell]) -> tuple[tuple[str, ...], frozenset[int]]:
    """Return the lines of a group, and those on which its further cells begin."""
    if len(group) == 1:
        return group[0].lines, frozenset()
    lines = tuple(line for cell in group for line in cell.lines)
    return lines, frozenset(list(accumulate(len(cell.lines) for cell in group))[:-1])


def groups(cells: Sequence[Cell]) -> Iterator[Sequence[Cell]]:
    """Yield the groups of cells that are cut together."""
    start = 0
    for index in range(1, len(cells) + 1):
        if index == len(cells) or not continues(cells, index):
            yield cells[start:index]
            start = index


def continues(cells: Sequence[Cell], index: int) -> bool:
    """Return whether a cell may begin inside a statement of the cell above it."""
    if not 0 < index < len(cells):
        return False
    for line in cells[index].lines:
        text = line.lstrip()
        if text and text[0] != "#":
            inside = line[0].isspace() or CLAUSE.match(line)
            return bool(inside) and has_names(cells[index]) and has_names(cells[index - 1])
    return False


def _names_without_reading(cell: Cell) -> PieceNames:
    """Return the names of a cell that is not Python."""
    if cell.kind is not CellKind.CODE or not cell.language.syntax.python:
        return NO_NAMES
    return NO_NAMES if magic_words("".join(cell.lines)) is not None else ANY_NAMES


def has_names(cell: Cell) -> bool:
    """Return whether a cell is Python."""
    if cell.kind is not CellKind.CODE or not cell.language.syntax.python:
        return False
    if cell.body_offset != cell.marker_lines:  # in another language, by its metadata
        return False
    first = next((line for line in cell.lines[cell.marker_lines :] if line.strip()), "")
    # The rest of a cell magic in another language is blank when it is masked.
    return not re.match(r"\s*%%\w", first) or mask(first.rstrip() + "\nx").endswith("x")
