"""The state of a kernel and of runs that an earlier host has left behind.

Owns the queries and the interpretation of their results. It must not change anything; the executor
does.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.runs.queue import FOREIGN
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.kernel.kernel import Kernel

ENDED_UNOBSERVED = "This cell ended while the session's process was not running."


def find_running(runs: Sequence[Run]) -> Run | None:
    """Return the run that the kernel was executing when its host ended."""
    sent = (r for r in runs if r.state is RunState.RUNNING and r.message and r.client != FOREIGN)
    return next(sent, None)


async def pending_input(kernel: Kernel, run: Run) -> tuple[str, bool] | None:
    """Return the prompt of the input that ``run`` waits for, and True if it is a password.

    A kernel that cannot be queried is assumed to wait still for the same input.
    """
    state = await kernel.state()
    if state is not None:
        return state.question
    return (run.waiting.prompt, run.waiting.password) if run.waiting else None


async def wait_for_outcome(kernel: Kernel, run: Run) -> tuple[RunState, str]:
    """Wait until ``run`` must be over, and return its outcome as far as the kernel has recorded it.

    Raises:
        KernelGone: the kernel ended before.
    """
    await kernel.until_idle()
    outcome = await recorded_outcome(kernel, run)
    if outcome is None:
        return RunState.LOST, f"{ENDED_UNOBSERVED} It is not known whether it succeeded."
    return outcome, ENDED_UNOBSERVED


async def recorded_outcome(kernel: Kernel, run: Run) -> RunState | None:
    """Return the outcome that the kernel has recorded for ``run``, which is over; None if none."""
    state = await kernel.state()
    succeeded = state.outcomes.get(run.message) if state is not None else None
    if succeeded is None:
        return None
    return RunState.OK if succeeded else RunState.ERROR
