"""What a host finds out about the kernel and the runs that an earlier host has left behind.

Owns the questions and the reading of their answers. It must not change anything: the executor does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellbridge.core.output.outputs import Display, Output
from cellbridge.core.runs.queue import FOREIGN
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.kernel.kernel import Kernel

UNHEARD = "This cell ended while no session's process was there to hear it."


def going_on(runs: Sequence[Run]) -> Run | None:
    """Return the run that the kernel was working on when its host ended."""
    sent = (r for r in runs if r.state is RunState.RUNNING and r.message and r.client != FOREIGN)
    return next(sent, None)


def display_ids(outputs: Sequence[Output]) -> Iterator[str]:
    """Return the ids under which displays among ``outputs`` can be updated."""
    for output in outputs:
        if isinstance(output, Display) and output.display_id:
            yield output.display_id


async def question_of(kernel: Kernel, run: Run) -> tuple[str, bool] | None:
    """Return the prompt of the line that ``run`` waits for, and whether it is a password.

    A kernel that cannot be asked is believed to wait still for what it waited for.
    """
    state = await kernel.state()
    if state is not None:
        return state.question
    return (run.waiting.prompt, run.waiting.password) if run.waiting else None


async def outcome_of(kernel: Kernel, run: Run) -> tuple[RunState, str]:
    """Wait until ``run`` must be over, and return how it ended as far as the kernel can tell.

    Raises:
        KernelGone: the kernel has ended first.
    """
    await kernel.until_idle()
    outcome = await known_outcome(kernel, run)
    if outcome is None:
        return RunState.LOST, f"{UNHEARD} Whether it succeeded is not known."
    return outcome, UNHEARD


async def known_outcome(kernel: Kernel, run: Run) -> RunState | None:
    """Return how ``run``, which is over, ended by the kernel's own record; None without one."""
    state = await kernel.state()
    succeeded = state.outcomes.get(run.message) if state is not None else None
    if succeeded is None:
        return None
    return RunState.OK if succeeded else RunState.ERROR
