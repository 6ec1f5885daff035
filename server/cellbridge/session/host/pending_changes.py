"""What has happened in a session and is not stored yet.

Owns the batch, and its bound. While the store can be written a batch is small; while it cannot,
the batch grows up to `UNSAVED_LIMIT`. Output beyond that is not kept for the store, and its run is
marked as truncated. It must not know the store or clients.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cellbridge.core.output.outputs import Display, DropOutputs, ExtendStream, Op, SetOutput
from cellbridge.core.runs.runs import Run
from cellbridge.session.store.batch import Batch

UNSAVED_LIMIT = 64 * 1024 * 1024
"""Characters kept in memory while the store cannot be written."""
OVERHEAD = 200
"""Characters that an operation counts for besides its text."""
BEYOND = (
    f"More output came than the {UNSAVED_LIMIT >> 20} MB that a session keeps while it cannot "
    "store; run the cells that are marked as incomplete again once it can."
)


class Unsaved:
    """The changes that the next save is to write."""

    def __init__(self) -> None:
        self.batch = Batch()
        self._size = 0
        self._cut: set[str] = set()

    @property
    def notices(self) -> list[str]:
        """Sentences about output that will not be stored."""
        return [BEYOND] if self._cut else []

    def note(self, run: Run) -> None:
        """Keep the newest state of a run."""
        cut = run.id in self._cut
        self.batch.runs[run.id] = msgspec.structs.replace(run, truncated=True) if cut else run

    def keep(self, run: Run | None, run_id: str, op: Op, *, storing: bool) -> None:
        """Keep a change of a run's outputs, if there is room; there is while the store is used."""
        size = weight(op) + OVERHEAD
        if isinstance(op, DropOutputs) and not storing:
            self.batch.drop(run_id)
            self._measure()
        if storing or self._size + size <= UNSAVED_LIMIT:
            self.batch.ops.append((run_id, op))
            self._size += size
        elif run is not None and run_id not in self._cut:
            self._cut.add(run_id)
            self.note(run)

    def forget(self, run_ids: Iterable[str]) -> None:
        """Keep only that these runs are gone."""
        for run_id in run_ids:
            self._cut.discard(run_id)
            self.batch.runs.pop(run_id, None)
            self.batch.drop(run_id)
            self.batch.forgotten.append(run_id)
        self._measure()

    def saved(self) -> None:
        """Begin a new batch: this one is stored."""
        self.batch = Batch()
        self._size = 0

    def _measure(self) -> None:
        self._size = sum(weight(op) + OVERHEAD for _, op in self.batch.ops)


def weight(op: Op) -> int:
    """Return how many characters an operation brings, about."""
    match op:
        case ExtendStream(text=text):
            return len(text)
        case SetOutput(output=Display(data=data)):
            return sum(len(part) for part in data.values() if isinstance(part, str))
        case _:
            return 0
