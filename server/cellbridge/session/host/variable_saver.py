"""The saving and restoring of a kernel's variables on a client's request.

Owns when that is allowed, and the messages meanwhile. It must not know the file's layout, which
belongs to the kernel's side (kernel/probe/variable_store.py).

Invariant: nothing is ever restored without a request, since loading runs code.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

from cellbridge.core.runs.queue import RunQueue
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.kernel.errors import KernelGone
from cellbridge.session.errors import SessionError
from cellbridge.session.host.kernel_manager import KernelManager
from cellbridge.session.messages import RestoreVariables, SaveVariables

BUSY = "A cell runs or waits; variables can be {done} once it has ended."
GONE = "The kernel ended meanwhile; what was saved before is kept."
FOREIGN = "Only the variables of IPython kernels can be {done}; this is another kernel."
NO_KERNEL = "No kernel runs for this notebook, so there is nothing to save."


class VariableSaver:
    """Saves and restores variables."""

    def __init__(
        self, kernel_manager: KernelManager, queue: RunQueue, path: Path, part: Path
    ) -> None:
        self._kernel_manager = kernel_manager
        self._queue = queue
        self._path = path
        self._part = part
        """The partial file that remains if a kernel dies while it saves."""
        self.busy = False
        """True while variables are saved or restored."""

    async def carry_out(self, request: SaveVariables | RestoreVariables) -> SavedVariables:
        """Save variables, or load them into the kernel, which may be starting.

        Raises:
            SessionError: it is not possible now; the sentence gives the reason.
        """
        if isinstance(request, SaveVariables):
            return await self._carry_out("save", request.names, "saved", "Saving the variables …")
        return await self._carry_out(
            "restore", request.names, "restored", "Restoring the variables …"
        )

    def clean(self) -> None:
        """Remove the partial file of a kernel that died while it saved; no kernel saves now."""
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    async def _carry_out(
        self, op: Literal["save", "restore"], names: list[str], done: str, message: str
    ) -> SavedVariables:
        kernel = await self._kernel_manager.ready()
        if kernel is None:
            raise SessionError(self._kernel_manager.status.message or NO_KERNEL)
        if not kernel.info.is_ipykernel:
            raise SessionError(FOREIGN.format(done=done))
        if self._queue.busy or self.busy:
            raise SessionError(BUSY.format(done=done))
        self.busy = True
        self._kernel_manager.set_busy(busy=True)
        self._kernel_manager.show_message(message)
        try:
            kept = await kernel.transfer_variables(op, self._path, names)
        except KernelGone:
            self.clean()
            raise SessionError(GONE) from None
        finally:
            self.busy = False
            if self._kernel_manager.kernel is kernel:
                self._kernel_manager.set_busy(busy=self._queue.running is not None)
        if kept.refused:
            raise SessionError(kept.refused)
        return kept
