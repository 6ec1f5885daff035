"""The documents whose code the user steps through by commands, without a debugger in the editor.

Owns the time for which this server debugs a document: from the first *Run by Line*, or from the
first breakpoint, to the end of the last run that is stepped through. The host debugs; this is one
of its clients, like an editor's own debugger, and only one client debugs at a time.

    Run by Line ──attach──▶ run, stop on entry ──▶ stopped ──next──▶ stopped … ──▶ ended ──detach

Invariant: no run depends on this. When the server ends while code has stopped, the host lets it
continue.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp.breakpoints import Breakpoints
from cellbridge.lsp.debugged_document import Debugged, SteppedRun
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace

Begin = Callable[[Coroutine[Any, Any, object]], None]
"""Starts a task in the background."""
_STARTED = frozenset({KernelState.IDLE, KernelState.BUSY})


class Stepping:
    """All documents of one editor that this server debugs."""

    def __init__(self, workspace: Workspace, begin: Begin) -> None:
        self.breakpoints = Breakpoints()
        self._workspace = workspace
        self._begin = begin
        self._debugged: dict[str, Debugged] = {}

    def of(self, notebook: Notebook) -> Debugged | None:
        """Return the state of a document that this server debugs."""
        debugged = self._debugged.get(notebook.uri)
        return debugged if debugged is not None and debugged.attached else None

    def stopped_in(self, document: Notebook) -> Debugged | None:
        """Return the debugged document whose code has stopped and which ``document`` belongs to.

        Code may have stopped in a function of another file, which is open as a document too.
        """
        if (own := self.of(document)) is not None and own.stop is not None:
            return own
        for debugged in self._debugged.values():
            stop = debugged.stop
            elsewhere = stop is not None and not debugged.is_own(stop)
            if stop is not None and elsewhere and Path(stop.path) == document.path:
                return debugged
        return None

    def update(self, notebook: Notebook) -> None:
        """Handle a changed state of a document's kernel, its debugger or its runs."""
        if (debugged := self._debugged.get(notebook.uri)) is not None:
            debugged.notify()
            if debugged.attached and not self._is_needed(debugged):
                self._begin(self._release(debugged))

    def closed(self, uri: str) -> None:
        """Forget a closed document; the host lets its code continue."""
        self.breakpoints.closed(uri)
        if (debugged := self._debugged.pop(uri, None)) is not None:
            debugged.attached = False
            debugged.notify()

    async def attach(self, notebook: Notebook) -> Debugged:
        """Debug a document, if this server does not yet.

        Raises:
            SessionError: its kernel cannot be debugged, or another client debugs it.
        """
        debugged = self._debugged.setdefault(notebook.uri, Debugged(notebook))
        async with debugged.lock:
            if not debugged.attached:
                await notebook.debugging.attach(partial(self._event, debugged))
                debugged.attached, debugged.sent = True, {}
                await self._place_breakpoints(debugged)
        return debugged

    def start(
        self, debugged: Debugged, cell: str, run: Callable[[], Awaitable[list[RunView]]]
    ) -> SteppedRun:
        """Start a run in the background; debugging ends with the last one."""
        stepped = SteppedRun(cell)
        debugged.runs.append(stepped)
        self._begin(self._run_to_end(debugged, stepped, run))
        return stepped

    async def detach(self, debugged: Debugged) -> None:
        """Stop debugging; code that has stopped continues.

        Raises:
            SessionError: the session does not answer.
        """
        async with debugged.lock:
            await self._detach(debugged)

    # --- breakpoints ------------------------------------------------------------------------------

    async def toggle_breakpoint(self, notebook: Notebook, line: int) -> bool:
        """Set a breakpoint, or remove it; return True if it is set now.

        Raises:
            SessionError: the kernel cannot be debugged; no breakpoint is set.
        """
        is_set = self.breakpoints.toggle(notebook, line)
        try:
            if is_set and notebook.kernel.state in _STARTED:
                await self.attach(notebook)
            for debugged in [one for one in self._debugged.values() if one.attached]:
                async with debugged.lock:
                    await self._place_breakpoints(debugged)
                await self._release(debugged)
        except SessionError:
            if is_set:
                self.breakpoints.toggle(notebook, line)
            raise
        return is_set

    async def prepare_run(self, notebook: Notebook) -> None:
        """Debug a document that has breakpoints, because one of its cells is about to run.

        Raises:
            SessionError: its kernel cannot be debugged, or another client debugs it.
        """
        if self._documents_with_breakpoints(notebook):
            debugged = await self.attach(notebook)
            async with debugged.lock:
                await self._place_breakpoints(debugged)

    def _documents_with_breakpoints(self, notebook: Notebook) -> list[Notebook]:
        """Return the documents whose breakpoints hold in a script: itself, and open modules."""
        return [
            one
            for one in self._workspace
            if self.breakpoints.of(one) and (one is notebook or not one.cells[-1].has_marker)
        ]

    async def _place_breakpoints(self, debugged: Debugged) -> None:
        """Send the debugger all breakpoints that it has not received."""
        chosen = {one.name: one for one in self._documents_with_breakpoints(debugged.notebook)}
        for path in [path for path in debugged.sent if path not in chosen]:
            await self._send_breakpoints(debugged, path, [])
            del debugged.sent[path]
        for path, document in chosen.items():
            lines = [one.line + 1 for one in self.breakpoints.of(document)]
            if debugged.sent.get(path) == lines:
                continue
            placed = await self._send_breakpoints(debugged, path, lines)
            if document is debugged.notebook and len(placed) == len(self.breakpoints.of(document)):
                self.breakpoints.placed(document, placed)
            debugged.sent[path] = [one.line + 1 for one in self.breakpoints.of(document)]

    @staticmethod
    async def _send_breakpoints(
        debugged: Debugged, path: str, lines: list[int]
    ) -> list[dict[str, Any]]:
        breakpoints = [{"line": line} for line in lines]
        arguments = {"source": {"path": path}, "breakpoints": breakpoints}
        answer = await debugged.notebook.debugging.request("setBreakpoints", arguments)
        return answer.get("breakpoints") or []

    # --- inside -----------------------------------------------------------------------------------

    async def _run_to_end(
        self, debugged: Debugged, stepped: SteppedRun, run: Callable[[], Awaitable[list[RunView]]]
    ) -> None:
        try:
            stepped.ended = await run()
        except SessionError as error:
            stepped.error = error
        finally:
            debugged.runs.remove(stepped)
            debugged.notify()
        await self._release(debugged)

    def _is_needed(self, debugged: Debugged) -> bool:
        """Return True while code runs that may stop, or breakpoints exist."""
        runs = debugged.runs or debugged.is_busy
        return bool(runs or self._documents_with_breakpoints(debugged.notebook))

    async def _release(self, debugged: Debugged) -> None:
        """Stop debugging, unless it is needed."""
        async with debugged.lock:
            if not self._is_needed(debugged):
                with contextlib.suppress(SessionError):  # Without its kernel nothing is debugged.
                    await self._detach(debugged)

    @staticmethod
    async def _detach(debugged: Debugged) -> None:
        attached, debugged.attached = debugged.attached, False
        debugged.notify()
        if attached:
            await debugged.notebook.debugging.detach()

    def _event(self, debugged: Debugged, event: str, body: dict[str, Any]) -> None:
        """Handle an event of the debugger; its stops arrive with the kernel's state."""
        if event == "terminated":
            debugged.attached = False
        elif event == "breakpoint":
            self.breakpoints.changed(debugged.notebook, body.get("breakpoint") or {})
        debugged.notify()
