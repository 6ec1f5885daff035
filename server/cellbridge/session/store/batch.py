"""What has happened in a session since it was last stored.

Owns the gathering of changes between two saves. It must not know SQLite.
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
    """What has happened since the last save, in order."""

    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    """The newest state of each run that changed."""
    ops: list[tuple[str, Op]] = field(default_factory=list[tuple[str, Op]])
    """Changes of outputs, by run id, with whole texts."""
    forgotten: list[str] = field(default_factory=list[str])
    """Runs that are gone, with their outputs."""
    cells: Sequence[StoredCell] | None = None
    """The cells of the document as they stand; None where they are as they were."""

    def __bool__(self) -> bool:
        return bool(self.runs or self.ops or self.forgotten or self.cells is not None)

    def over(self, run_id: str, stored: Sequence[Output]) -> list[Output]:
        """Return the outputs of a run, with their whole texts, after what is in this batch."""
        return apply_ops(stored, [op for run, op in self.merged() if run == run_id])

    def drop(self, run_id: str) -> None:
        """Take out what has happened to the outputs of a run."""
        self.ops = [(run, op) for run, op in self.ops if run != run_id]

    def merged(self) -> Iterator[tuple[str, Op]]:
        """Yield the changes, with successive writes to one stream made one, for SQLite's sake."""
        waiting: tuple[str, ExtendStream] | None = None
        parts: list[str] = []
        length = 0  # Of all parts. Counted along: a flood makes thousands of them.
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
