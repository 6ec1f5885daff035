"""The script that a client debugs, in its session.

Owns the document, whose text is the file's, and the client's actions on the session: attach, run,
interrupt, detach. It must not know the form of messages or their order.

The text is read from the disk again before it matters: when breakpoints are set and before cells
run. A client that edits the script in an editor with a language server sends that text itself, and
the host prefers it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cellbridge.core.document.cells import parse
from cellbridge.core.document.header import header_of
from cellbridge.core.document.languages import PYTHON, language_named, language_of
from cellbridge.core.document.text import Change, Text
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import KernelState
from cellbridge.dap.arguments import ArgumentError, Options
from cellbridge.dap.launched_cells import Event, LaunchedCells, cells_of
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.open_script import SilentListener, open_script
from cellbridge.workspace.script_file import Script, ScriptFileError, read_script

_NOTEBOOK = ".ipynb"
_RUNNING = frozenset({KernelState.IDLE, KernelState.BUSY, KernelState.STARTING})
_NO_SUBPROCESSES = (
    "Cellbridge does not debug the processes that the code starts; they run without the debugger."
)
_OWN = frozenset({"exited", "initialized", "process"})
"""Events that this process sends itself, as it knows better."""


class Debuggee(SilentListener):
    """One script, as its debug client sees it. Created by `open_debuggee`."""

    def __init__(
        self, options: Options, event: Event, over: Callable[[], None], client: str
    ) -> None:
        self.options = options
        self._client = client
        self._event, self._over = event, over
        self._cells: list[int] = []
        self._launched: LaunchedCells | None = None
        self._attached = False
        self._missing = False
        """True once the client was informed that the file is gone."""
        self._notebook: Notebook

    def bind(self, notebook: Notebook) -> None:
        """Take the opened document; once, before any other call."""
        self._notebook = notebook
        notebook.debugging.live = False

    # --- actions of the client --------------------------------------------------------------------

    async def attach(self) -> None:
        """Debug the script's session, which is started if none runs and the client allows it.

        Raises:
            SessionError: the session cannot be debugged; one sentence gives the reason.
            ArgumentError: the cells to run do not exist.
        """
        options, notebook = self.options, self._notebook
        if options.cells:
            self._cells = cells_of(notebook, options)
        if not options.start and notebook.kernel.state not in _RUNNING:
            raise SessionError(
                f"No kernel runs for {options.script.name}; run one of its cells first, "
                'or attach with "start": true.'
            )
        if not options.debug:
            return
        await notebook.debugging.attach(
            self._take_event,
            just_my_code=options.just_my_code,
            subprocesses=options.subprocesses,
        )
        self._attached = True

    async def request(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        waiting = self._launched.waiting if self._launched is not None else ""
        if command == "evaluate" and arguments.get("context") == "repl" and waiting:
            await self._notebook.answer_input(waiting, str(arguments.get("expression", "")))
            return {"result": "", "variablesReference": 0}
        if not self._attached:
            return _without_debugger(command, arguments)
        return await self._notebook.debugging.request(command, arguments)

    async def begin(self) -> None:
        """Run the cells of ``launch``, and report their end; ``attach`` runs nothing."""
        name = str(self.options.script)
        method = "launch" if self._cells else "attach"
        self._event("process", {"name": name, "isLocalProcess": True, "startMethod": method})
        if self.options.subprocesses and self._attached:
            self._event("output", {"category": "important", "output": f"{_NO_SUBPROCESSES}\n"})
        if not self._cells:
            return
        self._launched = LaunchedCells(self._notebook, self._cells, self._event, self._client)
        stop = self.options.stop_on_entry and self._attached
        await self._launched.run(stop_on_entry=stop)
        self._launched = None
        await self.detach()
        self._over()

    async def terminate(self) -> None:
        """Interrupt the running cell; a client that has attached stops debugging.

        Raises:
            SessionError: the session does not answer.
        """
        await self._notebook.interrupt()
        if self._launched is None:
            await self.detach()
            self._over()

    async def leave(self, *, interrupt: bool | None) -> None:
        """Stop debugging. None for ``interrupt`` interrupts only the cells of ``launch``."""
        if interrupt or (interrupt is None and self._launched is not None):
            await self._notebook.interrupt()
        await self.detach()

    async def detach(self) -> None:
        """Stop debugging; code that has stopped continues."""
        if self._attached:
            self._attached = False
            with contextlib.suppress(SessionError):  # A session that has ended is not debugged.
                await self._notebook.debugging.detach()

    async def read_again(self) -> None:
        """Bring the text up to date with the file; without a file, the last text stays."""
        if self.options.script.suffix.lower() == _NOTEBOOK:
            return
        try:
            script = await asyncio.to_thread(read_script, self.options.script)
        except ScriptFileError as error:
            if not self._missing:
                self._missing = True
                text = f"{error} Until then, lines are those of its last text.\n"
                self._event("output", {"category": "important", "output": text})
            return
        self._missing = False
        notebook = self._notebook
        if script.text.content != notebook.text.content:
            notebook.edit(notebook.version + 1, [Change(None, script.text.content)])

    # --- events of the session --------------------------------------------------------------------

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""
        del notebook, cell_ids  # All outputs of the launched cells are compared.
        if self._launched is not None:
            self._launched.show()

    def _end_attach(self) -> None:
        """Report the end of debugging; the cells of a launch report their own."""
        if self._launched is None:
            self._over()

    def _take_event(self, name: str, body: dict[str, Any]) -> None:
        if name == "terminated":
            self._attached = False
            self._end_attach()
        elif name not in _OWN:
            self._event(name, body)


@asynccontextmanager
async def open_debuggee(
    options: Options, event: Event, over: Callable[[], None], *, client: str
) -> AsyncGenerator[Debuggee]:
    """Open the script of ``options`` for a client with this name; ``over`` reports its end.

    Raises:
        ArgumentError: there is no such script, or it cannot be debugged.
    """
    try:
        script = await asyncio.to_thread(_read, options)
    except ScriptFileError as error:
        raise ArgumentError(str(error)) from None
    debuggee = Debuggee(options, event, over, client)
    async with open_script(script, debuggee, client=ClientInfo(client)) as notebook:
        debuggee.bind(notebook)
        yield debuggee


def _read(options: Options) -> Script:
    path = options.script
    if path.suffix.lower() == _NOTEBOOK and not options.cells and path.is_file():
        # Its cells are those of the editor, which sends their text itself.
        text = Text.of("")
        return Script(str(path), path, text, parse(text, PYTHON))
    script = read_script(path)
    by_name = language_of(path.name, None)
    named = header_of(script.text.lines, by_name).language
    language = (language_named(named) if named else None) or by_name
    if language != PYTHON:
        raise ScriptFileError(
            f"{path.name} is a script in {language.name.capitalize()}, and Cellbridge debugs only "
            "Python."
        )
    return script


def _without_debugger(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the response to a request while nothing is debugged.

    Raises:
        SessionError: it has no response then.
    """
    if command in {"setBreakpoints", "setFunctionBreakpoints"}:
        given = arguments.get("breakpoints")
        off = {"verified": False, "message": "This launch runs without debugging."}
        count = len(given) if isinstance(given, list) else 0  # pyright: ignore[reportUnknownArgumentType]
        return {"breakpoints": [off for _ in range(count)]}
    if command == "threads":
        return {"threads": []}
    if command == "setExceptionBreakpoints":
        return {}
    raise SessionError("Nothing is debugged now, so this request has no answer.")
