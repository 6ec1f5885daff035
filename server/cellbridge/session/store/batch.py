"""The batch of a session's changes since the last save.

Owns the collection of changes between two saves. It must not know SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.outputs import ExtendStream, Op, Output
from cellbridge.core.runs.runs import Run
from cellbridge.session.messages import StoredCell


@dataclass(slots=True)
class Batch:
    """The changes since the last save, in order."""

    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    """The newest state of each changed run."""
    ops: list[tuple[str, Op]] = field(default_factory=list[tuple[str, Op]])
    """Changes of outputs with their run ids; texts are whole."""
    forgotten: list[str] = field(default_factory=list[str])
    """Ids of runs that are removed, with their outputs."""
    cells: Sequence[StoredCell] | None = None
    """The present cells of the document; None if they have not changed."""
    clear_plots: bool = False
    """True if the history of plots is cleared, except the images of runs that still exist."""
    widgets: dict[str, bytes | None] = field(default_factory=dict[str, bytes | None])
    """Changed states of widgets as MessagePack, by model; None for a model that is gone."""
    only_widgets: bool = False
    """True if all stored states of widgets are removed first."""

    def __bool__(self) -> bool:
        changed = self.runs or self.ops or self.forgotten or self.clear_plots
        changed = changed or self.widgets or self.only_widgets
        return bool(changed or self.cells is not None)

    def apply_to(self, run_id: str, stored: Sequence[Output]) -> list[Output]:
        """Return the ``stored`` outputs of a run, with whole texts, after this batch's changes."""
        return apply_ops(stored, [op for run, op in self.merged_ops() if run == run_id])

    def drop(self, run_id: str) -> None:
        """Remove the changes of a run's outputs."""
        self.ops = [(run, op) for run, op in self.ops if run != run_id]

    def merged_ops(self) -> Iterator[tuple[str, Op]]:
        """Yield the changes, with consecutive writes to one stream merged, which SQLite needs."""
        waiting: tuple[str, ExtendStream] | None = None
        parts: list[str] = []
        length = 0  # Of all parts; a running total, since a flood makes thousands of them.
        for run, op in self.ops:
            if (
                isinstance(op, ExtendStream)
                and waiting
                and waiting[0] == run
                and waiting[1].index == op.index
            ):
                first = waiting[1].keep
                if op.keep < first + length:
                    parts = ["".join(parts)[: max(0, op.keep - first)]]
                    length = len(parts[0])
                waiting = run, msgspec.structs.replace(op, keep=min(first, op.keep))
                parts.append(op.text)
                length += len(op.text)
                continue
            if waiting:
                yield waiting[0], msgspec.structs.replace(waiting[1], text="".join(parts))
            waiting, parts = None, []
            if isinstance(op, ExtendStream):
                waiting, parts, length = (run, op), [op.text], len(op.text)
            else:
                yield run, op
        if waiting:
            yield waiting[0], msgspec.structs.replace(waiting[1], text="".join(parts))
