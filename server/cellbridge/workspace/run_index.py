"""The runs of a document by their cell, and the views of its cells.

Owns the choice of the run that a cell shows, and which cells are outdated by runs above them. It
must not know sessions or editors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.output.outputs import Output
from cellbridge.core.python.dataflow import names_of
from cellbridge.core.runs.parts import follow_part
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run, RunState
from cellbridge.workspace.cell_views import CellView


def find_outdated(shown: Sequence[Run]) -> frozenset[str]:
    """Return the ids of cells whose input has changed since they ran.

    ``shown`` holds the shown runs in the order of the document, each with the later runs of
    selected lines of its cell, which only bind names. A cell reads each name from the nearest cell
    above that binds it; it is outdated if that cell started after it, or is outdated itself.
    """
    starts = [run.started_at or 0.0 for run in shown]
    if all(before <= after for before, after in pairwise(starts)):
        return frozenset()  # All ran in order, so no text must be analysed.
    given_at: dict[str, float] = {}
    found: set[str] = set()
    for run, started in zip(shown, starts, strict=True):
        names = names_of(run.source)
        late = any(given_at.get(name, 0.0) > started for name in names.reads)
        if late and run.part is None:
            found.add(run.cell_id)
        time = math.inf if run.cell_id in found and run.part is None else started
        given_at.update(dict.fromkeys(names.writes, time))
    return frozenset(found)


def known_life(kernel: KernelStatus) -> str | None:
    """Return the life of the present kernel; None if it is unknown."""
    unknown = kernel.state is KernelState.UNRESPONSIVE and not kernel.life
    return None if unknown else kernel.life


_FEW = 100
"""Views that are made again rather than looked up among those of all cells."""
_NEVER_STARTED = frozenset({RunState.QUEUED, RunState.CANCELLED})
_ENDED_ITSELF = frozenset({RunState.OK, RunState.ERROR})


class RunIndex:
    """Runs by their cell, in the order of the requests.

    An index is a snapshot: when runs or outputs change, another index replaces it.
    """

    def __init__(
        self,
        runs: Iterable[Run],
        outputs: Mapping[str, Sequence[Output]],
        life: str | None = None,
    ) -> None:
        """``life`` is the kernel's (`KernelStatus.life`); None if it is unknown."""
        self._outputs = outputs
        self._life = life
        self._by_cell: dict[str, list[Run]] = {}
        self._parts: dict[str, list[Run]] = {}
        self._outdated: tuple[Sequence[str], frozenset[str]] = ((), frozenset())
        self._places: tuple[Sequence[str], Sequence[int]] = ((), ())
        self._lost: tuple[Sequence[str], Sequence[str]] = ((), ())
        self._few: dict[str, CellView] = {}
        """The last views of cells with runs, where these are few."""
        self._last: tuple[Cells | None, Sequence[str], tuple[CellView, ...]] = (None, (), ())
        self._changed: frozenset[str] = frozenset()
        """Cells whose last views are out of date."""
        for run in runs:
            if not run.cell_id:
                continue  # Code outside the script, or a run of another client of the kernel.
            kind = self._by_cell if run.part is None else self._parts
            kind.setdefault(run.cell_id, []).append(run)

    def with_changes(
        self,
        runs: Iterable[Run],
        outputs: Mapping[str, Sequence[Output]],
        changed: frozenset[str],
        life: str | None = None,
    ) -> RunIndex:
        """Return the index that replaces this one.

        ``changed`` holds all cells whose runs or outputs have changed: a flood of output creates
        thirty indexes a second, each of which changes one view of a long script.
        """
        index = RunIndex(runs, outputs, life)
        if life == self._life:
            index._last, index._changed = self._last, self._changed | changed
        if all(
            index.shown_run(cell_id) is self.shown_run(cell_id)
            and index._parts.get(cell_id) == self._parts.get(cell_id)
            for cell_id in changed
        ):
            index._outdated = self._outdated
        return index

    def __contains__(self, cell_id: str) -> bool:
        return cell_id in self._by_cell or cell_id in self._parts

    @property
    def cells(self) -> Iterable[str]:
        """The ids of all cells that have a run, including cells that are gone."""
        return dict.fromkeys([*self._by_cell, *self._parts])

    def kept_run(self, cell_id: str) -> Run | None:
        """Return the shown run of a cell, or else the last run of selected lines."""
        return self.shown_run(cell_id) or next(reversed(self._started_parts(cell_id)), None)

    def shown_run(self, cell_id: str) -> Run | None:
        """Return the run whose outputs a cell shows: the last one that started."""
        runs = self._by_cell.get(cell_id, ())
        started = (run for run in reversed(runs) if run.state not in _NEVER_STARTED)
        return next(started, None)

    def _started_parts(self, cell_id: str) -> list[Run]:
        runs = self._parts.get(cell_id, ())
        return [run for run in runs if run.state not in _NEVER_STARTED]

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

    def views_with_runs(self, cells: Cells, ids: Sequence[str]) -> tuple[CellView, ...]:
        """Return the views of the cells that have runs, in order.

        Each key press needs them; in a long script mostly few cells have run.
        """
        places = self.places(ids)
        if len(places) > _FEW:
            views = self.views(cells, ids)
            return tuple(views[index] for index in places)
        outdated = self._outdated_among(cells, ids)
        found: list[CellView] = []
        for index in places:
            view = self._few.get(ids[index])
            if (
                view is None
                or view.cell is not cells[index]
                or (view.index, view.first_line) != (index, cells.first_line(index))
                or view.outdated != (view.id in outdated)
            ):
                view = self.view(cells, index, ids)
            found.append(view)
        self._few = {view.id: view for view in found}
        return tuple(found)

    def places(self, ids: Sequence[str]) -> Sequence[int]:
        """Return the indexes of the cells that have runs; most edits leave the ids as they are."""
        if self._places[0] is not ids:
            ran = self._by_cell.keys() | self._parts.keys()
            self._places = ids, [index for index, cell_id in enumerate(ids) if cell_id in ran]
        return self._places[1]

    def lost(self, ids: Sequence[str]) -> Sequence[str]:
        """Return the ids of cells that have runs and are gone; each key press needs them, too."""
        if self._lost[0] is not ids:
            present = {ids[place] for place in self.places(ids)}
            self._lost = ids, [cell_id for cell_id in self.cells if cell_id not in present]
        return self._lost[1]

    def view(self, cells: Cells, index: int, ids: Sequence[str]) -> CellView:
        """Return the view of one cell of a document with these cells and ids."""
        cell_id = ids[index]
        runs = self._by_cell.get(cell_id, ())
        shown = self.shown_run(cell_id)
        # A run that was cancelled before it started does not change the cell.
        standing = [run for run in runs if run.state is not RunState.CANCELLED]
        view = CellView(
            index=index,
            id=cell_id,
            cell=cells[index],
            first_line=cells.first_line(index),
            last_line=cells.last_line(index),
            run=standing[-1] if standing else runs[-1] if runs else None,
            shown=shown,
            outputs=self.outputs_of(shown) if shown else (),
            outdated=cell_id in self._outdated_among(cells, ids),
            earlier_kernel=self._is_earlier(shown),
        )
        if cell_id not in self._parts:
            return view
        return replace(view, parts=tuple(self._part_views(view)))

    def _part_views(self, view: CellView) -> Iterator[CellView]:
        """Return the views of the runs of selected lines that still exist, in order of lines."""
        after = view.cell.source.split("\n")
        found: list[CellView] = []
        for run in self._parts[view.id]:
            part = run.part and follow_part(run.part, run.cell_source.split("\n"), after)
            if part is None or run.state is RunState.CANCELLED:
                continue
            found.append(
                replace(
                    view,
                    run=run,
                    shown=None if run.state in _NEVER_STARTED else run,
                    outputs=self.outputs_of(run),
                    outdated=False,
                    earlier_kernel=self._is_earlier(run),
                    part=part,
                )
            )
        # Of two that edits have moved to one line, only the later one has a place.
        by_line = {one.hint_line: one for one in found}
        yield from (by_line[line] for line in sorted(by_line))

    def _is_earlier(self, run: Run | None) -> bool:
        """Return True if a run that has ended ran in a kernel that is gone."""
        if run is None or run.state not in _ENDED_ITSELF:
            return False
        return self._life is not None and run.life != self._life

    def _outdated_among(self, cells: Cells, ids: Sequence[str]) -> frozenset[str]:
        if self._outdated[0] is not ids:
            python = cells.language == PYTHON
            ran = [cell_id for cell_id in ids if cell_id in self] if python else []
            shown: list[Run] = []
            for cell_id in ran:
                run = self.shown_run(cell_id)
                shown += [*([run] if run else []), *self._started_parts(cell_id)]
            self._outdated = ids, find_outdated(shown)
        return self._outdated[1]
