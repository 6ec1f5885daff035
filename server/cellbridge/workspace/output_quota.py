"""The quota of outputs on the disk: the choice of the orphaned outputs to forget beyond it.

Owns that choice. Only outputs of removed cells are ever forgotten, the oldest first, and only until
the rest is within the limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from cellbridge.core.runs.runs import Run
from cellbridge.workspace.orphaned_outputs import Orphan


async def select_excess(
    store: Path, orphans: Sequence[Orphan], runs: Iterable[Run], megabytes: int
) -> list[str]:
    """Return the cells whose outputs must be forgotten, the oldest first.

    ``orphans`` are those in ``store``, the latest first; ``runs`` are all runs.
    """
    cells = {one.cell_id: list[str]() for one in reversed(orphans)}
    for run in runs:
        if run.cell_id in cells:
            cells[run.cell_id].append(run.id)
    return await asyncio.to_thread(_select, store, cells, megabytes * 1_000_000)


def _select(store: Path, cells: dict[str, list[str]], limit: int) -> list[str]:
    from cellbridge.session.store import output_size  # noqa: PLC0415 (kept out of the server's start)

    if output_size.used_bytes(store) <= limit:
        return []
    weights = output_size.measure(store, [run for runs in cells.values() for run in runs])
    beyond, chosen = weights.used - limit, list[str]()
    for cell_id, runs in cells.items():
        if beyond <= 0:
            break
        chosen.append(cell_id)
        beyond -= sum(weights.of_runs.get(run, 0) for run in runs)
    return chosen
