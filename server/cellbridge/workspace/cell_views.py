"""The views of cells: each cell's place, its last run, its outputs, and their freshness.

Owns the choice of the run that a cell shows, and freshness. It must not know sessions or editors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cellbridge.core.document.cells import Cell, Cells
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.output.outputs import Output
from cellbridge.core.python.dataflow import names_of
from cellbridge.core.runs.runs import Run, RunState

Staleness = Literal["text", "input"]
"""The cell's text has changed since it ran, or its input has."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of a document as a client shows it."""

    index: int
    id: str
    cell: Cell
    first_line: int
    """The document's line, from 0, with the cell's marker, or else its first line."""
    last_line: int
    """The document's last line that belongs to the cell."""
    run: Run | None
    """The last requested run; its state is the cell's."""
    shown: Run | None
    """The run whose outputs are shown: the last one that started."""
    outputs: tuple[Output, ...]
    """The outputs of ``shown``, bounded."""
    outdated: bool = False
    """True if a cell above, whose names this one reads, ran later, or is outdated itself."""

    @property
    def hint_line(self) -> int:
        """The document's line at whose end a short result is shown."""
        last = self.cell.last_code_line
        return self.first_line + (last if last is not None else 0)

    @property
    def stale(self) -> Staleness | None:
        """The reason why the shown outputs are stale; None while they are fresh."""
        if not self._same_text:
            return "text"
        return "input" if self.outdated else None

    @property
    def fresh(self) -> bool:
        """True if the shown outputs still hold, as far as that can be determined."""
        return self.stale is None

    @property
    def _same_text(self) -> bool:
        if self.shown is None:
            return True
        return self.shown.cell_source.rstrip() == self.cell.source.rstrip()

    def current_line(self, line: int) -> int | None:
        """Return the present line of a ``line`` from the time when ``shown`` was started.

        None if the cell's text has changed since, or ``line`` was not part of this cell's run.
        """
        if self.shown is None or not self._same_text:
            return None
        return moved_line(self.shown, self.first_line + self.cell.body_offset, line)


def moved_line(run: Run, first_line: int, line: int) -> int | None:
    """Return the present line of a run's ``line`` if its source now starts at ``first_line``.

    ``line`` is a line of the document when the run was started; None if it is not in the run.
    """
    offset = line - run.origin.line
    return first_line + offset if 0 <= offset <= run.source.count("\n") else None


def find_outdated(shown: Sequence[Run]) -> frozenset[str]:
    """Return the ids of cells whose input has changed since they ran.

    ``shown`` holds the shown runs in the order of the document. A cell reads each name from the
    nearest cell above that binds it; it is outdated if that cell started after it, or is outdated
    itself.
    """
    starts = [run.started_at or 0.0 for run in shown]
    if all(before <= after for before, after in pairwise(starts)):
        return frozenset()  # All ran in order, so no text must be analysed.
    given_at: dict[str, float] = {}
    found: set[str] = set()
    for run, started in zip(shown, starts, strict=True):
        names = names_of(run.source)
        if any(given_at.get(name, 0.0) > started for name in names.reads):
            found.add(run.cell_id)
        time = math.inf if run.cell_id in found else started
        given_at.update(dict.fromkeys(names.writes, time))
    return frozenset(found)


_NEVER_STARTED = frozenset({RunState.QUEUED, RunState.CANCELLED})


