"""The changes in a session that are not stored yet.

Owns the batch and its bound. While the store can be written, a batch is small; while it cannot, the
batch grows up to `UNSAVED_LIMIT`. Output beyond that is not kept for the store, and its run is
marked as truncated. It must not know the store or clients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cellbridge.core.output.outputs import Display, DropOutputs, ExtendStream, Op, SetOutput
from cellbridge.core.runs.runs import Run
from cellbridge.session.store.batch import Batch

UNSAVED_LIMIT = 64 * 1024 * 1024
"""Maximum number of characters kept in memory while the store cannot be written."""
OVERHEAD = 200
"""Characters that an operation counts for in addition to its text."""
OUTPUT_DROPPED = (
    f"More output came than the {UNSAVED_LIMIT >> 20} MB that a session keeps while it cannot "
    "store; run the cells that are marked as incomplete again once it can."
)


class PendingChanges:
    """The changes that the next save writes."""

    def __init__(self) -> None:
        self.batch = Batch()
        self._size = 0
        self._truncated: set[str] = set()

    @property
    def notices(self) -> list[str]:
        """Sentences about output that will not be stored."""
        return [OUTPUT_DROPPED] if self._truncated else []

    def add_run(self, run: Run) -> None:
        """Keep the newest state of a run."""
        cut = run.id in self._truncated
        self.batch.runs[run.id] = msgspec.structs.replace(run, truncated=True) if cut else run

    def add_op(self, run: Run | None, run_id: str, op: Op, *, storing: bool) -> None:
        """Keep a change of a run's outputs if there is room, which there is while ``storing``."""
        size = op_size(op) + OVERHEAD
        if isinstance(op, DropOutputs) and not storing:
            self.batch.drop(run_id)
            self._measure()
        if storing or self._size + size <= UNSAVED_LIMIT:
            self.batch.ops.append((run_id, op))
            self._size += size
        elif run is not None and run_id not in self._truncated:
            self._truncated.add(run_id)
            self.add_run(run)

    def add_widgets(self, changed: Mapping[str, bytes | None], *, only: bool) -> None:
        """Keep the newest states of widgets, whose size the widgets' own limit bounds."""
        if only:
            self.batch.widgets, self.batch.only_widgets = {}, True
        self.batch.widgets |= changed

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop all changes of these runs, and record that the runs are gone."""
        for run_id in run_ids:
            self._truncated.discard(run_id)
            self.batch.runs.pop(run_id, None)
            self.batch.drop(run_id)
            self.batch.forgotten.append(run_id)
        self._measure()

    def start_batch(self) -> None:
        """Begin a new batch, since the present one is stored."""
        self.batch = Batch()
        self._size = 0

    def _measure(self) -> None:
        self._size = sum(op_size(op) + OVERHEAD for _, op in self.batch.ops)


def op_size(op: Op) -> int:
    """Return the approximate number of characters that an operation adds."""
    match op:
        case ExtendStream(text=text):
            return len(text)
        case SetOutput(output=Display(data=data)):
            return sum(len(part) for part in data.values() if isinstance(part, str))
        case _:
            return 0
