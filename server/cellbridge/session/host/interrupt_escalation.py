"""The ladder of stopping a cell: stronger and stronger means, each one visible.

Owns the order of the steps and the time between them. It must not know the queue; whoever runs
cells says when the running one has ended.

The steps: interrupt; interrupt again; cancel what the cell awaits, if it awaits something; then say
that only a restart helps, and leave that to a person.
"""

from __future__ import annotations

import asyncio

from cellbridge.kernel.errors import KernelError
from cellbridge.session.host.crash_guard import guarded
from cellbridge.session.host.kernel_manager import Keeper

STEP_SECONDS = 2.0
"""How long each step gets before the next one is taken."""


class Ladder:
    """Stops the running cell of a kernel."""

    def __init__(self, keeper: Keeper, tasks: asyncio.TaskGroup) -> None:
        self._keeper = keeper
        self._tasks = tasks
        self._climbing: asyncio.Task[None] | None = None

    def climb(self) -> None:
        """Begin to stop the running cell; asked again, the first step is taken again at once."""
        self.leave()
        self._climbing = self._tasks.create_task(guarded(self._climb()))

    def leave(self) -> None:
        """The cell has ended: no further step is needed."""
        if self._climbing is not None:
            self._climbing.cancel()
            self._climbing = None

    async def _climb(self) -> None:
        kernel = self._keeper.kernel
        if kernel is None:
            return
        try:
            await kernel.interrupt()
            await asyncio.sleep(STEP_SECONDS)  # Wait: the time that the step has to take effect.
            self._keeper.say("The cell has not stopped yet; it was interrupted once more.")
            await kernel.interrupt()
            await asyncio.sleep(STEP_SECONDS)  # Wait: as above.
            if await kernel.cancel_await():
                self._keeper.say("The cell awaited something; that was cancelled.")
                await asyncio.sleep(STEP_SECONDS)  # Wait: as above.
            self._keeper.say(_STUCK, stuck=True)
        except KernelError:
            # The kernel has just ended, and the cell with it.
            return


_STUCK = (
    "The cell cannot be interrupted: it is inside native code, or catches every interrupt. "
    "Restart the kernel to end it (its variables will be gone), or wait."
)
