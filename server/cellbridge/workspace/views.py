"""What is known of one cell: its place, its last run, its outputs, and whether they still hold.

Owns the choice of the run that a cell shows, and freshness. It must not know sessions or editors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cellbridge.core.cells import Cell, Cells
from cellbridge.core.outputs import Output
from cellbridge.core.runs import Run, RunState


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
    """The last run that was asked for; its state is the cell's."""
    shown: Run | None
    """The run whose outputs are shown: the last one that has started."""
    outputs: tuple[Output, ...]
    """The outputs of ``shown``, bounded."""

    @property
    def hint_line(self) -> int:
        """The document's line whose end is the place for a short result."""
        last = self.cell.last_code_line
        return self.first_line + (last if last is not None else 0)

    @property
    def fresh(self) -> bool:
        """True where the outputs shown were made from the cell's text as it stands now."""
        if self.shown is None:
            return True
        return self.shown.cell_source.rstrip() == self.cell.source.rstrip()

    def current_line(self, line: int) -> int | None:
        """Return where ``line`` of the document, as it was when ``shown`` was started, stands now.

        None where the cell's text has changed since, or ``line`` was not of this cell's run.
        """
        if self.shown is None or not self.fresh:
            return None
        return moved_line(self.shown, self.first_line + self.cell.body_offset, line)


def moved_line(run: Run, first_line: int, line: int) -> int | None:
    """Return where ``line`` of the run stands if its source now starts at ``first_line``.

    None where ``line``, a line of the document when the run was started, is not the run's.
    """
    offset = line - run.origin.line
    return first_line + offset if 0 <= offset <= run.source.count("\n") else None


class RunIndex:
    """Runs by the cell they belong to, in the order in which they were asked for."""

    def __init__(self, runs: Iterable[Run], outputs: Mapping[str, Sequence[Output]]) -> None:
        self._outputs = outputs
        self._by_cell: dict[str, list[Run]] = {}
        for run in runs:
            self._by_cell.setdefault(run.cell_id, []).append(run)

    def __contains__(self, cell_id: str) -> bool:
        return cell_id in self._by_cell

    def view(self, cells: Cells, index: int, cell_id: str) -> CellView:
        """Return the view of one cell."""
        runs = self._by_cell.get(cell_id, ())
        started = [run for run in runs if run.state not in {RunState.QUEUED, RunState.CANCELLED}]
        shown = started[-1] if started else None
        # A run that was cancelled before it started leaves the cell as it was.
        standing = [run for run in runs if run.state is not RunState.CANCELLED]
        return CellView(
            index=index,
            id=cell_id,
            cell=cells[index],
            first_line=cells.first_line(index),
            last_line=cells.last_line(index),
            run=standing[-1] if standing else runs[-1] if runs else None,
            shown=shown,
            outputs=tuple(self._outputs.get(shown.id, ())) if shown else (),
        )


def touched(
    before_ids: Sequence[str], before: Cells, after_ids: Sequence[str], after: Cells
) -> set[str]:
    """Return the ids of cells that are new, gone or other than before."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] is after[head] and before_ids[head] == after_ids[head]:
        head += 1
    tail = 0
    while (
        tail < shorter - head
        and before.cells[-1 - tail] is after.cells[-1 - tail]
        and before_ids[-1 - tail] == after_ids[-1 - tail]
    ):
        tail += 1
    old = before_ids[head : len(before_ids) - tail]
    return {*old, *after_ids[head : len(after_ids) - tail]}
