# ruff: noqa: PLC0415 - the purpose of this module
"""The debugger of a session, loaded when a client first debugs.

Owns when it is loaded: until then, a host starts as fast and is as small as without a debugger. It
must not know how anything is debugged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.debugging import Breakpoint
from cellbridge.session.messages import DebugText

if TYPE_CHECKING:
    from cellbridge.session.host.debug.debugger import DebugClient, DebuggedKernel, Debugger


class DebuggerOnDemand:
    """Passes all calls to the debugger; until it is loaded, no client debugs."""

    def __init__(self, manager: DebuggedKernel, tasks: asyncio.TaskGroup, script: str) -> None:
        self.runs: Callable[[], Sequence[Run]] = tuple
        """Returns the runs of the session."""
        self._loaded: Debugger | None = None
        self._manager, self._tasks, self._script = manager, tasks, script

    @property
    def status(self) -> DebugStatus:
        """The client that debugs, and the place where the code has stopped."""
        return NOT_DEBUGGED if self._loaded is None else self._loaded.status

    @property
    def stopped(self) -> bool:
        """True while the code has stopped."""
        return self.status.stopped is not None

    async def request(
        self, client: DebugClient, command: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        return await self._load().request(client, command, arguments)

    def take_text(self, client: object, text: DebugText) -> None:
        """Take the open text of the script, which clients send if they debug."""
        self._load().take_text(client, text)

    def client_gone(self, client: DebugClient) -> None:
        """Let the code continue if this client was debugging it."""
        if self._loaded is not None:
            self._loaded.client_gone(client)

    def stop_on_entry(self, run_id: str) -> None:
        """Stop a run that will be sent before its first statement, if a client debugs."""
        if self._loaded is not None:
            self._loaded.stop_on_entry(run_id)

    def breakpoints_of(self, run: Run) -> list[Breakpoint] | None:
        """Return the breakpoints of a run that is about to be sent; None if no client debugs."""
        return None if self._loaded is None else self._loaded.breakpoints_of(run)

    def busy_changed(self, *, busy: bool) -> None:
        """React to the begin of a run, and to the end of the last one in the queue."""
        if self._loaded is not None:
            self._loaded.busy_changed(busy=busy)

    async def kernel_started(self, kernel: Kernel) -> None:
        """Debug a new kernel, before its first run, if a client debugged the one before."""
        if self._loaded is not None:
            await self._loaded.kernel_started(kernel)

    async def let_go(self) -> None:
        """Let code continue that has stopped: its kernel is about to be ended."""
        if self._loaded is not None:
            await self._loaded.let_go()

    def kernel_gone(self) -> None:
        """Forget the kernel, which has ended or is about to."""
        if self._loaded is not None:
            self._loaded.kernel_gone()

    def end(self, why: str) -> None:
        """End the debugging: there is no kernel any more. ``why`` is one sentence."""
        if self._loaded is not None:
            self._loaded.end(why)

    def _load(self) -> Debugger:
        if self._loaded is None:
            from cellbridge.session.host.debug.debugger import Debugger

            self._loaded = Debugger(self._manager, self._tasks, self._script)
            self._loaded.runs = self.runs
        return self._loaded
