"""Orphaned outputs, whose cell is gone, and their return to a cell.

Owns both. An edit never removes an output; when its cell's text comes back, by undo, from another
branch or by pasting, the output belongs to the cell again. It must not know sessions or editors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.identity import Roster
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import Run
from cellbridge.workspace.run_index import RunIndex

_MIN_TEXT = 8
"""Minimum number of characters of a body by which a cell can be recognised."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """The kept run and outputs of a cell that is gone."""

    cell_id: str
    run: Run
    outputs: tuple[Output, ...]


def find_orphans(index: RunIndex, ids: Sequence[str]) -> list[Orphan]:
    """Return the kept outputs of cells that are no longer among ``ids``, the latest first."""
    found = [
        Orphan(cell_id, run, index.outputs_of(run))
        for cell_id in index.lost(ids)
        if (run := index.kept_run(cell_id)) is not None
    ]
    # Cells of one request share their queue time; they were started one after the other.
    return sorted(found, key=lambda one: one.run.started_at or one.run.queued_at, reverse=True)


def reclaim_outputs(roster: Roster, index: RunIndex) -> Roster:
    """Return the roster with ids of orphans assigned to the cells that have their text.

    Only cells that were never run take part, so that no cell loses its outputs.
    """
    lost: dict[str, str] = {}
    for one in reversed(find_orphans(index, roster.ids)):
        body = one.run.cell_source.strip()
        if len(body) >= _MIN_TEXT:
            lost[body] = one.cell_id  # The latest of several with one text.
    if not lost:
        return roster
    ids = list(roster.ids)
    for at, cell in enumerate(roster.cells):
        if cell.kind is CellKind.CODE and ids[at] not in index:
            ids[at] = lost.pop(cell.source.strip(), ids[at])
    back = set(ids)
    departed = tuple(entry for entry in roster.departed if entry[0] not in back)
    return replace(roster, ids=tuple(ids), departed=departed)
