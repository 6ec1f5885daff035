"""The escalation that stops a cell: increasingly strong steps, each one visible to the user.

Owns the order of the steps and the time between them. It must not know the queue; the executor
reports when the running cell has ended.

The steps: interrupt; interrupt again; cancel the awaitable that the cell awaits, if any; then show
that only a restart helps, and leave that to the user. Each further request of the user takes the
next step at once; after the last step, it interrupts the cell again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.run_control import Obstacle
from cellbridge.session.host.crash_guard import log_faults
from cellbridge.session.host.kernel_manager import KernelManager

STEP_SECONDS = 2.0
"""Seconds that each step gets before the next one."""


class InterruptEscalation:
    """Stops the running cell of a kernel."""

    def __init__(self, kernel_manager: KernelManager, tasks: asyncio.TaskGroup) -> None:
        self._kernel_manager = kernel_manager
        self._tasks = tasks
        self._escalating: asyncio.Task[None] | None = None
        self._next_step = asyncio.Event()
        self._revoking: asyncio.Task[None] | None = None

    def start(self, revoked: Sequence[str]) -> None:
        """Begin to stop the running cell; another call takes the next step at once.

        ``revoked`` are requests that were sent before their turn, and must not run any more.
        """
        if revoked:  # In its own task: it must also happen if the running cell ends before it.
            self._revoking = self._tasks.create_task(log_faults(self._revoke(revoked)))
        if self._escalating is None or self._escalating.done():  # Done: a step failed.
            self._next_step.clear()
            self._escalating = self._tasks.create_task(log_faults(self._escalate()))
        else:
            self._next_step.set()

    @property
    def active(self) -> bool:
        """True from a request to interrupt until the cell has ended."""
        return self._escalating is not None

    def stop(self) -> None:
        """Take no further step: the cell has ended."""
        if self._escalating is not None:
            self._escalating.cancel()
            self._escalating = None

    async def _escalate(self) -> None:
        kernel = self._kernel_manager.kernel
        if kernel is None:
            return
        try:
            await self._interrupt(kernel)
            await self._pause()
            self._kernel_manager.show_message(
                "The cell has not stopped yet; it was interrupted once more."
            )
            await self._interrupt(kernel)
            await self._pause()
            obstacle = await kernel.cancel_await()
            if obstacle is None:
                self._kernel_manager.show_message("The cell awaited something; that was cancelled.")
                await self._pause()
            cause = _CAUSES[obstacle or Obstacle.UNKNOWN]
            self._kernel_manager.show_message(_STUCK.format(cause), stuck=True)
            while True:
                await self._next_step.wait()
                self._next_step.clear()
                await self._interrupt(kernel)
        except KernelError:
            # The kernel has just ended, and the cell with it.
            return

    async def _interrupt(self, kernel: Kernel) -> None:
        if self._revoking is not None:
            await asyncio.wait([self._revoking])
        await kernel.interrupt()

    async def _revoke(self, requests: Sequence[str]) -> None:
        if (kernel := self._kernel_manager.kernel) is not None:
            await kernel.revoke(requests)

    async def _pause(self) -> None:
        """Wait for the step to take effect, or until the user wants the next one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STEP_SECONDS):
                await self._next_step.wait()
        self._next_step.clear()


_STUCK = (
    "The cell cannot be interrupted: {}. "
    "Restart the kernel to end it (its variables will be gone), or wait."
)
_CAUSES = {
    Obstacle.HELD: "it is inside native code that holds the interpreter",
    Obstacle.CAUGHT: "its code catches every interrupt",
    Obstacle.UNKNOWN: "it is inside native code, or catches every interrupt",
}
