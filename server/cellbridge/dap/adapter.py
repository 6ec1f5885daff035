"""The debug adapter: the order of a client's requests, and the response to each.

Owns the states of one client, from ``initialize`` to ``disconnect``. It must not know sessions; the
debuggee does.

    client                      adapter
    initialize            ───▶  capabilities
    attach or launch      ───▶  finds or starts the session; then the event `initialized`
    setBreakpoints, …     ───▶  the session's host
    configurationDone     ───▶  response, then the response to attach or launch; launched cells run
    everything else       ───▶  the session's host
    disconnect            ───▶  code that has stopped continues; the process ends

The process answers ``initialize`` before its slow imports, like the language server
(docs/decisions/0004-initialize-is-answered-before-the-imports.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from cellbridge.core.output.escapes import label
from cellbridge.dap.arguments import ArgumentError, Options, read_options
from cellbridge.dap.capabilities import CAPABILITIES, CONFIGURATION, EVALUATIONS, FORWARDED, QUERIES
from cellbridge.dap.messages import Messages, Request
from cellbridge.dap.positions import Positions
from cellbridge.session.errors import SessionError
from cellbridge.session.log_file import log_path

if TYPE_CHECKING:
    from cellbridge.dap.debuggee import Debuggee

_IN_PROGRESS = 512
"""Requests that a client may have in progress; further ones are refused."""
_NAME = 80
"""Characters of a client's name that other users see."""
_FAREWELL_SECONDS = 3.0
"""Seconds that the session gets to let the code continue when the client leaves."""

log = logging.getLogger(__name__)


