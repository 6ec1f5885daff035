"""Cell identity: ids that follow cells through edits and reopening.

Owns: matching the cells before and after a change. It must not know outputs, runs or where ids are
kept; new ones come from the caller's ``new_id``.

The rule, in this order; an id is given once, and no step takes back what an earlier one gave:

1. The same object is the same cell. An edit keeps the objects it did not touch, so duplicates far
   from the edit cannot be confused. Where all cells but one are the same objects, that one is the
   same cell too, whatever became of its text.
2. Equal text (blank lines at the end aside), in order: as many pairs as do not cross, and among
   those the least displaced.
3. Equal text elsewhere: a cell that moved. Duplicates pair up in order.
4. Equal body under another marker, in order, then elsewhere: a new title, type or depth.
5. Between two cells that have found each other: a text that is similar enough, the most similar
   first; the same title counts for much.
6. All others are new. Ids that found no cell are remembered for a while (`Roster.departed`), and a
   new cell whose text is theirs, by undo or by pasting, gets its id back.

A cell that is split keeps its id in the part that looks most like it, and a merged one keeps the id
of the part that made most of it; the other part's id waits among the departed.

Invariant: ids are unique. The same input gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import is_

from cellbridge.core.equal_ends import equal_ends

from .cell import Cell
from .cells import Cells
from .languages import Language
from .matching import match_anywhere, match_cells, text_key
from .text import Text

NewId = Callable[[], str]

_REMEMBERED = 200
"""Ids that wait for their cell to come back; beyond it the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The ids of a document's cells, and those whose cell went away lately."""

    cells: Cells
    ids: tuple[str, ...]
    departed: tuple[tuple[str, Cell], ...] = ()
    """The oldest first."""

    def after(self, cells: Cells, new_id: NewId) -> Roster:
        """Return the ids of ``cells``, to which an edit turned the cells of this roster."""
        before = self.cells.cells
        head, tail = same_cells(self.cells, cells)
        old = list(range(head, len(before) - tail))
        new = list(range(head, len(cells) - tail))
        if len(old) == len(new) <= 1:
            return Roster(cells, self.ids, self.departed)
        pairs = match_cells([before[k] for k in old], [cells[k] for k in new])
        window: list[str | None] = [None] * len(new)
        for at, to in pairs.items():
            window[to] = self.ids[old[at]]
        gone = [(self.ids[k], before[k]) for at, k in enumerate(old) if at not in pairs]
        departed = self._returned([cells[k] for k in new], window)
        kept = tuple(new_id() if given is None else given for given in window)
        ids = self.ids[:head] + kept + self.ids[len(before) - tail :]
        return Roster(cells, ids, (*departed, *gone)[-_REMEMBERED:])

    def _returned(
        self, cells: Sequence[Cell], ids: list[str | None]
    ) -> tuple[tuple[str, Cell], ...]:
        """Give new cells the ids of departed ones with their text; return those that are left."""
        free = [at for at, given in enumerate(ids) if given is None]
        if not free or not self.departed:
            return self.departed
        # The latest to go is the likeliest to come back.
        waiting = self.departed[::-1]
        pairs = match_anywhere(
            [text_key(cell) for _, cell in waiting], [text_key(cells[at]) for at in free]
        )
        for at, to in pairs:
            ids[free[to]] = waiting[at][0]
        back = {waiting[at][0] for at, _ in pairs}
        return tuple(entry for entry in self.departed if entry[0] not in back)


def carry(before: Cells, ids: Sequence[str], after: Cells, new_id: NewId) -> tuple[str, ...]:
    """Return the ids of ``after``'s cells, to which an edit turned those of ``before``.

    Without memory: a cell that went away in an earlier edit is new when it comes back. `Roster`
    remembers.
    """
    return Roster(before, tuple(ids)).after(after, new_id).ids


def recognise(stored: Sequence[tuple[str, str]], cells: Cells, new_id: NewId) -> tuple[str, ...]:
    """Return the ids of a reopened document's cells.

    ``stored`` holds the ids and texts as last seen, in order; the document may have been edited by
    other means since. The rule is that of an edit, except that the edit is unknown: a cell must
    look like the stored one to get its id.
    """
    known: dict[str, str] = {}
    for identifier, text in stored:
        known.setdefault(identifier, text)
    names = list(known)
    # Rule 2, by texts alone: mostly all are equal, and thousands of cells need not be compared.
    texts = [text.rstrip() for text in known.values()]
    head, tail = equal_ends(texts, [text_key(cell) for cell in cells])
    old_end, new_end = len(names) - tail, len(cells) - tail
    middle = [_cell_of(known[name], cells.language) for name in names[head:old_end]]
    found: list[str | None] = [None] * (new_end - head)
    for at, to in match_cells(middle, cells.cells[head:new_end]).items():
        found[to] = names[head + at]
    kept = (new_id() if given is None else given for given in found)
    return (*names[:head], *kept, *names[old_end:])


def recognise_again(
    stored: Sequence[tuple[str, str]], cells: Cells, ids: Sequence[str], new_id: NewId
) -> tuple[str, ...]:
    """Return the ids of an open document's cells after others have stored its cells.

    A cell that looks like none of the stored ones keeps its present id, one of ``ids``.
    """
    found = recognise(stored, cells, str)
    taken = {*found}
    present = (new_id() if one in taken else one for one in ids)
    return tuple(given or kept for given, kept in zip(found, present, strict=True))


def _cell_of(text: str, language: Language) -> Cell:
    """Return a stored cell. The empty line after its last line's ending is not the cell's."""
    end = -1 if text.endswith(("\n", "\r")) else None
    return Cell(tuple(Text.of(text).lines[:end]), language)


def same_cells(before: Cells, after: Cells) -> tuple[int, int]:
    """Return the number of cells at either end that are the same objects."""
    if (known := after.kept_ends(before)) is not None:
        return known
    head = same_prefix(before.cells, after.cells)
    return head, same_suffix(before.cells, after.cells, head)


def same_prefix(before: Sequence[object], after: Sequence[object]) -> int:
    """Count the objects both begin with. By the list, not cell by cell: there are thousands."""
    same = list(map(is_, before, after))
    return same.index(False) if False in same else len(same)


def same_suffix(before: Sequence[object], after: Sequence[object], head: int) -> int:
    """Count the objects both end with, beyond the first ``head`` of either."""
    same = list(map(is_, reversed(before), reversed(after)))
    count = same.index(False) if False in same else len(same)
    return min(count, len(same) - head)
