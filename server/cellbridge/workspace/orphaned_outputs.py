"""Outputs whose cell is gone: which they are, and when they find a cell again.

Owns both. An output is never thrown away by an edit; where its cell's text comes back, by undo,
from another branch or by pasting, the output is the cell's again. It must not know sessions or
editors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.identity import Roster
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import Run
from cellbridge.workspace.cell_views import RunIndex

_LEAST_TEXT = 8
"""Characters of a body below which its text says too little to know a cell by."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """What is kept of a cell that is gone."""

    cell_id: str
    run: Run
    outputs: tuple[Output, ...]


def orphans(index: RunIndex, ids: Sequence[str]) -> list[Orphan]:
    """Return what is kept of cells that are not among ``ids`` any more, the latest first."""
    present = set(ids)
    found = [
        Orphan(cell_id, run, index.outputs_of(run))
        for cell_id in index.cells
        if cell_id not in present and (run := index.shown(cell_id)) is not None
    ]
    # Cells that were run at once have one time in common; they were started one after the other.
    return sorted(found, key=lambda one: one.run.started_at or one.run.queued_at, reverse=True)


def reclaimed(roster: Roster, index: RunIndex) -> Roster:
    """Return the roster with ids of orphans given to the cells that have their text.

    Only cells that were never run take part, so that no cell loses what it shows.
    """
    lost: dict[str, str] = {}
    for one in reversed(orphans(index, roster.ids)):
        body = one.run.cell_source.strip()
        if len(body) >= _LEAST_TEXT:
            lost[body] = one.cell_id  # of several with one text, the latest
    if not lost:
        return roster
    ids = list(roster.ids)
    for at, cell in enumerate(roster.cells):
        if cell.kind is CellKind.CODE and ids[at] not in index:
            ids[at] = lost.pop(cell.source.strip(), ids[at])
    back = set(ids)
    departed = tuple(entry for entry in roster.departed if entry[0] not in back)
    return replace(roster, ids=tuple(ids), departed=departed)
