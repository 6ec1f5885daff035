"""The states of a kernel and its runs while their session does not answer, and after its end.

Owns these states and their sentences. It must not know when they apply.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.runs.runs import KernelState, KernelStatus, Run, RunState
from cellbridge.session.errors import NOT_ANSWERING


def as_unresponsive(known: KernelStatus) -> KernelStatus:
    """Return a kernel's status while its host does not answer."""
    return msgspec.structs.replace(
        known, state=KernelState.UNRESPONSIVE, message=NOT_ANSWERING, stuck=False
    )


def as_lost(run: Run, why: str) -> Run:
    """Return the state of ``run`` after the end of its host."""
    if run.state.final:
        return run
    return msgspec.structs.replace(run, state=RunState.LOST, truncated=True, waiting=None, note=why)


SEARCHING = "The session's process ended unexpectedly; searching for its kernel."
HOST_GONE = (
    "The notebook's session ended unexpectedly; its outputs are kept, "
    "run a cell to start a new one."
)
KILLED = "The session was stopped while this cell ran."
NOT_KILLED = (
    "The process of this notebook's session could not be ended, perhaps because it waits for a "
    "disk; try again, or end it by its process id (cellbridge sessions)."
)
FAULT = (
    "Cellbridge disconnected from this notebook's session because of an internal error; "
    "the session keeps running. Run a cell to connect to it again."
)
