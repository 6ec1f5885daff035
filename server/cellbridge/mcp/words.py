"""The words about cells and runs in answers.

Owns these short texts, which are the same in all tools. It must not know sessions.
"""

from __future__ import annotations

import time

from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import shorten
from cellbridge.core.runs import marks
from cellbridge.core.runs.runs import KernelStatus, Run, RunState
from cellbridge.workspace.cell_views import CellView

NAME_LIMIT = 60
_STATES = {
    RunState.QUEUED: "queued",
    RunState.OK: "ok",
    RunState.ERROR: "error",
    RunState.CANCELLED: "cancelled before it started",
    RunState.LOST: "lost: the kernel ended while it ran",
}


def kernel(status: KernelStatus) -> str:
    """Return the kernel's state, with its message if there is one."""
    name = f" ({label(status.name)})" if status.name else ""
    message = f": {label(status.message)}" if status.message else ""
    return f"kernel {status.state}{name}{message}"


def state(run: Run | None, *, agent: str = "", mark: str = "") -> str:
    """Return the state of a run; its author is named unless it is ``agent`` itself."""
    if run is None:
        return "never run"
    said = [_state(run), mark]
    if run.exit_code == 0:
        said.append(marks.EXITED)
    if run.truncated:
        said.append("output incomplete")
    own = run.agent_name == agent
    said.append("" if own or not run.client else f"by {author(run)}")
    return " · ".join(filter(None, said))


def author(run: Run) -> str:
    """Return the name of the client that requested a run, and its kind."""
    name = shorten(run.client, NAME_LIMIT)
    return f"{name} (agent)" if run.agent else f"{name} (the user)"


def view_state(view: CellView, agent: str) -> str:
    """Return the state of a cell: of its last run, with the freshness of its outputs."""
    return state(view.run, agent=agent, mark=view.mark if view.shown is view.run else "")


def place(run: Run) -> str:
    """Return the name of what a run executes."""
    return f"cell {run.cell_id}" if run.cell_id else "code outside the script"


def _state(run: Run) -> str:
    if run.waiting is not None:
        return f"waits for input: {shorten(run.waiting.prompt, NAME_LIMIT)!r}"
    if run.state is RunState.RUNNING:
        now = time.time()
        return f"running for {units.duration(now - (run.started_at or now))}"
    count = f" [{run.count}]" if run.count is not None else ""
    took = f" {units.duration(run.duration)}" if run.duration is not None else ""
    return f"{marks.INTERRUPTED if run.interrupted else _STATES[run.state]}{count}{took}"
