# Size: one short method for each request of the Debug Adapter Protocol.
"""The requests of the Debug Adapter Protocol that a client sends while it debugs.

Owns the treatment of each request: which ones go to pydevd, with which time limit, and the
translation in both directions. It must not know who debugs or when.

Every request has a time limit. An expression that takes longer is interrupted if it is evaluated in
the main thread; in another thread it continues, and its request fails with a sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from cellbridge.core.debug.request_arguments import InvalidArgumentsError, checked_arguments
from cellbridge.core.runs.debug_status import DebugStatus, Stop
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.kernel import Kernel
from cellbridge.session.errors import SessionError
from cellbridge.session.host.debug.breakpoints import ScriptBreakpoints
from cellbridge.session.host.debug.executed_texts import ExecutedTexts, OpenTexts
from cellbridge.session.host.debug.frames import Frames, error_name
from cellbridge.session.host.debug.pydevd_connection import PydevdConnection
from cellbridge.session.host.debug.variable_pages import VariablePages

EVALUATE_SECONDS = 5.0
"""Seconds that values for a hover, a watch or a list of variables may take."""
TYPED_SECONDS = 60.0
"""Seconds that an expression may take that a user has typed."""
BEGIN_SECONDS = 0.5
"""Seconds after which an expression has certainly begun in code that is stopped."""
INTERRUPT_SECONDS = 1.0
"""Seconds that an expression gets to end when it is interrupted."""
STACK_FRAMES = 5000
"""Frames of a stack that are read at most."""

NOT_STOPPED = "The code has not stopped, so it cannot continue by one step. Set a breakpoint first."
NO_FRAME = "Expressions have values only while the code has stopped. Set a breakpoint, or pause."
NO_EXCEPTION = "The code has not stopped, so there is no exception to show."
NO_TARGET = "The code cannot continue there: the line is not in the code that has stopped."
NO_RESTART = "debugpy cannot restart a frame. Run the cell again."
UNKNOWN = "The debugger does not know the request {}."
CANCELLED = "The expression was cancelled."
INTERRUPTED = "The expression had not finished after {:g} seconds, so it was interrupted."
TOO_SLOW = (
    "The expression has not finished within {:g} seconds, and continues in the kernel. Interrupt "
    "the cell to end it."
)

Body = dict[str, Any]
_EVALUATING = frozenset(
    {"evaluate", "setVariable", "setExpression", "completions", "exceptionInfo"}
)
_SIMPLE = frozenset({"pause", "stepInTargets", "threads"})
_DONE = frozenset({"initialize", "configurationDone", "launch"})


class Debuggee(Protocol):
    """The state of the debugger."""

    status: DebugStatus
    connection: PydevdConnection | None
    top: dict[str, Any] | None
    stepping: bool
    frames: Frames
    texts: ExecutedTexts
    opened: OpenTexts
    breakpoints: ScriptBreakpoints

    @property
    def kernel(self) -> Kernel | None:
        """The kernel, while there is one."""
        ...

    def resumed(self) -> Stop | None:
        """Note that the code continues; return the place where it was."""
        ...

    def frame_shown(self, frame_id: int) -> None:
        """Select the frame that the client shows, for all clients of the session."""
        ...

    def stopped_again(self, stop: Stop | None) -> None:
        """Note that the code has not continued after all."""
        ...

    async def refresh(self) -> None:
        """Read the texts that ran, and set the breakpoints in them that have changed."""
        ...

    async def read_texts(self) -> None:
        """Read the texts that have run since they were last read."""
        ...


class Requests:
    """Carries out the requests of the client that debugs."""

    def __init__(self, debuggee: Debuggee) -> None:
        self._debuggee = debuggee
        self._kept: dict[tuple[str, str], Body] = {}
        """The last request of each kind that a new kernel needs too, by command and path."""
        self._evaluating: set[asyncio.Future[Body]] = set()
        self._pages = VariablePages(self._evaluate)
        self._cancelled: set[asyncio.Future[Body]] = set()
        self._own: dict[str, Callable[[Body], Awaitable[Body]]] = {
            "setBreakpoints": self._set_breakpoints,
            "setFunctionBreakpoints": self._set_function_breakpoints,
            "setExceptionBreakpoints": self._set_exception_breakpoints,
            "breakpointLocations": self._breakpoint_locations,
            "stackTrace": self._stack_trace,
            "scopes": self._scopes,
            "variables": self._variables,
            "continue": self._continue,
            "goto": self._goto,
            "gotoTargets": self._goto_targets,
            "restartFrame": self._restart_frame,
            "exceptionInfo": self._exception_info,
            "modules": self._modules,
            "loadedSources": self._loaded_sources,
            "source": self._source,
            "cancel": self._cancel,
        }

    def clear(self) -> None:
        """Forget the client's requests."""
        self._kept.clear()

    async def carry_out(self, command: str, arguments: Body) -> Body:
        """Carry out a request; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        try:
            arguments = checked_arguments(command, arguments)
        except InvalidArgumentsError as error:
            raise SessionError(str(error)) from error
        if (own := self._own.get(command)) is not None:
            return await own(arguments)
        if command in {"next", "stepIn", "stepOut"}:
            return await self._step(command, arguments)
        if command in _EVALUATING:
            return await self._evaluate(command, arguments)
        if command in _SIMPLE:
            return await self._ask(command, arguments)
        if command in _DONE:
            return {}
        raise SessionError(UNKNOWN.format(command))

    async def prepare(self, connection: PydevdConnection, arguments: Mapping[str, Any]) -> None:
        """Begin to debug a kernel, with the breakpoints of the client if it had set some.

        Raises:
            SessionError: pydevd does not answer.
        """
        client = {
            "clientID": "cellbridge",
            "adapterID": "cellbridge",
            "pathFormat": "path",
            "linesStartAt1": True,
            "columnsStartAt1": True,
            "supportsVariableType": True,
            "supportsVariablePaging": True,
        }
        await connection.request("initialize", client)
        # As in debugpy: all threads with code of the user stop together.
        together = {"multiThreadsSingleNotification": True}
        await connection.request("setDebuggerProperty", together)
        options = {
            "justMyCode": arguments.get("justMyCode", True) is not False,
            "subProcess": arguments.get("subProcess") is True,
            "redirectOutput": False,
            "showReturnValue": True,
        }
        await connection.request("attach", options)
        for (command, _), again in self._kept.items():
            await connection.request(command, again)
        await connection.request("configurationDone", {})

    def translate_event(self, event: str, body: Body) -> Body:
        """Return the body of an event in terms of the script."""
        frames = self._debuggee.frames
        match event:
            case "output":
                return {**body, "output": frames.sentence(body.get("output"))}
            case "module" if isinstance(body.get("module"), dict):
                return {**body, "module": frames.module(cast("Body", body["module"]))}
            case _:
                return body

    # --- breakpoints ------------------------------------------------------------------------------

    async def _set_breakpoints(self, arguments: Body) -> Body:
        path = _path_of(arguments)
        wanted = [
            cast("Body", one) for one in _list_of(arguments, "breakpoints") if isinstance(one, dict)
        ]
        if not self._is_script(path):
            return await self._set_in_other_file(path, arguments, wanted)
        debuggee = self._debuggee
        debuggee.frames.path = path
        debuggee.breakpoints.replace(path, wanted)
        await debuggee.refresh()
        return {"breakpoints": debuggee.breakpoints.describe()}

    async def _set_in_other_file(self, path: str, arguments: Body, wanted: list[Body]) -> Body:
        if not path:
            why = "A breakpoint needs a file."
            return {
                "breakpoints": [
                    {"verified": False, "line": one.get("line", 1), "message": why}
                    for one in wanted
                ]
            }
        self._kept["setBreakpoints", path] = arguments
        if not wanted:
            del self._kept["setBreakpoints", path]
        body = await self._ask("setBreakpoints", arguments)
        found = [
            cast("Body", one) for one in _list_of(body, "breakpoints") if isinstance(one, dict)
        ]
        for one, asked in zip(found, wanted, strict=False):
            one.setdefault("line", asked.get("line", 1))
        return {"breakpoints": found}

    async def _set_function_breakpoints(self, arguments: Body) -> Body:
        self._kept["setFunctionBreakpoints", ""] = arguments
        return await self._ask("setFunctionBreakpoints", arguments)

    async def _set_exception_breakpoints(self, arguments: Body) -> Body:
        # IPython catches all exceptions, so none is uncaught: those that leave the cell are meant.
        options = [cast("Body", one) for one in _list_of(arguments, "filterOptions")]
        asked = [*_list_of(arguments, "filters"), *(one["filterId"] for one in options)]
        filters = ["userUnhandled" if one == "uncaught" else one for one in asked]
        wanted = {"filters": list(dict.fromkeys(map(str, filters)))}
        self._kept["setExceptionBreakpoints", ""] = wanted
        return await self._ask("setExceptionBreakpoints", wanted)

    async def _breakpoint_locations(self, arguments: Body) -> Body:
        first = _number(arguments.get("line"), 1)
        last = max(first, _number(arguments.get("endLine"), first))
        if not self._is_script(_path_of(arguments)):
            return {"breakpoints": []}
        debuggee = self._debuggee
        lines = debuggee.breakpoints.lines(debuggee.opened.text, first - 1, last - 1)
        return {"breakpoints": [{"line": line + 1} for line in lines]}

    # --- the stopped code -------------------------------------------------------------------------

    async def _stack_trace(self, arguments: Body) -> Body:
        whole = {**arguments, "startFrame": 0, "levels": STACK_FRAMES}
        body = await self._ask("stackTrace", whole, EVALUATE_SECONDS)
        await self._debuggee.read_texts()
        frames = self._debuggee.frames.stack(_list_of(body, "stackFrames"))
        start, levels = (_number(arguments.get(key), 0) for key in ("startFrame", "levels"))
        shown = frames[start : start + levels] if levels else frames[start:]
        return {"stackFrames": shown, "totalFrames": len(frames)}

    async def _scopes(self, arguments: Body) -> Body:
        body = await self._ask("scopes", arguments)
        if isinstance(frame_id := arguments.get("frameId"), int):
            self._debuggee.frame_shown(frame_id)
            self._pages.note_scopes(frame_id, _list_of(body, "scopes"))
        return body

    async def _variables(self, arguments: Body) -> Body:
        return {"variables": await self._pages.variables(arguments)}

    async def _continue(self, arguments: Body) -> Body:
        self._debuggee.stepping = False
        # Older versions of pydevd let only this thread continue, in spite of the protocol.
        everything = {} if arguments.get("singleThread") else {"threadId": "*"}
        return await self._resume("continue", {**arguments, **everything})

    async def _step(self, command: str, arguments: Body) -> Body:
        if self._debuggee.status.stopped is None:
            raise SessionError(NOT_STOPPED)
        self._debuggee.stepping = True
        return await self._resume(command, arguments)

    async def _resume(self, command: str, arguments: Body) -> Body:
        if self._evaluating:  # pydevd would let the code continue after them.
            await self._cancel({})
        # Before pydevd answers, the code may have stopped again.
        stop = self._debuggee.resumed()
        if stop is None:
            return {"allThreadsContinued": True}
        self._pages.clear()
        try:
            return await self._ask(command, arguments)
        except SessionError:
            self._debuggee.stepping = False
            self._debuggee.stopped_again(stop)
            raise

    async def _goto_targets(self, arguments: Body) -> Body:
        debuggee = self._debuggee
        if not self._is_script(_path_of(arguments)):
            return await self._ask("gotoTargets", arguments)
        line = _number(arguments.get("line"), 1) - 1
        source = cast("Body", (debuggee.top or {}).get("source") or {})
        ran = debuggee.texts.known.get(str(source.get("path")))
        if ran is None:
            raise SessionError(NO_TARGET)
        then = debuggee.opened.text.line_in(ran, line)
        if then is None:
            raise SessionError(NO_TARGET)
        body = await self._ask("gotoTargets", {"source": {"path": ran.path}, "line": then + 1})
        targets = [cast("Body", one) for one in _list_of(body, "targets") if isinstance(one, dict)]
        return {
            "targets": [{**one, "line": line + 1, "label": f"line {line + 1}"} for one in targets]
        }

    async def _goto(self, arguments: Body) -> Body:
        return await self._resume("goto", arguments)

    async def _restart_frame(self, _: Body) -> Body:
        raise SessionError(NO_RESTART)

    async def _exception_info(self, arguments: Body) -> Body:
        if self._debuggee.status.stopped is None:
            raise SessionError(NO_EXCEPTION)
        body = await self._evaluate("exceptionInfo", arguments)
        body["exceptionId"] = error_name(body.get("exceptionId"))
        details = body.get("details")
        if isinstance(details, dict):
            known = cast("Body", details)
            sentence = self._debuggee.frames.sentence
            known["typeName"] = error_name(known.get("typeName"))
            texts = {
                key: sentence(known[key]) for key in ("stackTrace", "source") if known.get(key)
            }
            body["details"] = {**known, **texts}
        return body

    async def _evaluate(self, command: str, arguments: Body) -> Body:
        """Let pydevd evaluate something, which runs code of the user."""
        if (
            command in {"evaluate", "setExpression"}
            and not str(arguments.get("expression", "")).strip()
        ):
            raise SessionError("There is no expression.")
        if command in {"evaluate", "completions"} and arguments.get("frameId") is None:
            # pydevd would evaluate it outside the namespace of the cells.
            if (top := self._debuggee.top) is None:
                raise SessionError(NO_FRAME)
            arguments = {**arguments, "frameId": top.get("id")}
        typed = arguments.get("context") in {"repl", None} or command.startswith("set")
        seconds = TYPED_SECONDS if typed and command != "variables" else EVALUATE_SECONDS
        connection = self._connection()
        answer = connection.post(command, arguments)
        self._evaluating.add(answer)
        try:
            return await connection.body_of(answer, seconds, TOO_SLOW)
        except SessionError:
            if not answer.done() and await self._interrupt(answer):
                raise SessionError(INTERRUPTED.format(seconds)) from None
            if answer in self._cancelled:
                raise SessionError(CANCELLED) from None
            raise
        finally:
            self._evaluating.discard(answer)
            self._cancelled.discard(answer)

    async def _cancel(self, _: Body) -> Body:
        """End all expressions that are being evaluated."""
        for answer in list(self._evaluating):
            self._cancelled.add(answer)
            if not await self._interrupt(answer) and not answer.done():
                answer.set_exception(SessionError(CANCELLED))
        return {}

    async def _interrupt(self, answer: asyncio.Future[Body]) -> bool:
        """Interrupt an expression in the main thread; return True if that has ended it.

        In another thread that is not possible: an interrupt would reach the cell.
        """
        # An interrupt before it has begun would end the stop.
        await asyncio.wait([answer], timeout=BEGIN_SECONDS)
        stop, kernel = self._debuggee.status.stopped, self._debuggee.kernel
        if stop is None or kernel is None:
            return answer.done()
        known = _list_of(await self._ask("threads", {}), "threads")
        main = {"id": stop.thread, "name": "MainThread"}
        if answer.done() or not any(
            isinstance(one, dict) and main.items() <= one.items() for one in known
        ):
            return answer.done()
        with contextlib.suppress(KernelError):
            await kernel.interrupt()
        await asyncio.wait([answer], timeout=INTERRUPT_SECONDS)
        return answer.done()

    # --- sources ----------------------------------------------------------------------------------

    async def _modules(self, arguments: Body) -> Body:
        found = self._debuggee.frames.modules(_list_of(await self._ask("modules", {}), "modules"))
        start, count = (_number(arguments.get(key), 0) for key in ("startModule", "moduleCount"))
        shown = found[start : start + count] if count else found[start:]
        return {"modules": shown, "totalModules": len(found)}

    async def _loaded_sources(self, _: Body) -> Body:
        body = await self._ask("modules", {})
        return {"sources": self._debuggee.frames.sources(_list_of(body, "modules"))}

    async def _source(self, arguments: Body) -> Body:
        source = arguments.get("source")
        inner = cast("Body", source).get("sourceReference") if isinstance(source, dict) else 0
        reference = _number(arguments.get("sourceReference") or inner, 0)
        own = self._debuggee.frames.source(reference)
        return await self._ask("source", arguments) if own is None else own

    # --- inside -----------------------------------------------------------------------------------

    def _connection(self) -> PydevdConnection:
        if self._debuggee.connection is None:
            raise SessionError("The kernel is restarting, so it cannot be debugged now. Try again.")
        return self._debuggee.connection

    async def _ask(self, command: str, arguments: Mapping[str, Any], seconds: float = 5.0) -> Body:
        return await self._connection().request(command, arguments, seconds)

    def _is_script(self, path: str) -> bool:
        return self._debuggee.frames.is_script(path)


def _path_of(arguments: Mapping[str, Any]) -> str:
    source = arguments.get("source")
    path = cast("Body", source).get("path") if isinstance(source, dict) else None
    return path if isinstance(path, str) and "\0" not in path else ""


def _list_of(body: Mapping[str, Any], key: str) -> list[object]:
    found = body.get(key)
    return cast("list[object]", found) if isinstance(found, list) else []


def _number(value: object, otherwise: int) -> int:
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else otherwise