class Adapter:
    """The debug adapter for one client."""

    def __init__(self, messages: Messages, tasks: asyncio.TaskGroup) -> None:
        self._messages = messages
        self._group = tasks
        self._client = ""
        """The client's name; empty until ``initialize``."""
        self._debuggee: Debuggee | None = None
        self._begun: Request | None = None
        """The request ``attach`` or ``launch``, until it is answered."""
        self._attempt: asyncio.Task[None] | None = None
        """The life of the debuggee, from the attempt to open it to the end."""
        self._configured = asyncio.Event()
        self._in_progress: dict[int, tuple[asyncio.Task[None], str]] = {}
        """The tasks and commands of requests, by sequence number."""
        self._ended = False

    async def serve(self) -> None:
        """Answer requests until the client disconnects or closes its end."""
        while (request := await self._messages.next()) is not None:
            if request.command == "disconnect":
                await self._disconnect(request)
                break
            try:
                await self._handle(request)
            except Exception as error:  # Boundary: no request may end the connection.
                self._messages.fail(request, _internal_error(error))
            # A request that waits is a task. This lets its first step run, in which it is sent to
            # the host, before the next request is handled.
            await asyncio.sleep(0)
        self._cancel_all()
        if self._attempt is not None:
            self._attempt.cancel()

    async def _handle(self, request: Request) -> None:
        command = request.command
        if command == "initialize":
            self._initialize(request)
        elif not self._client:
            self._messages.fail(request, "The first request must be initialize.", show=False)
        elif command == "cancel":
            self._cancel(request)
        elif command in {"attach", "launch"}:
            self._begin(request)
        elif (debuggee := self._debuggee) is None:
            sentence = f"{command} is possible after attach or launch, and the event initialized."
            self._messages.fail(request, sentence, show=False)
        elif command == "configurationDone":
            self._messages.respond(request)
            self._configured.set()
        elif command == "terminate":
            self._start(request, lambda: _without_body(debuggee.terminate()))
        elif command in FORWARDED:
            if command in CONFIGURATION:
                await debuggee.read_again()
            self._start(request, lambda: debuggee.request(command, request.arguments))
        else:
            sentence = f"Cellbridge does not support the request {label(command)}."
            self._messages.fail(request, sentence, show=False)

    def _initialize(self, request: Request) -> None:
        if self._client:
            self._messages.fail(request, "initialize was already sent.", show=False)
            return
        given = request.arguments
        name = given.get("clientName") or given.get("clientID")
        self._client = label(str(name))[:_NAME] if name else "cellbridge dap"
        self._messages.positions = Positions.of(given)
        self._messages.respond(request, CAPABILITIES)
        self._preparation = self._group.create_task(asyncio.to_thread(_import_debuggee))

    # --- attach and launch ------------------------------------------------------------------------

    def _begin(self, request: Request) -> None:
        if self._attempt is not None and not self._attempt.done():
            self._messages.fail(request, "The client has already sent attach or launch.")
            return
        try:
            options = read_options(request.command, request.arguments)
        except ArgumentError as error:
            self._messages.fail(request, str(error))
            return
        self._begun = request
        self._attempt = self._group.create_task(self._debug(request, options))

    async def _debug(self, request: Request, options: Options) -> None:
        """Debug a script from ``attach`` or ``launch`` to the end."""
        try:
            await self._run_debuggee(request, options)
        except asyncio.CancelledError:
            if self._begun is request:
                self._messages.cancelled(request)
            raise
        except Exception as error:  # Boundary: a fault must not end the connection.
            self._messages.fail(request, _internal_error(error))
        finally:
            self._debuggee = self._begun = None

    async def _run_debuggee(self, request: Request, options: Options) -> None:
        open_debuggee = await asyncio.to_thread(_import_debuggee)
        refused = ""
        try:
            async with open_debuggee(
                options, self._messages.event, self._end, client=self._client
            ) as debuggee:
                try:
                    await debuggee.attach()
                except (SessionError, ArgumentError) as error:
                    refused = str(error)  # Answered below: the workspace would wrap an exception.
                else:
                    await self._follow(request, debuggee)
        except ArgumentError as error:
            refused = str(error)
        if refused:
            self._begun = None
            self._messages.fail(request, refused)

    async def _follow(self, request: Request, debuggee: Debuggee) -> None:
        """Take the client's breakpoints, answer its first request, and debug until it leaves."""
        self._debuggee = debuggee
        self._messages.event("initialized")
        await self._configured.wait()
        self._begun = None
        self._messages.respond(request)
        await debuggee.begin()
        await asyncio.Event().wait()  # Cancelled when the client leaves.

    def _end(self) -> None:
        """Report once that debugging has ended."""
        if not self._ended:
            self._ended = True
            self._messages.event("terminated", {})

    async def _disconnect(self, request: Request) -> None:
        """Stop debugging; the cells of a launch are interrupted, unless the client objects."""
        self._cancel_all()
        if self._debuggee is not None:
            ends = request.arguments.get("terminateDebuggee")
            with contextlib.suppress(SessionError, TimeoutError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._debuggee.leave(interrupt=ends if isinstance(ends, bool) else None)
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait({self._attempt}, timeout=_FAREWELL_SECONDS)
        self._messages.respond(request)

    # --- requests in progress ---------------------------------------------------------------------

    def _start(self, request: Request, work: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Carry out a request in a task, which `cancel` can end."""
        if len(self._in_progress) >= _IN_PROGRESS:
            self._messages.fail(request, "Too many requests are in progress.", show=False)
            return
        task = self._group.create_task(self._answer(request, work))
        self._in_progress[request.seq] = (task, request.command)
        task.add_done_callback(lambda _: self._in_progress.pop(request.seq, None))

    async def _answer(
        self, request: Request, work: Callable[[], Awaitable[dict[str, Any]]]
    ) -> None:
        try:
            body = await work()
        except asyncio.CancelledError:
            self._messages.cancelled(request)
            raise
        except SessionError as error:
            self._messages.fail(request, str(error), show=request.command not in QUERIES)
        except Exception as error:  # Boundary: a fault must not end the connection.
            self._messages.fail(request, _internal_error(error))
        else:
            self._messages.respond(request, body)

    def _cancel_all(self) -> None:
        for task, _ in self._in_progress.values():
            task.cancel()

    def _cancel(self, request: Request) -> None:
        """End the wait for a request's result; the request is answered as cancelled."""
        wanted = request.arguments.get("requestId")
        if self._begun is not None and self._begun.seq == wanted and self._attempt is not None:
            self._attempt.cancel()
        elif isinstance(wanted, int) and (found := self._in_progress.get(wanted)) is not None:
            task, command = found
            task.cancel()
            if command in EVALUATIONS and (debuggee := self._debuggee) is not None:
                self._start(request, lambda: debuggee.request("cancel", {}))
                return
        self._messages.respond(request)


async def _without_body(work: Awaitable[None]) -> dict[str, Any]:
    await work
    return {}


def _import_debuggee() -> Callable[..., AbstractAsyncContextManager[Debuggee]]:
    """Import what only `attach` and `launch` need."""
    from cellbridge.dap.debuggee import open_debuggee  # noqa: PLC0415 (see the module's text)
    from cellbridge.session.log_file import start_logging  # noqa: PLC0415

    if not logging.getLogger().handlers:
        start_logging("dap")
    return open_debuggee


def _internal_error(error: Exception) -> str:
    """Log an internal error, and return the sentence for the user."""
    log.error("Internal error", exc_info=error)
    name = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"Cellbridge had an internal error ({name}); please report it with {log_path('dap')}."