class RunIndex:
    """Runs by their cell, in the order of the requests.

    An index is a snapshot: when runs or outputs change, another index replaces it.
    """

    def __init__(self, runs: Iterable[Run], outputs: Mapping[str, Sequence[Output]]) -> None:
        self._outputs = outputs
        self._by_cell: dict[str, list[Run]] = {}
        self._outdated: tuple[Sequence[str], frozenset[str]] = ((), frozenset())
        self._last: tuple[Cells | None, Sequence[str], tuple[CellView, ...]] = (None, (), ())
        self._changed: frozenset[str] = frozenset()
        """Cells whose last views are out of date."""
        for run in runs:
            self._by_cell.setdefault(run.cell_id, []).append(run)

    def with_changes(
        self,
        runs: Iterable[Run],
        outputs: Mapping[str, Sequence[Output]],
        changed: frozenset[str],
    ) -> RunIndex:
        """Return the index that replaces this one.

        ``changed`` holds all cells whose runs or outputs have changed: a flood of output creates
        thirty indexes a second, each of which changes one view of a long script.
        """
        index = RunIndex(runs, outputs)
        index._last, index._changed = self._last, self._changed | changed
        if all(index.shown_run(cell_id) is self.shown_run(cell_id) for cell_id in changed):
            index._outdated = self._outdated
        return index

    def __contains__(self, cell_id: str) -> bool:
        return cell_id in self._by_cell

    @property
    def cells(self) -> Iterable[str]:
        """The ids of all cells that have a run, including cells that are gone."""
        return self._by_cell.keys()

    def shown_run(self, cell_id: str) -> Run | None:
        """Return the run whose outputs a cell shows: the last one that started."""
        runs = self._by_cell.get(cell_id, ())
        started = (run for run in reversed(runs) if run.state not in _NEVER_STARTED)
        return next(started, None)

    def outputs_of(self, run: Run) -> tuple[Output, ...]:
        """Return the outputs of a run, bounded."""
        return tuple(self._outputs.get(run.id, ()))

    def views(self, cells: Cells, ids: Sequence[str]) -> tuple[CellView, ...]:
        """Return the view of every cell, in order.

        Each key press causes several calls for thousands of cells of which one has changed; so the
        views of the others are reused.
        """
        last_cells, last_ids, last = self._last
        if cells is last_cells and ids is last_ids and not self._changed:
            return last
        outdated = self._outdated_among(cells, ids)
        found = [
            view
            if view.cell is cell
            and view.id == cell_id
            and view.first_line == first_line
            and view.outdated == (cell_id in outdated)
            and cell_id not in self._changed
            else self.view(cells, index, ids)
            for index, (view, cell, cell_id, first_line) in enumerate(
                zip(last, cells.cells, ids, cells.first_lines, strict=False)
            )
        ]
        found += [self.view(cells, index, ids) for index in range(len(found), len(ids))]
        self._last, self._changed = (cells, ids, tuple(found)), frozenset()
        return self._last[2]

    def view(self, cells: Cells, index: int, ids: Sequence[str]) -> CellView:
        """Return the view of one cell of a document with these cells and ids."""
        cell_id = ids[index]
        runs = self._by_cell.get(cell_id, ())
        shown = self.shown_run(cell_id)
        # A run that was cancelled before it started does not change the cell.
        standing = [run for run in runs if run.state is not RunState.CANCELLED]
        return CellView(
            index=index,
            id=cell_id,
            cell=cells[index],
            first_line=cells.first_line(index),
            last_line=cells.last_line(index),
            run=standing[-1] if standing else runs[-1] if runs else None,
            shown=shown,
            outputs=self.outputs_of(shown) if shown else (),
            outdated=cell_id in self._outdated_among(cells, ids),
        )

    def _outdated_among(self, cells: Cells, ids: Sequence[str]) -> frozenset[str]:
        if self._outdated[0] is not ids:
            python = cells.language == PYTHON
            ran = [cell_id for cell_id in ids if cell_id in self._by_cell] if python else []
            shown = [run for cell_id in ran if (run := self.shown_run(cell_id))]
            self._outdated = ids, find_outdated(shown)
        return self._outdated[1]


def changed_cells(
    before_ids: Sequence[str], before: Cells, after_ids: Sequence[str], after: Cells
) -> set[str]:
    """Return the ids of cells that are new, gone or changed."""
    old_cells, new_cells = before.cells, after.cells
    shorter = min(len(old_cells), len(new_cells))
    head = 0
    while (
        head < shorter
        and old_cells[head] is new_cells[head]
        and before_ids[head] == after_ids[head]
    ):
        head += 1
    tail = 0
    while (
        tail < shorter - head
        and old_cells[-1 - tail] is new_cells[-1 - tail]
        and before_ids[-1 - tail] == after_ids[-1 - tail]
    ):
        tail += 1
    old = before_ids[head : len(before_ids) - tail]
    return {*old, *after_ids[head : len(after_ids) - tail]}
