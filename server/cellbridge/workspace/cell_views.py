"""The views of cells: each cell's place, its last run, its outputs, and their freshness.

Owns the state of one cell, or of a run of some of its lines. It must not know sessions or editors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cellbridge.core.document.cells import Cell, Cells
from cellbridge.core.document.identity import same_cells, same_prefix, same_suffix
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.output.outputs import Output
from cellbridge.core.python.same_code import is_same_code
from cellbridge.core.runs.marks import mark_of
from cellbridge.core.runs.parts import follow_line
from cellbridge.core.runs.runs import Part, Run, RunState

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
    earlier_kernel: bool = False
    """True if the kernel in which ``shown`` ran is gone, with the names that it bound."""
    part: Part | None = None
    """For the view of a run of selected lines: where these are in the cell's source now."""
    parts: tuple[CellView, ...] = ()
    """The views of the runs of selected lines, which are not runs of the cell."""

    @property
    def active(self) -> Run | None:
        """The run of the cell or of a part that has not ended; the running one if there is one."""
        runs = [self.run, *(view.run for view in self.parts)]
        found = [run for run in runs if run is not None and not run.state.final]
        running = (run for run in found if run.state is RunState.RUNNING)
        return next(running, found[0] if found else None)

    @property
    def last_ended(self) -> float:
        """The time at which a run of the cell or of a part has ended last; 0 if none has."""
        runs = [self.run, *(view.run for view in self.parts)]
        return max((run.ended_at or 0.0 for run in runs if run is not None), default=0.0)

    @property
    def with_parts(self) -> tuple[CellView, ...]:
        """The view itself, and those of its parts."""
        return (self, *self.parts)

    @property
    def hint_line(self) -> int:
        """The document's line at whose end a short result is shown."""
        if self.part is not None:
            return self.first_line + self.cell.body_offset + self.part.last
        last = self.cell.last_code_line
        return self.first_line + (last if last is not None else 0)

    @property
    def stale(self) -> Staleness | None:
        """The reason why the shown outputs do not hold any longer; None while they do."""
        if not self._same_code:
            return "text"
        return "input" if self.outdated else None

    @property
    def fresh(self) -> bool:
        """True if the shown outputs hold in the present kernel, as far as can be determined."""
        return self.stale is None and not self.earlier_kernel

    @property
    def mark(self) -> str:
        """The words about the shown run that each editor shows next to its state; may be empty."""
        return mark_of(
            selection=self.part is not None,
            stale=self.stale is not None,
            earlier_kernel=self.earlier_kernel,
        )

    @property
    def _same_code(self) -> bool:
        if self.shown is None:
            return True
        python = self.cell.language == PYTHON
        if self.part is None:
            return is_same_code(self.shown.cell_source, self.cell.source, python=python)
        lines = self.cell.source.split("\n")[self.part.first : self.part.last + 1]
        return is_same_code(self.shown.source, dedent(lines), python=python)

    def current_line(self, line: int) -> int | None:
        """Return the present line of a ``line`` from the time when ``shown`` was started.

        None if the code has changed since, or ``line`` was not part of this run.
        """
        run = self.shown
        if run is None or not self._same_code:
            return None
        offset = line - run.origin.line
        if not 0 <= offset <= run.source.count("\n"):
            return None
        before, after = run.cell_source.split("\n"), self.cell.source.split("\n")
        now = follow_line(before, after, offset + (run.part.first if run.part else 0))
        return None if now is None else self.first_line + self.cell.body_offset + now


def dedent(lines: Sequence[str]) -> str:
    """Return lines as one text without their common indentation."""
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in lines)


def changed_cells(
    before_ids: Sequence[str], before: Cells, after_ids: Sequence[str], after: Cells
) -> set[str]:
    """Return the ids of cells that are new, gone or changed."""
    head, tail = same_cells(before, after)
    if before_ids is not after_ids:
        head = min(head, same_prefix(before_ids, after_ids))
        tail = min(tail, same_suffix(before_ids, after_ids, head))
    old = before_ids[head : len(before_ids) - tail]
    return {*old, *after_ids[head : len(after_ids) - tail]}
