"""Six scripts in one editor, one in each state that a session can be in, for the fault matrix.

Owns how a script enters its state, how that state is recognised from outside, and the proof that
the session works afterwards. It must not know the faults.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.lsp.protocol import Cell, CellsResult
from support.editor import Editor, start_editor
from support.patience import PATIENCE

KEPT, WORK, THEN = 0, 1, 2
"""The cells of each script, by index: one with an output, one at work, one to run afterwards."""
HELD_START = """\
import os
if os.path.exists('hold'):
    open('held', 'w').close()
    open('hold').close()"""
"""Start-up code of every kernel: one whose script has a pipe named ``hold`` next to it waits."""

_RUNNING = "import os, time\nprint('on')\nwhile not os.path.exists('gate'): time.sleep(0.02)"
_PRINTING = """\
import itertools, os, time
for number in itertools.count():
    print(number)
    if os.path.exists('gate'): break
    time.sleep(0.005)"""
_SAVING = """\
import os, time
class Slow:
    def __reduce__(self):
        open('saving', 'w').close()
        while not os.path.exists('gate'): time.sleep(0.02)
        return int, (7,)
slow = Slow()"""
WORK_OF = {
    "idle": "'idle'",
    "running": _RUNNING,
    "printing": _PRINTING,
    "input": "print('got', input('Who? '))",
    "starting": "'starting'",
    "saving": _SAVING,
}
"""For each state, the source of the cell that leads to it."""
STATES = tuple(WORK_OF)


@dataclass
class Script:
    """One script, its session, and the state it is brought into."""

    editor: Editor
    folder: Path
    state: str
    pending: list[asyncio.Task[Any]] = field(default_factory=list[asyncio.Task[Any]])

    @property
    def path(self) -> Path:
        return self.folder / "script.py"

    @property
    def uri(self) -> str:
        return self.path.as_uri()

    @property
    def text(self) -> str:
        return f"# %%\nprint('kept')\n# %%\n{WORK_OF[self.state]}\n# %%\n'well'\n"

    def line(self, cell: int) -> int:
        """Return the line of a cell's marker."""
        marks = [at for at, line in enumerate(self.text.split("\n")) if line == "# %%"]
        return marks[cell]

    def open(self) -> None:
        """Open the script in the present editor."""
        self.editor.open(self.uri, self.text)

    async def cells(self) -> CellsResult:
        return await self.editor.cells(self.uri)

    async def run(self, cell: int, *, wait: bool = True) -> str:
        """Run a cell; return its result, or an empty text without waiting."""
        at = {"line": self.line(cell), "character": 0}
        answer = await self.command("runCell", position=at, wait=wait)
        return answer["cells"][0].get("text", "") if wait else ""

    async def command(self, name: str, /, **argument: Any) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self.editor.command(name, uri=self.uri, **argument)

    async def until(self, satisfied: Callable[[CellsResult], bool], what: str) -> CellsResult:
        """Wait until the cells satisfy a condition."""
        return await self.editor.eventually(self.cells, satisfied, f"{self.state}: {what}")

    # --- into the state and out of it -------------------------------------------------------------

    async def enter(self) -> None:
        """Bring the session into its state, from whatever state it is in."""
        await self.cancel_requests()
        for left in ("gate", "hold", "held", "saving"):
            (self.folder / left).unlink(missing_ok=True)
        found = await self.cells()
        if found.kernel.state not in {"idle", "absent", "stopped", "dead"}:
            await self.command("restart")
        await self.run(KEPT)
        await getattr(self, f"_enter_{self.state}", self._enter_by_running)()
        await self.check_state()

    async def _enter_idle(self) -> None:
        await self.run(WORK)

    async def _enter_by_running(self) -> None:
        await self.run(WORK, wait=False)

    async def _enter_starting(self) -> None:
        os.mkfifo(self.folder / "hold")
        self._begin(self.command("restart"))

    async def _enter_saving(self) -> None:
        await self.run(WORK)
        self._begin(self.command("saveVariables"))

    def _begin(self, work: Awaitable[Any]) -> None:
        self.pending.append(asyncio.ensure_future(work))

    async def check_state(self) -> CellsResult:
        """Wait until an editor shows the state, the kept output with it."""
        return await self.until(self.in_state, "the state")

    def in_state(self, found: CellsResult) -> bool:
        """Return True if the cells show the state and the kept output."""
        work, kernel = found.cells[WORK], found.kernel.state
        at_work = bool(work.run and work.run.state == "running" and work.outputs)
        shown = {
            "idle": lambda: kernel == "idle",
            "running": lambda: at_work,
            "printing": lambda: at_work,
            "input": lambda: bool(work.run and work.run.waiting),
            "starting": lambda: (
                kernel in {"starting", "restarting"} and (self.folder / "held").exists()
            ),
            "saving": lambda: kernel == "busy" and (self.folder / "saving").exists(),
        }
        return text_of(found.cells[KEPT]) == "kept\n" and shown[self.state]()

    async def finish(self, refusal: str = "") -> None:
        """Let the state end as it does without a fault, and run one more cell.

        ``refusal`` is part of the answer to a pending request, such as a save, if it is refused.
        """
        (self.folder / "gate").touch()
        if self.state == "starting":
            await asyncio.to_thread((self.folder / "hold").write_text, "")
        if self.state == "input":
            await self.command("answerInput", text="you")
        for outcome in await asyncio.gather(*self.pending, return_exceptions=True):
            expected = refusal and refusal in str(outcome)
            assert not isinstance(outcome, BaseException) or expected, outcome
        self.pending.clear()
        if self.state in {"running", "printing", "input"}:
            found = await self.until(
                lambda found: bool((run := found.cells[WORK].run) and run.ended_at), "its end"
            )
            work = found.cells[WORK]
            assert work.run is not None
            assert (self.state, work.run.state, work.run.note) == (self.state, "ok", "")
            await self.check_output(work)
        await self.check_well()

    async def finish_if_at_work(self) -> None:
        """Let the state end, as far as it does not end by itself."""
        if self.state != "idle":
            await self.finish()

    async def check_output(self, work: Cell) -> None:
        """Check that every line that the cell has printed is shown once, in order."""
        assert work.run is not None
        asked = {"uri": self.uri, "run": work.run.id}
        whole = await self.editor.protocol.send_request_async("cellbridge/outputs", asked)
        text = "".join(output.text for output in whole.outputs if output.kind == "stream")
        lines = text.split("\n")[:-1]
        if self.state == "printing" and not work.run.truncated:
            assert lines == [str(number) for number in range(len(lines))]
        assert lines

    async def drop_requests(self) -> None:
        """Drop pending requests, whose answers are lost with the process that had them."""
        (self.folder / "gate").touch()
        for outcome in await asyncio.gather(*self.pending, return_exceptions=True):
            # Answered or refused; never left without either.
            assert not isinstance(outcome, BaseException) or isinstance(outcome, JsonRpcException)
        self.pending.clear()

    async def cancel_requests(self) -> None:
        """Cancel the requests that are still open, as a failed test leaves them."""
        for task in self.pending:
            task.cancel()
        await asyncio.gather(*self.pending, return_exceptions=True)
        self.pending.clear()

    async def check_well(self) -> None:
        """Check that one command is enough to continue, and that the stored output is shown."""
        assert await self.run(THEN) == "'well'"
        found = await self.cells()
        assert text_of(found.cells[KEPT]) == "kept\n"
        assert found.cells[KEPT].stale is None


