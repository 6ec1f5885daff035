"""Stores for tests: runs and outputs that are quickly created.

Owns their creation. It must not start a session.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Display, Op, SetOutput
from cellbridge.core.runs.runs import Origin, Run, RunState
from cellbridge.session.messages import StoredCell
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.store import Store


def run_of(name: str, cell: str = "", state: RunState = RunState.OK) -> Run:
    """Return a run with the id ``name``; its cell has the same name by default."""
    return Run(
        id=name,
        cell_id=cell or name,
        source="x",
        cell_source="x",
        origin=Origin("/a.py", 0),
        state=state,
        started_at=1.0,
    )


def batch_with_display(name: str, text: str, cell: str = "") -> Batch:
    """Return a batch with a run that shows a text."""
    return Batch({name: run_of(name, cell)}, [(name, SetOutput(0, Display({"text/plain": text})))])


def batch_with_stream(name: str, text: str) -> Batch:
    """Return a batch with a run that prints a text."""
    outputs = OutputLog()
    ops: list[tuple[str, Op]] = [
        (name, op) for op in outputs.apply("stream", {"name": "stdout", "text": text})
    ]
    return Batch({name: run_of(name)}, ops)


def write_store(path: Path, *batches: Batch) -> Path:
    """Write a store and close it; return its path."""
    store = Store.open(path)
    for batch in batches:
        store.save(batch)
    store.save_cells([StoredCell("r0", "# %%\nx = 1")])
    store.close()
    return path


def names(store: Store) -> list[str]:
    """Return the ids of the runs in a store, oldest first."""
    return [view.run.id for view in store.runs()]
