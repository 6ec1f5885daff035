"""The pieces of cells: which cells hold Python, and which belong together.

Owns the way from cells to pieces. A cell that begins inside a block continues the statement of
the cell above, so such cells are cut together, as one group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from cellbridge.core.document.cell import Cell, CellKind
from cellbridge.core.document.magics import mask

from .pieces import CLAUSE, Piece, cut


def pieces_of(cells: Sequence[Cell], old: Sequence[Piece] = ()) -> Iterator[Piece]:
    """Yield the pieces of whole groups of cells. Pieces of ``old`` with equal lines are reused."""
    known = {piece.lines: piece for piece in old}
    for group in groups(cells):
        if not has_names(group[0]):
            yield known.get(group[0].lines) or Piece(group[0].lines, nameless=True)
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
    before = [line for piece in old for line in piece.lines]
    shift = len(lines) - len(before)
    head, start = _unchanged_head(old, lines)
    tail = _common_tail(before, lines)
    boundaries = {line: index for index, line in enumerate(_starts(old))}
    pieces = list(old[:head])
    replaced = head
    for end in cut(lines, start, borders):
        previous = old[replaced] if replaced < len(old) else None
        pieces.append(Piece(lines[start:end], previous))
        replaced, start = replaced + 1, end
        index = boundaries.get(end - shift)
        if index is not None and len(lines) - end <= tail and end < len(lines):
            return pieces + list(old[index:])
    return pieces


def _unchanged_head(old: Sequence[Piece], lines: tuple[str, ...]) -> tuple[int, int]:
    """Return how many pieces are the same, and where the next one begins.

    The line below a piece ends it, so that has to be the same, too.
    """
    start = 0
    for index, (piece, below) in enumerate(pairwise(old)):
        end = start + len(piece.lines)
        if lines[start:end] != piece.lines or lines[end : end + 1] != below.lines[:1]:
            return index, start
        start = end
    return max(len(old) - 1, 0), start


def _common_tail(before: Sequence[str], lines: Sequence[str]) -> int:
    most = min(len(before), len(lines))
    return next((k for k in range(most) if before[-1 - k] != lines[-1 - k]), most)


def _starts(pieces: Sequence[Piece]) -> Iterator[int]:
    return accumulate((len(piece.lines) for piece in pieces), initial=0)


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


def has_names(cell: Cell) -> bool:
    """Return whether a cell is Python."""
    if cell.kind is not CellKind.CODE or not cell.language.syntax.python:
        return False
    if cell.body_offset != cell.marker_lines:  # in another language, by its metadata
        return False
    first = next((line for line in cell.lines[cell.marker_lines :] if line.strip()), "")
    # The rest of a cell magic in another language is blank when it is masked.
    return not re.match(r"\s*%%\w", first) or mask(first.rstrip() + "\nx").endswith("x")
