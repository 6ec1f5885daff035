"""The quota of outputs on the disk: the choice of the outputs to forget beyond it.

Owns that choice. Only outputs of code outside the script, and then those of removed cells, are ever
forgotten, the oldest first, and only until the rest is within the limit. The last output of code
outside the script stays, since its agent may not have read it yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.runs.runs import Run
from cellbridge.workspace.orphaned_outputs import Orphan


@dataclass(frozen=True, slots=True)
class Excess:
    """The outputs that must be forgotten."""

    runs: Sequence[str] = ()
    cells: int = 0
    """The number of removed cells among them."""


async def select_excess(
    store: Path, orphans: Sequence[Orphan], runs: Iterable[Run], megabytes: int
) -> Excess:
    """Return the outputs in ``store`` that must be forgotten.

    ``orphans`` are those that may be, the latest first; ``runs`` are all runs, the oldest first.
    """
    scratch: list[list[str]] = []
    cells = {one.cell_id: list[str]() for one in reversed(orphans)}
    for run in runs:
        if run.scratch and run.state.final:
            scratch.append([run.id])
        elif run.cell_id in cells:
            cells[run.cell_id].append(run.id)
    candidates = [*scratch[:-1], *cells.values()]
    if not candidates:
        return Excess()
    chosen = await asyncio.to_thread(_select, store, candidates, megabytes * 1_000_000)
    gone = [run for group in candidates[:chosen] for run in group]
    return Excess(gone, max(0, chosen - len(scratch[:-1])))


def _select(store: Path, candidates: Sequence[Sequence[str]], limit: int) -> int:
    """Return how many of the candidates must be forgotten."""
    from cellbridge.session.store import output_size  # noqa: PLC0415 (kept out of the server's start)

    if output_size.used_bytes(store) <= limit:
        return 0
    weights = output_size.measure(store, [run for runs in candidates for run in runs])
    beyond, chosen = weights.used - limit, 0
    for runs in candidates:
        if beyond <= 0:
            break
        chosen += 1
        beyond -= sum(weights.of_runs.get(run, 0) for run in runs)
    return chosen
