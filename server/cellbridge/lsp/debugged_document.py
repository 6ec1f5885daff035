"""One document that the server debugs: its runs, its stop, and the wait for the next one.

Owns this state. It must not know when debugging begins and ends (stepping.py).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from cellbridge.core.runs.debug_status import Stop
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook


@dataclass(slots=True)
class SteppedRun:
    """The run of a cell that the user steps through."""

    cell: str
    """The cell's id."""
    ended: list[RunView] | None = None
    """Its results; None until it has ended."""
    error: SessionError | None = None
    """The error that ended it, in place of results."""

    @property
    def over(self) -> bool:
        """True once the run has ended."""
        return self.ended is not None or self.error is not None


@dataclass(slots=True)
class Debugged:
    """One document that this server debugs."""

    notebook: Notebook
    runs: list[SteppedRun] = field(default_factory=list[SteppedRun])
    """The runs that have not ended."""
    attached: bool = False
    sent: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """By file, the lines of the breakpoints that the debugger has received."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, at each change of the debugger or of a run."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the debugger is attached or detached."""

    @property
    def stop(self) -> Stop | None:
        """The place at which the code has stopped."""
        return self.notebook.debugging.status.stopped if self.attached else None

    @property
    def is_busy(self) -> bool:
        """True while the document's code runs or has stopped."""
        return self.notebook.kernel.state is KernelState.BUSY

    def is_own(self, stop: Stop) -> bool:
        """Return True if a stop of the document's code is in the document itself."""
        return bool(stop.cell) or stop.path in {self.notebook.name, ""}

    @property
    def running(self) -> SteppedRun | None:
        """The run that is running, or has stopped, if the user steps through it."""
        return next((run for run in self.runs if self.is_running(run)), None)

    def is_running(self, run: SteppedRun) -> bool:
        """Return True if a run has begun, or if its cell is gone and that is unknown."""
        if run.cell not in self.notebook.ids:
            return True
        active = self.notebook.view(self.notebook.ids.index(run.cell)).active
        return active is not None and active.state is RunState.RUNNING

    def notify(self) -> None:
        """Continue everything that waits for a change."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    async def next_stop(self, before: int, run: SteppedRun | None = None) -> Stop | None:
        """Wait for another stop than number ``before``, of ``run`` if given; None without one.

        Without ``run``, the wait ends with all runs that are stepped through. Without such runs, it
        ends when the kernel is idle.

        Raises:
            SessionError: the run could not be started, or its session ended.
        """
        runs = [run] if run is not None else list(self.runs)
        while True:
            changed, stop = self.changed, self.stop
            new = stop is not None and stop.number != before
            if new and (run is None or self.is_running(run)):
                return stop
            over = all(one.over for one in runs) if runs else not self.is_busy
            if not self.attached or over:
                break
            await changed.wait()
        if run is not None and run.error is not None:
            raise run.error
        return None
