"""Servers and editors that are killed in each state of a session; the next server continues it.

A killed editor closes its server's input. Other ways in which editors end their servers are in
test_editor_exits.py; killed hosts and kernels are in tests/session.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.editor import Editor, fresh_uri, start_editor
from support.patience import PATIENCE


@dataclass
class Scene:
    """A script whose session outlives its editors."""

    uri: str
    gate: Path
    text: str

    async def cells(self, editor: Editor, states: list[str], what: str) -> Any:
        """Wait until the cells' runs are in these states."""
        return await editor.eventually(
            lambda: editor.cells(self.uri),
            lambda found: [str(cell.run and cell.run.state) for cell in found.cells] == states,
            what,
        )

    async def result(self, editor: Editor, line: int) -> str:
        """Run the cell at a line; return its result."""
        at = {"line": line, "character": 0}
        answer = await editor.command("runCell", uri=self.uri, position=at)
        return answer["cells"][0]["text"]


async def server_killed(editor: Editor) -> None:
    editor._server.send_signal(signal.SIGKILL)


async def editor_killed(editor: Editor) -> None:
    editor._server.stdin.close()


@pytest.fixture(params=[server_killed, editor_killed])
def killed(request: pytest.FixtureRequest) -> Any:
    async def kill(editor: Editor) -> None:
        await request.param(editor)
        async with asyncio.timeout(PATIENCE):
            await editor._server.wait()
        await editor.stop()

    return kill


@asynccontextmanager
async def scene(
    tmp_path: Path, text: str, startup: str = ""
) -> AsyncIterator[tuple[Scene, Editor]]:
    """Open ``text`` in an editor; kernels begin with the code ``startup``."""
    gate = tmp_path / "gate"
    text, startup = (one.replace("GATE", repr(str(gate))) for one in (text, startup))
    made = Scene(fresh_uri(tmp_path), gate, text)
    settings = {"kernel": {"startup": startup}}
    editor = await start_editor(draws=True, initialization_options=settings)
    editor.open(made.uri, made.text)
    yield made, editor


@asynccontextmanager
async def next_editor(made: Scene) -> AsyncIterator[Editor]:
    editor = await start_editor(draws=True)
    editor.open(made.uri, made.text)
    yield editor
    await editor.command("shutdown", uri=made.uri)
    await editor.shutdown_session()


async def test_idle(tmp_path: Path, killed: Any) -> None:
    async with scene(tmp_path, "# %%\nx = 40\nx\n# %%\nx + 2\n") as (made, first):
        await made.result(first, 0)
        await killed(first)
    async with next_editor(made) as editor:
        found = await made.cells(editor, ["ok", "None"], "the run")
        assert found.kernel.state == "idle"
        assert await made.result(editor, 3) == "42"


async def test_running_with_another_queued(tmp_path: Path, killed: Any) -> None:
    text = "# %%\nimport os, time\nwhile not os.path.exists(GATE): time.sleep(0.01)\n# %%\n'then'\n"
    async with scene(tmp_path, text) as (made, first):
        await first.command("runAll", uri=made.uri, wait=False)
        await made.cells(first, ["running", "queued"], "the runs")
        await killed(first)
    async with next_editor(made) as editor:
        found = await made.cells(editor, ["running", "queued"], "the runs again")
        assert found.kernel.state == "busy"
        made.gate.touch()
        found = await made.cells(editor, ["ok", "ok"], "their ends")
        assert found.cells[1].outputs[0].data["text/plain"] == "'then'"


async def test_waiting_for_input(tmp_path: Path, killed: Any) -> None:
    async with scene(tmp_path, "# %%\nprint('hello', input('Who? '))\n") as (made, first):
        await first.command("runAll", uri=made.uri, wait=False)
        await first.eventually(
            lambda: first.cells(made.uri),
            lambda found: bool(found.cells[0].run and found.cells[0].run.waiting),
            "the question",
        )
        await killed(first)
    async with next_editor(made) as editor:
        found = await editor.eventually(
            lambda: editor.cells(made.uri),
            lambda found: bool(found.cells[0].run and found.cells[0].run.waiting),
            "the question again",
        )
        assert found.cells[0].run.waiting.prompt == "Who? "
        await editor.command("answerInput", uri=made.uri, text="you")
        found = await made.cells(editor, ["ok"], "the end")
        assert "hello you" in found.cells[0].outputs[0].text


HELD = """\
import os
if os.path.exists(GATE):
    with open(GATE): pass
"""
"""A kernel that begins while there is a gate, a pipe, waits until its other end is opened."""


async def test_restarting(tmp_path: Path, killed: Any) -> None:
    text = "# %%\nx = 1\nx\n# %%\n'x' in globals()\n"
    async with scene(tmp_path, text, HELD) as (made, first):
        await made.result(first, 0)
        os.mkfifo(made.gate)
        restarting = asyncio.create_task(first.command("restart", uri=made.uri))
        await first.eventually(
            lambda: first.cells(made.uri),
            lambda found: found.kernel.state == "restarting",
            "the restart",
        )
        await killed(first)
        restarting.cancel()
        await asyncio.gather(restarting, return_exceptions=True)
    async with next_editor(made) as editor:
        await editor.eventually(
            lambda: editor.cells(made.uri),
            lambda found: found.kernel.state == "restarting",
            "the restart, still",
        )
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(made.gate.write_text, "")
        found = await editor.eventually(
            lambda: editor.cells(made.uri),
            lambda found: found.kernel.state == "idle" and bool(found.cells[0].run),
            "the new kernel",
        )
        assert found.cells[0].outputs[0].data["text/plain"] == "1"
        assert await made.result(editor, 3) == "False"