@dataclass
class Scene:
    """The scripts, and the editor that shows them."""

    editor: Editor
    scripts: dict[str, Script]

    def __iter__(self):
        return iter(self.scripts.values())

    async def each(self, step: Callable[[Script], Awaitable[Any]]) -> list[Any]:
        """Do one step with all scripts at once."""
        return await asyncio.gather(*(step(script) for script in self))

    async def enter(self) -> None:
        await self.each(Script.enter)

    async def complete(self) -> None:
        """Request a completion from the kernel and the analyser; it must come."""
        script = self.scripts["idle"]
        place = lsp.TextDocumentIdentifier(script.uri), lsp.Position(1, 3)
        async with asyncio.timeout(PATIENCE):
            found = await self.editor.text_document_completion_async(lsp.CompletionParams(*place))
        assert "print" in [item.label for item in found.items]

    async def analyse(self) -> None:
        """Request what only the analyser knows: its worker, which ends if it is not used, runs."""
        script = self.scripts["idle"]
        place = lsp.TextDocumentIdentifier(script.uri), lsp.Position(1, 3)
        async with asyncio.timeout(PATIENCE):
            await self.editor.text_document_type_definition_async(lsp.TypeDefinitionParams(*place))

    async def another_editor(self, *, crashed: bool = False) -> None:
        """Open the scripts in a new editor, in place of the one before."""
        for script in self:
            # No client receives the pending answers.
            for task in script.pending:
                task.cancel()
            await asyncio.gather(*script.pending, return_exceptions=True)
            script.pending.clear()
        if not crashed:
            await self.editor.shutdown_session()
        self.editor = await new_editor()
        for script in self:
            script.editor = self.editor
            script.open()


async def new_editor() -> Editor:
    return await start_editor(
        draws=True, initialization_options={"kernel": {"startup": HELD_START}}
    )


@asynccontextmanager
async def scene_in(folder: Path) -> AsyncIterator[Scene]:
    """Open the six scripts, each in its own folder; stop their sessions at the end."""
    editor = await new_editor()
    scripts: dict[str, Script] = {}
    for state in STATES:
        (folder / state).mkdir()
        scripts[state] = Script(editor, folder / state, state)
        scripts[state].open()
    scene = Scene(editor, scripts)
    try:
        yield scene
    finally:
        await scene.each(Script.cancel_requests)
        await scene.each(lambda script: script.command("shutdown"))
        await scene.editor.shutdown_session()


def text_of(cell: Cell) -> str:
    """Return the text of a cell's streams."""
    return "".join(output.text for output in cell.outputs if output.kind == "stream")
