"""Cursors: the state of a script at an answer, and what has happened since.

Owns the snapshots of one script and their comparison with the present state. It must not know
tools.

Bound: `LIMIT` snapshots are kept, the latest; a snapshot refers to values that exist anyway.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cellbridge.core.document.cell_hash import cell_hash
from cellbridge.core.document.cells import Cells
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run
from cellbridge.workspace.notebook import Notebook

LIMIT = 64
_NAMED = 12
"""Cells or runs that one line names; of more, the number is given."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a script at one moment."""

    cells: Cells
    ids: tuple[str, ...]
    runs: Mapping[str, Run]
    kernel: KernelStatus

    @classmethod
    def of(cls, notebook: Notebook) -> Snapshot:
        """Return the present state."""
        return cls(notebook.cells, notebook.ids, dict(notebook.runs), notebook.kernel)


class Cursors:
    """The snapshots of one script."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, Snapshot] = OrderedDict()
        self._prefix = secrets.token_hex(2)  # A cursor of another script is unknown here.
        self._count = 0

    def take(self, notebook: Notebook) -> tuple[str, Snapshot]:
        """Return the present state, and its cursor."""
        self._count += 1
        cursor = f"{self._prefix}-{self._count}"
        taken = self._taken[cursor] = Snapshot.of(notebook)
        if len(self._taken) > LIMIT:
            self._taken.popitem(last=False)
        return cursor, taken

    def get(self, cursor: str) -> Snapshot | None:
        """Return the snapshot of a cursor; None if it is unknown or too old."""
        return self._taken.get(cursor)


def changes(before: Snapshot, notebook: Notebook, *, agent: str) -> list[str]:
    """Return what has changed since a snapshot, one line for each kind; without own runs."""
    now = Snapshot.of(notebook)
    return [*_text_changes(before, now), *_run_changes(before, now, agent), *_kernel(before, now)]


def _text_changes(before: Snapshot, now: Snapshot) -> Iterator[str]:
    old = dict(zip(before.ids, before.cells, strict=True))
    new = dict(zip(now.ids, now.cells, strict=True))
    edited = [
        name
        for name, cell in new.items()
        if name in old and old[name] is not cell and cell_hash(old[name]) != cell_hash(cell)
    ]
    yield from _line("edited", edited)
    yield from _line("added", [name for name in now.ids if name not in old])
    yield from _line("removed", [name for name in before.ids if name not in new])
    stayed = [name for name in now.ids if name in old]
    if stayed != [name for name in before.ids if name in new]:
        yield "cells moved: the order is another one now"


def _run_changes(before: Snapshot, now: Snapshot, agent: str) -> Iterator[str]:
    by: dict[str, list[str]] = {}
    for run in now.runs.values():
        known = before.runs.get(run.id)
        changed = known is None or known.state is not run.state
        if changed and run.agent_name != agent:
            where = run.cell_id or "code outside the script"
            by.setdefault(run.client or "another client", []).append(f"{where} {run.state}")
    for client, runs in by.items():
        yield from _line(f"run by {label(client)}", runs)


def _kernel(before: Snapshot, now: Snapshot) -> Iterator[str]:
    old, new = before.kernel, now.kernel
    if old.life and new.life and old.life != new.life:
        yield "kernel: restarted; all variables were lost"
    elif old.life and not new.life:
        gone = new.state in {KernelState.STOPPED, KernelState.DEAD, KernelState.ABSENT}
        yield f"kernel: {new.state}{'; all variables were lost' if gone else ''}"


def _line(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"{what}: {', '.join(names[:_NAMED])}{more}"
