# Size: who debugs, and what is due at each change of the kernel, its runs and the open text.
"""The debugger of a session: one client at a time, and the state that all clients see.

Owns who debugs, when the debugger is attached, and the stop. It must not know how clients are
connected, the translation of requests (requests.py) or of lines (core/debug).

The debugger in the kernel is started by the first client that attaches. When that client is gone,
breakpoints are removed and the code continues. A new kernel after a restart is debugged from its
start by the same client, with the same breakpoints.

A step beyond the end of a run ends with that run, unless the next run is in the queue already: then
it stops at the first statement of that run. A run that a user starts later is not stopped by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from cellbridge.core.debug.open_text import TextThatRan
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus, Stop
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.debugging import Breakpoint
from cellbridge.session.errors import SessionError
from cellbridge.session.host.crash_guard import log_faults
from cellbridge.session.host.debug.breakpoints import (
    ENTRY_ID,
    PLACED_TEXTS,
    ScriptBreakpoints,
    entry_of,
)
from cellbridge.session.host.debug.executed_texts import ExecutedTexts, OpenTexts
from cellbridge.session.host.debug.frames import Frames, error_name
from cellbridge.session.host.debug.pydevd_connection import (
    OPTIONAL,
    DebuggerGone,
    PydevdConnection,
    connect,
)
from cellbridge.session.host.debug.requests import Requests
from cellbridge.session.host.debug.selected_frame import FrameSelector, frame_id_of
from cellbridge.session.messages import DebugText

CLIENT_BACKLOG = 4 * 1024 * 1024
"""Unread bytes beyond which a client receives no events that may be dropped."""
DETACH_SECONDS = 1.5
"""Seconds that pydevd may take to let go of the code."""
NO_KERNEL = "No kernel runs for this notebook, so there is nothing to debug. Run a cell first."
NOT_ATTACHED = "This client does not debug the notebook. Attach the debugger first."
MISSED = "Some messages are missing here, because they came faster than they could be shown.\n"

log = logging.getLogger(__name__)


class DebugClient(Protocol):
    """A client that can debug."""

    info: ClientInfo

    @property
    def backlog(self) -> int:
        """Bytes that the client has not read yet."""
        ...

    def send_debug_event(self, event: str, body: dict[str, Any]) -> None:
        """Send an event of the Debug Adapter Protocol."""
        ...


class DebuggedKernel(Protocol):
    """The manager of the kernel that is debugged."""

    kernel: Kernel | None
    directory: Path
    frames: FrameSelector

    async def ready(self) -> Kernel | None:
        """Wait for a kernel that is being started; return the kernel, or None without one."""
        ...

    def debugger_changed(self) -> None:
        """Show clients the new state of the debugger."""
        ...


class Debugger:
    """The debugger of one session. Nothing of it runs until a client attaches."""

    def __init__(self, manager: DebuggedKernel, tasks: asyncio.TaskGroup, script: str) -> None:
        self.status: DebugStatus = NOT_DEBUGGED
        self.runs: Callable[[], Sequence[Run]] = tuple
        """Returns the runs of the session."""
        self.opened = OpenTexts()
        self.texts = ExecutedTexts()
        self.frames = Frames(script, self.texts, self.opened)
        self.breakpoints = ScriptBreakpoints(script)
        self.requests = Requests(self)
        self.connection: PydevdConnection | None = None
        self.top: dict[str, Any] | None = None
        """The innermost frame at a stop, as pydevd has it."""
        self.stepping = False
        """True from a step to the next stop."""
        self._manager, self._tasks = manager, tasks
        self._client: DebugClient | None = None
        self._arguments: dict[str, Any] = {}
        self._running = asyncio.Event()
        """Set while the code has not stopped."""
        self._changing = asyncio.Lock()
        self._refreshing = asyncio.Lock()
        self._update_due = False
        self._updating = False
        self._placed: dict[str, list[Breakpoint]] = {}
        """The breakpoints that the kernel has, by the file of a text, or the message of a run."""
        self._under_way = ""
        """The id of the run that was sent last, until its text is known."""
        self._sent: dict[str, list[Breakpoint]] = {}
        """The breakpoints that were sent with a run, by its id."""
        self._entries: set[str] = set()
        """The runs that stop at their first statement."""
        self._stops = 0
        self._missed = False

    # --- requests of clients ----------------------------------------------------------------------

    async def request(
        self, client: DebugClient, command: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        if command == "attach":
            return await self._attach(client, arguments)
        if self._client is not client:
            raise SessionError(NOT_ATTACHED if self._client is None else self._taken())
        if command in {"disconnect", "terminate"}:
            await self._detach(client)
            if command == "terminate":
                client.send_debug_event("terminated", {})
            return {}
        return await self.requests.carry_out(command, arguments)

    def take_text(self, client: object, text: DebugText) -> None:
        """Take the open text of the script from a client."""
        before = self.opened.take(client, text.cells, live=text.live)
        if text.path and (text.live or not self.opened.live):
            self.frames.rename(text.path)
        self.breakpoints.follow(before, self.opened.text)
        stop = self.status.stopped
        if stop is not None and (moved := self.frames.moved(stop, self.top)) != stop:
            self._set_stop(moved)
        self.update_soon()

    def client_gone(self, client: DebugClient) -> None:
        """Let the code continue if this client was debugging it."""
        self.opened.client_gone(client)
        if self._client is client:
            self._tasks.create_task(log_faults(self._detach(client)))

    # --- runs -------------------------------------------------------------------------------------

    def stop_on_entry(self, run_id: str) -> None:
        """Stop a run that will be sent before its first statement, if a client debugs."""
        if self._client is not None:
            self._entries.add(run_id)

    def breakpoints_of(self, run: Run) -> list[Breakpoint] | None:
        """Return the breakpoints in the source of a run that is about to be sent.

        None while no client debugs.
        """
        if self.connection is None:
            return None
        self._under_way = run.id
        text = TextThatRan.of_run(run)
        placed = self._sent[run.id] = self.breakpoints.placed(self.opened.text, text)
        entry = entry_of(run) if run.id in self._entries or self.stepping else None
        self._entries.discard(run.id)
        return placed if entry is None else [*placed, entry]

    def busy_changed(self, *, busy: bool) -> None:
        """React to the begin of a run, and to the end of the last one in the queue."""
        if self._client is None:
            return
        if not busy:
            self.stepping = False
            if self.status.stopped is not None:
                self.resumed()
        self.update_soon()

    # --- the kernel -------------------------------------------------------------------------------

    async def kernel_started(self, kernel: Kernel) -> None:
        """Debug a new kernel, before its first run, if a client debugged the one before."""
        if self._client is not None:
            async with self._changing:
                await self._debug_again(kernel)

    async def let_go(self) -> None:
        """Interrupt code that has stopped: its kernel is about to be ended.

        No further line of it runs, and the kernel can end by itself.
        """
        kernel = self.kernel
        if self.status.stopped is None or kernel is None:
            return
        with contextlib.suppress(KernelError, TimeoutError):
            async with asyncio.timeout(DETACH_SECONDS):
                await kernel.interrupt()
                await self._running.wait()
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.disconnect(DETACH_SECONDS)
        await _leave(kernel)

    def kernel_gone(self) -> None:
        """Forget the kernel, which has ended or is about to."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
        self.texts.forget()
        self._placed.clear()
        self._sent.clear()
        self._entries.clear()
        self._under_way, self._stops, self.stepping = "", 0, False
        if self._client is not None:
            if (stop := self.status.stopped) is not None:
                continued = {"threadId": stop.thread, "allThreadsContinued": True}
                self._client.send_debug_event("continued", continued)
            self._set_stop(None)

    def end(self, why: str) -> None:
        """End the debugging: there is no kernel any more. ``why`` is one sentence."""
        client, self._client = self._client, None
        if client is not None:
            client.send_debug_event("output", {"category": "important", "output": f"{why}\n"})
            client.send_debug_event("terminated", {})
            self._forget_client()
            self._set_stop(None)

    # --- for the requests -------------------------------------------------------------------------

    @property
    def kernel(self) -> Kernel | None:
        """The kernel, while there is one."""
        return self._manager.kernel

    def resumed(self) -> Stop | None:
        """Note that the code continues; return the place where it was."""
        stop, self.top = self.status.stopped, None
        if stop is not None:
            self._set_stop(None)
        return stop

    def frame_shown(self, frame_id: int) -> None:
        """Select the frame that the client shows, for all clients of the session."""
        if self.status.stopped is not None:
            self._tasks.create_task(log_faults(self._manager.frames.show(frame_id)))

    def stopped_again(self, stop: Stop | None) -> None:
        """Note that the code has not continued after all."""
        if stop is not None and self.status.stopped is None:
            self._set_stop(stop)

    def update_soon(self) -> None:
        """Bring the breakpoints up to date with the open text and the texts that ran."""
        self._update_due = True
        if not self._updating and self._client is not None:
            self._updating = True
            self._tasks.create_task(log_faults(self._update()))

    async def refresh(self) -> None:
        """Read the texts that ran, and set the breakpoints in them that have changed."""
        kernel, connection = self.kernel, self.connection
        if kernel is None or connection is None:
            return
        async with self._refreshing:
            await self.read_texts()
            text = self.opened.text
            ran = [*self.texts, *self._text_under_way()][-PLACED_TEXTS:]
            self.breakpoints.check(text, ran)
            wanted: dict[str, list[Breakpoint]] = {}
            for one in ran:
                key = one.path or one.run
                placed = self.breakpoints.placed(text, one) if key else []
                if placed != self._placed.get(key, []):
                    wanted[key] = placed
            if wanted and await kernel.debugging.place(wanted) is not None:
                self._placed.update(wanted)

    async def read_texts(self) -> None:
        """Read the texts that have run since they were last read."""
        if (kernel := self.kernel) is None:
            return
        for ran, run in await self.texts.refresh(kernel, self.runs):
            if run is not None and run.id in self._sent:
                self._placed[ran.path] = self._placed.pop(run.message, self._sent.pop(run.id))
            if run is not None and run.id == self._under_way:
                self._under_way = ""

    def _text_under_way(self) -> list[TextThatRan]:
        """Return the text of the run that the kernel has not begun yet, if one was sent."""
        run = next((run for run in self.runs() if run.id == self._under_way), None)
        if run is None or not run.message:
            return []
        self._placed.setdefault(run.message, self._sent.get(run.id, []))
        return [TextThatRan.of_run(run)]

    # --- inside -----------------------------------------------------------------------------------

    async def _attach(self, client: DebugClient, arguments: dict[str, Any]) -> dict[str, Any]:
        # Before the lock: a kernel that is being started waits for it, too.
        await self._manager.ready()
        async with self._changing:  # After the detach of a client that has just gone.
            if self._client not in {None, client}:
                raise SessionError(self._taken())
            if (kernel := self.kernel) is None:
                raise SessionError(NO_KERNEL)
            if self._client is client and self.connection is not None:
                return {}
            self._client, self._arguments = client, dict(arguments)
            try:
                await self._connect(kernel)
            except BaseException:
                self._client = None
                raise
            self._set_stop(None)
        self.update_soon()
        return {}

    async def _debug_again(self, kernel: Kernel) -> None:
        if (client := self._client) is None:
            return
        try:
            await self._connect(kernel)
        except SessionError as error:
            self._report(str(error))
            client.send_debug_event("terminated", {})
            self._client = None
            self._forget_client()
        self._set_stop(None)

    async def _connect(self, kernel: Kernel) -> None:
        """Attach to a kernel.

        Raises:
            SessionError: it cannot be debugged, or does not answer.
        """

        async def ask(path: Path) -> None:
            try:
                answer = await kernel.debugging.attach(path)
            except KernelError as error:
                raise SessionError(str(error)) from error
            if answer.status != "ok":
                raise SessionError(answer.problem)

        connection = await connect(self._manager.directory / "debugger", ask)
        self._tasks.create_task(log_faults(connection.read()))
        self._tasks.create_task(log_faults(self._handle_events(connection)))
        self.connection = connection
        try:
            await self.requests.prepare(connection, self._arguments)
            await self.refresh()
        except BaseException:
            self.connection = None
            connection.close()
            raise

    async def _detach(self, client: DebugClient) -> None:
        async with self._changing:
            if self._client is not client:
                return
            if self.connection is not None:
                for event, body in await self.connection.disconnect(DETACH_SECONDS):
                    if event == "output":  # Such as the message of a breakpoint.
                        self._send(event, self.requests.translate_event(event, body))
            self.connection = self._client = None
            self._forget_client()
            self._set_stop(None)
            await _leave(self.kernel)

    def _forget_client(self) -> None:
        self.breakpoints.clear()
        self.requests.clear()
        self._placed.clear()
        self._sent.clear()
        self._entries.clear()
        self.stepping = False

    async def _handle_events(self, connection: PydevdConnection) -> None:
        """Pass the events of pydevd on to the client."""
        async for event, body in connection.events():
            if connection is not self.connection:
                return
            try:
                match event:
                    case "stopped":
                        await self._on_stopped(connection, body)
                    case "continued":
                        self.resumed()
                        self._send(event, body)
                    case "initialized" | "exited" | "terminated":
                        pass
                    case _:
                        self._send(event, self.requests.translate_event(event, body))
            except DebuggerGone:
                break
        if connection is self.connection:
            self.connection = None
            self.end("The debugger in the kernel has ended. Attach it again.")

    async def _on_stopped(self, connection: PydevdConnection, body: dict[str, Any]) -> None:
        with contextlib.suppress(SessionError):
            await self.read_texts()
        frames: list[object] = []
        with contextlib.suppress(SessionError):
            arguments = {"threadId": body.get("threadId"), "startFrame": 0, "levels": 1}
            answer = await connection.request("stackTrace", arguments)
            frames = cast("list[object]", answer.get("stackFrames") or [])
        if connection is not self.connection:
            return
        self.top = next(
            (cast("dict[str, Any]", one) for one in frames if isinstance(one, dict)), None
        )
        await self._manager.frames.at_stop(frame_id_of(self.top))
        if connection is not self.connection:
            return
        shown = dict(body)
        hits = body.get("hitBreakpointIds")
        if isinstance(hits, list) and ENTRY_ID in hits:
            shown["reason"] = "step" if self.stepping else "entry"
            shown.pop("hitBreakpointIds")
        if "text" in shown:
            shown["text"] = error_name(shown["text"])
        self.stepping = False
        self._stops += 1
        self._set_stop(self.frames.stop(shown, self.top, self._stops))
        self._send("stopped", shown)

    async def _update(self) -> None:
        try:
            while self._update_due and self._client is not None:
                self._update_due = False
                await self.refresh()
                for changed in self.breakpoints.changes():
                    self._send("breakpoint", {"reason": "changed", "breakpoint": changed})
        finally:
            self._updating = False

    def _send(self, event: str, body: dict[str, Any]) -> None:
        """Send an event to the client that debugs; one that does not read misses some kinds."""
        if (client := self._client) is None:
            return
        if event in OPTIONAL and client.backlog > CLIENT_BACKLOG:
            self._missed = True
            return
        if self._missed and client.backlog <= CLIENT_BACKLOG:
            self._missed = False
            self._report(MISSED)
        client.send_debug_event(event, body)

    def _report(self, sentence: str) -> None:
        if self._client is not None:
            self._client.send_debug_event(
                "output", {"category": "important", "output": f"{sentence.rstrip()}\n"}
            )

    def _taken(self) -> str:
        name = self._client.info.name if self._client is not None else ""
        return f"{name or 'Another client'} debugs this notebook already. Disconnect its debugger."

    def _set_stop(self, stop: Stop | None) -> None:
        if stop is None:
            self._running.set()
        else:
            self._running.clear()
        client = self._client
        if stop is None:
            self.top = None
            self._manager.frames.stop_ends()
        status = DebugStatus(client.info.name or "a client", stop) if client else NOT_DEBUGGED
        if status != self.status:
            self.status = status
            self._manager.debugger_changed()


async def _leave(kernel: Kernel | None) -> None:
    """End the debugging in a kernel, whose code continues at full speed."""
    if kernel is not None:
        with contextlib.suppress(KernelError):
            await kernel.debugging.detach()
