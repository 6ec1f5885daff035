"""The variables of a session's kernel, saved and restored when a client asks for it.

Owns when that may be done, and what is said meanwhile. It must not know the file's layout, which is
the kernel's side's (kernel/probe/variable_store.py).

Invariant: nothing is ever restored unasked, as loading runs code.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

from cellbridge.core.runs.queue import RunQueue
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.kernel.errors import KernelGone
from cellbridge.session.errors import SessionError
from cellbridge.session.host.kernel_manager import Keeper
from cellbridge.session.messages import RestoreVariables, SaveVariables

BUSY = "A cell runs or waits; variables can be {done} once it has ended."
GONE = "The kernel ended meanwhile; what was saved before is kept."
FOREIGN = "Only the variables of IPython kernels can be {done}; this is another kernel."
NO_KERNEL = "No kernel runs for this notebook, so there is nothing to save."


class Saver:
    """Saves and restores variables."""

    def __init__(self, keeper: Keeper, queue: RunQueue, path: Path, part: Path) -> None:
        self._keeper = keeper
        self._queue = queue
        self._path = path
        self._part = part
        """What a kernel leaves that dies while it saves."""
        self.busy = False
        """True while variables are saved or restored."""

    async def carry_out(self, asked: SaveVariables | RestoreVariables) -> SavedVariables:
        """Save variables, or load them into the kernel, which may be starting.

        Raises:
            SessionError: it cannot be done now; the sentence says why.
        """
        if isinstance(asked, SaveVariables):
            return await self._carry_out("save", asked.names, "saved", "Saving the variables …")
        return await self._carry_out(
            "restore", asked.names, "restored", "Restoring the variables …"
        )

    def clean(self) -> None:
        """Remove what a kernel has left that died while it saved; none lives, or none saves."""
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    async def _carry_out(
        self, op: Literal["save", "restore"], names: list[str], done: str, saying: str
    ) -> SavedVariables:
        kernel = await self._keeper.ready()
        if kernel is None:
            raise SessionError(self._keeper.status.message or NO_KERNEL)
        if not kernel.info.is_ipykernel:
            raise SessionError(FOREIGN.format(done=done))
        if self._queue.busy or self.busy:
            raise SessionError(BUSY.format(done=done))
        self.busy = True
        self._keeper.working(busy=True)
        self._keeper.say(saying)
        try:
            kept = await kernel.keep(op, self._path, names)
        except KernelGone:
            self.clean()
            raise SessionError(GONE) from None
        finally:
            self.busy = False
            if self._keeper.kernel is kernel:
                self._keeper.working(busy=self._queue.running is not None)
        if kept.refused:
            raise SessionError(kept.refused)
        return kept
