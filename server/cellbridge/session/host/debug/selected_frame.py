"""The frame that the clients of a session examine: of stopped code, or of a failed run.

Owns the selection, which all clients share. It must not know how a debugger stops code, and it
needs none: the kernel keeps the frames of its last error.

The selection ends with the next run, with another kernel, and when stopped code continues. The
probe ends it by itself at the same moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cellbridge.core.runs.frames import SelectedFrame
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.selected_frame import FrameChoice
from cellbridge.session.errors import SessionError

STOP_SECONDS = 0.5
"""Seconds that a stop may wait until the kernel has selected its frame."""
RUN_GONE = (
    "The output of this run was removed, so its error cannot be debugged. Run the cell again."
)
RESTARTED = (
    "The kernel has been restarted since this error, so its frames are gone. "
    "Run the cell again to debug it."
)
NOT_STOPPED = "No code has stopped, so there is no frame to select. Debug a cell or an error first."

log = logging.getLogger(__name__)


class Manager(Protocol):
    """The owner of the kernel and of its status."""

    kernel: Kernel | None

    def debugger_changed(self) -> None:
        """Show clients the new selection."""
        ...


class FrameSelector:
    """The selected frame of one session."""

    def __init__(self, manager: Manager) -> None:
        self.selected: SelectedFrame | None = None
        self._manager = manager
        self._stopped = 0
        """The debugger's id of the frame at which the code has stopped."""
        self._changes = 0
        """Counts the changes of the selection: an answer to an older request comes too late."""

    async def select(
        self, depth: int | None, run_id: str, find: Callable[[str], Run | None]
    ) -> SelectedFrame | None:
        """Select a frame of a failed run, or else of the stopped code; None for none.

        Raises:
            SessionError: it cannot be selected; the message gives the reason.
            KernelError: the same, by the kernel.
        """
        kernel = self._manager.kernel
        if depth is None:
            self._change(None)
            if kernel is not None:
                await kernel.select_frame(None)
            self._manager.debugger_changed()
            return None
        run = find(run_id)
        if run_id and run is None:
            raise SessionError(RUN_GONE)
        if run is not None and (kernel is None or run.life != kernel.life):
            raise SessionError(RESTARTED)
        if kernel is None or (run is None and not self._stopped):
            raise SessionError(NOT_STOPPED)
        choice = FrameChoice(max(0, depth), run.message if run else "", 0 if run else self._stopped)
        if await self._select(kernel, choice, run_id):
            self._manager.debugger_changed()
        return self.selected

    async def forget_earlier(self, kernel: Kernel) -> None:
        """End the selection that an earlier host has left in a kernel."""
        if self.selected is None:
            await kernel.select_frame(None)

    async def at_stop(self, frame_id: int) -> None:
        """Select the innermost frame of code that has just stopped; it never raises.

        ``frame_id`` is the debugger's id of that frame. The caller publishes the new status.
        """
        self._change(None)
        self._stopped = frame_id
        kernel = self._manager.kernel
        if kernel is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._select(kernel, FrameChoice(0, stopped=frame_id), "")
        except (KernelError, TimeoutError) as error:
            log.warning("No frame was selected at a stop: %s", error)

    async def show(self, frame_id: int) -> None:
        """Select a frame that a client of the debugger shows; it never raises."""
        kernel, stopped = self._manager.kernel, self._stopped
        if kernel is None or not stopped:
            return
        choice = FrameChoice(0, stopped=stopped, frame_id=frame_id)
        before = self.selected
        with contextlib.suppress(KernelError):  # Another selection, or a frame of a library.
            if await self._select(kernel, choice, "") and self.selected != before:
                self._manager.debugger_changed()

    def stop_ends(self) -> None:
        """Note that stopped code continues, which ends the selection of its frame."""
        self._stopped = 0
        if self.selected is not None and not self.selected.run:
            self._change(None)

    def leave(self) -> None:
        """Note that the kernel is gone, with all frames."""
        self._stopped = 0
        self._change(None)

    def run_begins(self) -> None:
        """Note that a run begins, which ends the selection of an error's frame."""
        if self.selected is not None and self.selected.run:
            self.leave()

    async def _select(self, kernel: Kernel, choice: FrameChoice, run: str) -> bool:
        """Select a frame in the kernel; return False if that came too late."""
        self._changes += 1
        number = self._changes
        frames, depth = await kernel.select_frame(choice)
        if number != self._changes:
            return False
        self._change(SelectedFrame(frames, depth, run))
        return True

    def _change(self, selected: SelectedFrame | None) -> None:
        self.selected = selected
        self._changes += 1


def frame_id_of(frame: Mapping[str, Any] | None) -> int:
    """Return the debugger's id of a frame; 0 if it has none."""
    found = frame.get("id") if frame is not None else None
    return found if isinstance(found, int) else 0
