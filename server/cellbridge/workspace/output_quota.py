"""Room on the disk: which of the kept outputs are forgotten when they take too much of it.

Owns that choice. Only what is kept of cells that are gone is ever forgotten, the oldest first, and
no more of it than brings the rest within the limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from cellbridge.core.runs.runs import Run
from cellbridge.workspace.orphaned_outputs import Orphan


async def too_much(
    store: Path, orphans: Sequence[Orphan], runs: Iterable[Run], megabytes: int
) -> list[str]:
    """Return the cells whose outputs are to be forgotten, the oldest first.

    ``orphans`` are those kept in ``store``, the latest first; ``runs`` all that are known.
    """
    cells = {one.cell_id: list[str]() for one in reversed(orphans)}
    for run in runs:
        if run.cell_id in cells:
            cells[run.cell_id].append(run.id)
    return await asyncio.to_thread(_chosen, store, cells, megabytes * 1_000_000)


def _chosen(store: Path, cells: dict[str, list[str]], limit: int) -> list[str]:
    from cellbridge.session.store import output_size  # noqa: PLC0415 (kept out of the server's start)

    if output_size.used(store) <= limit:
        return []
    weights = output_size.weigh(store, [run for runs in cells.values() for run in runs])
    beyond, chosen = weights.used - limit, list[str]()
    for cell_id, runs in cells.items():
        if beyond <= 0:
            break
        chosen.append(cell_id)
        beyond -= sum(weights.of_runs.get(run, 0) for run in runs)
    return chosen
