"""The time for which the server debugs a document, with a session that only notes its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cellbridge.core.document.text import Text
from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus, Stop
from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp.breakpoints import Breakpoints
from cellbridge.lsp.debugged_document import Debugged
from cellbridge.lsp.stepping import Stepping
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace

MODULE, CELL = (SimpleNamespace(has_marker=marker) for marker in (False, True))
"""The last cells of a module and of a script with markers."""


@dataclass
class FakeDebugging:
    """A session's debugger: it notes requests, and refuses if it should."""

    status: DebugStatus = NOT_DEBUGGED
    requests: list[str] = field(default_factory=list[str])
    refusal: str = ""

    async def attach(self, _: Callable[[str, dict[str, Any]], None]) -> None:
        self.requests.append("attach")
        if self.refusal:
            raise SessionError(self.refusal)
        self.status = DebugStatus("Helix")

    async def request(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        lines = [one["line"] for one in arguments["breakpoints"]]
        self.requests.append(f"{command} {arguments['source']['path']} {lines}")
        # The line after a blank one is taken in its place.
        placed = [{"id": at, "verified": True, "line": at + (at == 2)} for at in lines]
        return {"breakpoints": placed}

    async def detach(self) -> None:
        self.requests.append("detach")
        self.status = NOT_DEBUGGED


class Scene:
    """One document with its debugger, and its runs, which end when the test ends them."""

    def __init__(self) -> None:
        self.debugging = FakeDebugging()
        self.kernel = SimpleNamespace(state=KernelState.BUSY)
        self.document = SimpleNamespace(
            uri="a", name="/a.py", path=None, debugging=self.debugging, kernel=self.kernel,
            text=Text.of("1\n\n3\n4\n"), cells=[MODULE], ids=(),
        )  # fmt: skip
        self.notebook = cast("Notebook", self.document)
        self.tasks: list[asyncio.Task[object]] = []
        self.workspace = [self.notebook]
        workspace = cast("Workspace", self.workspace)
        self.stepping = Stepping(workspace, lambda work: self.tasks.append(_task(work)))
        self.runs: dict[str, asyncio.Future[list[RunView]]] = {}

    async def run(self, cell: str) -> Debugged:
        """Start to step through a cell."""
        debugged = await self.stepping.attach(self.notebook)
        self.kernel.state = KernelState.BUSY
        self.runs[cell] = ended = asyncio.get_running_loop().create_future()
        self.stepping.start(debugged, cell, lambda: ended)
        return debugged

    async def idle(self) -> None:
        """Let the kernel be idle, and wait until the server has stopped debugging."""
        self.kernel.state = KernelState.IDLE
        before = len(self.tasks)
        self.stepping.update(self.notebook)
        await asyncio.gather(*self.tasks[before:])

    async def end(self, cell: str, error: SessionError | None = None) -> None:
        """End the run of a cell, and wait until the server has noticed."""
        task = self.tasks[list(self.runs).index(cell)]
        if error is not None:
            self.runs[cell].set_exception(error)
        else:
            self.runs[cell].set_result([])
        await task
        if all(one.done() for one in self.runs.values()):
            await self.idle()

    def stop(self, number: int) -> None:
        """Stop the code at a line."""
        self.debugging.status = DebugStatus("Helix", Stop("step", 1, line=number, number=number))
        self.stepping.update(self.notebook)

    def edit(self, content: str) -> None:
        self.document.text = Text.of(content)
        self.stepping.breakpoints.edited(self.notebook)


def _task(work: Any) -> asyncio.Task[object]:
    return asyncio.get_running_loop().create_task(work)


async def test_debugging_ends_with_the_last_run_that_is_stepped_through() -> None:
    scene = Scene()
    await scene.run("one")
    debugged = await scene.run("two")
    await scene.end("one")
    assert scene.stepping.of(scene.notebook) is debugged
    await scene.end("two", SessionError("The kernel died."))
    assert scene.stepping.of(scene.notebook) is None
    assert scene.debugging.requests == ["attach", "detach"]


async def test_the_wait_ends_with_another_stop_with_the_run_or_with_debugging() -> None:
    scene = Scene()
    debugged = await scene.run("one")
    scene.stop(1)
    waiting = _task(debugged.next_stop(1, debugged.runs[0]))
    await asyncio.sleep(0)
    assert not waiting.done()
    scene.stop(2)
    assert cast("Stop", await waiting).number == 2
    waiting = _task(debugged.next_stop(2, debugged.runs[0]))
    await asyncio.sleep(0)
    await scene.end("one", SessionError("The kernel died."))
    with pytest.raises(SessionError, match="died"):
        await waiting
    debugged = await scene.run("two")
    waiting = _task(debugged.next_stop(0, debugged.runs[0]))
    await asyncio.sleep(0)
    await scene.stepping.detach(debugged)
    assert await waiting is None
    await scene.end("two")


async def test_a_document_that_cannot_be_debugged_has_no_run_and_no_breakpoint() -> None:
    scene = Scene()
    scene.debugging.refusal = "VS Code debugs it."
    with pytest.raises(SessionError, match="VS Code"):
        await scene.stepping.attach(scene.notebook)
    with pytest.raises(SessionError, match="VS Code"):
        await scene.stepping.toggle_breakpoint(scene.notebook, 2)
    assert not scene.stepping.breakpoints.of(scene.notebook)
    assert scene.stepping.stopped_in(scene.notebook) is None


async def test_a_closed_document_is_waited_for_no_more() -> None:
    scene = Scene()
    debugged = await scene.run("one")
    waiting = _task(debugged.next_stop(0, debugged.runs[0]))
    await asyncio.sleep(0)
    scene.stepping.closed("a")
    assert await waiting is None
    await scene.end("one")
    assert scene.debugging.requests == ["attach"]


async def test_breakpoints_are_sent_and_follow_the_text() -> None:
    scene = Scene()
    stepping, breakpoints = scene.stepping, scene.stepping.breakpoints
    module = SimpleNamespace(**{**vars(scene.document), "uri": "b", "name": "/b.py"})
    script = SimpleNamespace(**{**vars(module), "uri": "c", "cells": [CELL]})
    scene.workspace += [cast("Notebook", module), cast("Notebook", script)]
    assert breakpoints.toggle(scene.workspace[1], 3)
    assert breakpoints.toggle(scene.workspace[2], 3)
    assert await stepping.toggle_breakpoint(scene.notebook, 1)
    assert [one.line for one in breakpoints.of(scene.notebook)] == [2]
    scene.edit("0\n1\n\n3\n4\n")
    await stepping.prepare_run(scene.notebook)
    assert not await stepping.toggle_breakpoint(scene.notebook, 3)
    expected = ["[2]", "[4]", "[]"]
    sent = [f"setBreakpoints /a.py {lines}" for lines in expected]
    others = "setBreakpoints /b.py [4]"
    assert scene.debugging.requests == ["attach", sent[0], others, *sent[1:]]
    breakpoints.closed("b")
    await scene.idle()
    assert scene.debugging.requests[-1] == "detach"


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        ("a\nb\nc\n", [0, 2]),
        ("a\nx\nb\nc\n", [0, 3]),
        ("A\nb\nc\n", [0, 2]),
        ("b\nc\n", [1]),
        ("", []),
    ],
)
def test_a_breakpoint_follows_its_line(after: str, lines: list[int]) -> None:
    document = SimpleNamespace(uri="a", text=Text.of("a\nb\nc\n"))
    notebook = cast("Notebook", document)
    breakpoints = Breakpoints()
    assert [breakpoints.toggle(notebook, line) for line in (2, 1, 0, 1)] == [
        True,
        True,
        True,
        False,
    ]
    document.text = Text.of(after)
    breakpoints.edited(notebook)
    assert [one.line for one in breakpoints.of(notebook)] == lines
