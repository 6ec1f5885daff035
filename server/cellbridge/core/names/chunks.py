"""Runs of pieces, each with tables of the names in it.

Owns the tables by which a query finds the pieces that it needs. A chunk is immutable; it is read,
piece by piece, when its tables are first needed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from cellbridge.core.document.cell import Cell

from .cell_pieces import pieces_of
from .model import Binding
from .pieces import Piece

PIECES = 32
"""Pieces of a chunk; one that an edit makes half as long again is split."""
LINES = 100
"""Lines of the cells that one chunk is made of before it is read."""


class Tables(NamedTuple):
    """The pieces of a chunk by the names in them, as indices.

    Tuples, because the garbage collector soon stops following them: a long script has thousands.
    """

    bound: dict[str, tuple[tuple[int, Binding], ...]]
    """By names bound in the module's scope, with each binding."""
    used: dict[str, tuple[int, ...]]
    """By names of the module's scope, bound or read."""
    attributes: dict[str, tuple[int, ...]]
    """By names of attributes and arguments, and by names that a class binds."""
    sorted: tuple[str, ...]
    """The names bound in the module's scope, in the order of ``lower``."""
    lower: tuple[str, ...]
    """Those names in lower case, sorted."""
    kept: tuple[int, ...]
    """Those that are not Python, and may have more names than are known."""
    stars: bool
    opaque: bool


class Chunk:
    """Consecutive lines of a script: cells that are not read yet, or pieces."""

    def __init__(self, cells: Sequence[Cell] = (), pieces: Sequence[Piece] = ()) -> None:
        self._cells = tuple(cells)
        self._given = tuple(pieces)
        counted = cells or pieces
        self.line_count = sum(len(one.lines) for one in counted)

    @property
    def is_cut(self) -> bool:
        """True if its pieces are known."""
        return not self._cells or "pieces" in self.__dict__

    @property
    def is_read(self) -> bool:
        """True if its tables are known."""
        return "tables" in self.__dict__

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces; joined they are the chunk's lines."""
        return tuple(pieces_of(self._cells)) if self._cells else self._given

    @cached_property
    def starts(self) -> list[int]:
        """The first line of each piece, counted from the chunk's; then the number of its lines."""
        return list(accumulate((len(piece.lines) for piece in self.pieces), initial=0))

    def at(self, line: int) -> int:
        """Return the index of the piece that holds a line."""
        return max(0, min(bisect_right(self.starts, line), len(self.pieces)) - 1)

    @cached_property
    def tables(self) -> Tables:
        """The pieces by the names in them."""
        bound: dict[str, list[tuple[int, Binding]]] = {}
        used: dict[str, list[int]] = {}
        attributes: dict[str, list[int]] = {}
        kept: list[int] = []
        stars = opaque = False
        for index, piece in enumerate(self.pieces):
            found_in = piece.names
            stars = stars or bool(found_in.stars)
            opaque = opaque or found_in.opaque
            if found_in.kept:
                kept.append(index)
            for one in found_in.bindings:
                if not one.scope:
                    bound.setdefault(one.name, []).append((index, one))
            for name in found_in.global_names:
                used.setdefault(name, []).append(index)
            for name in found_in.attribute_names:
                attributes.setdefault(name, []).append(index)
        names = tuple(sorted(bound, key=str.lower))
        return Tables(
            {name: tuple(found) for name, found in bound.items()},
            {name: tuple(found) for name, found in used.items()},
            {name: tuple(found) for name, found in attributes.items()},
            names,
            tuple(map(str.lower, names)),
            tuple(kept),
            stars=stars,
            opaque=opaque,
        )


def rechunk(old: Sequence[Chunk], pieces: Sequence[Piece]) -> list[Chunk]:
    """Return chunks of some pieces; those of ``old`` that hold the same pieces are reused."""
    start, end = 0, len(pieces)
    first, last = 0, len(old)
    while (
        first < last and tuple(pieces[start : start + len(old[first].pieces)]) == old[first].pieces
    ):
        start, first = start + len(old[first].pieces), first + 1
    while first < last and end - len(old[last - 1].pieces) >= start:
        if tuple(pieces[end - len(old[last - 1].pieces) : end]) != old[last - 1].pieces:
            break
        end, last = end - len(old[last - 1].pieces), last - 1
    size = PIECES if end - start > PIECES * 3 // 2 else max(end - start, 1)
    made = [Chunk(pieces=pieces[at : min(at + size, end)]) for at in range(start, end, size)]
    return [*old[:first], *made, *old[last:]]
