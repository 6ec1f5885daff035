# Size: all tests share one session, whose kernel takes longest.
"""Debugging real kernels through a host: lines, stops, and the ends of clients and kernels."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cellbridge.core.code_info import OBJECT
from cellbridge.core.runs.debug_status import NOT_DEBUGGED, TextCell
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.runs import Origin, RunRequest, RunState
from cellbridge.core.variables import ListVariables, VariablesPage
from cellbridge.session.errors import SessionError
from support.patience import PATIENCE
from support.sessions import Client, client_of, kernel_of, kill

pytestmark = pytest.mark.asyncio(loop_scope="module")

Frames = list[tuple[str, int]]
"""The function and the line, from 1, of each frame, innermost first."""


class Debugged:
    """A script that a client debugs: cells with a marker line above each."""

    def __init__(self, client: Client, script: Path, **cells: str) -> None:
        self.client, self.script, self.cells = client, script, cells
        self.above = 0
        """The lines above the first marker."""
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._wake = asyncio.Event()
        client.session.debug_listener = self._take

    def _take(self, event: str, body: dict[str, Any]) -> None:
        self.events.append((event, body))
        self._wake.set()

    async def until(self, event: str) -> dict[str, Any]:
        """Wait for an event, and drop it with all before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for at, (name, body) in enumerate(self.events):
                    if name == event:
                        del self.events[: at + 1]
                        return body
                self._wake.clear()
                await self._wake.wait()

    def first_lines(self) -> dict[str, int]:
        found: dict[str, int] = {}
        line = self.above
        for cell, source in self.cells.items():
            found[cell] = line + 1
            line += 2 + source.count("\n")
        return found

    def line(self, cell: str, text: str) -> int:
        """Return the line, from 1, of a text in a cell."""
        lines = self.cells[cell].split("\n")
        return self.first_lines()[cell] + lines.index(text) + 1

    async def send_text(self) -> None:
        first = self.first_lines()
        cells = [TextCell(cell, first[cell], source) for cell, source in self.cells.items()]
        await self.client.session.debug_text(cells, live=True, path=str(self.script))

    async def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self.client.session.debug(command, arguments)

    async def attach(self, **arguments: Any) -> None:
        await self.send_text()
        await self.ask("attach", **arguments)

    async def break_at(self, *lines: int, **options: Any) -> list[dict[str, Any]]:
        body = await self.ask(
            "setBreakpoints",
            source={"path": str(self.script)},
            breakpoints=[{"line": line, **options} for line in lines],
        )
        return body["breakpoints"]

    async def start(self, *cells: str, stop_on_entry: bool = False) -> list[str]:
        first = self.first_lines()
        requests = [
            RunRequest(
                cell_id=cell,
                source=self.cells[cell],
                cell_source=self.cells[cell],
                origin=Origin(str(self.script), first[cell]),
            )
            for cell in cells
        ]
        await self.send_text()
        return await self.client.session.execute(
            requests, kernel=None, language="python", stop_on_entry=stop_on_entry
        )

    async def end_of(self, *runs: str) -> RunState:
        """Wait until runs have ended; return the state of the last one."""
        async with asyncio.timeout(PATIENCE):
            for run in runs:
                await self.client.session.wait_for_run(run)
        return self.client.session.runs[runs[-1]].state

    async def stopped(self) -> tuple[int, str, Frames]:
        """Wait for a stop; return its thread, its reason, and its frames."""
        body = await self.until("stopped")
        thread = body["threadId"]
        frames = (await self.ask("stackTrace", threadId=thread))["stackFrames"]
        assert all(frame["source"]["path"] == str(self.script) for frame in frames), frames
        return thread, body["reason"], [(frame["name"], frame["line"]) for frame in frames]

    async def values(self) -> dict[str, str]:
        """Return the variables of the innermost frame."""
        stop = self.client.session.kernel.debugger.stopped
        assert stop is not None
        frames = (await self.ask("stackTrace", threadId=stop.thread))["stackFrames"]
        scopes = (await self.ask("scopes", frameId=frames[0]["id"]))["scopes"]
        inside = await self.ask("variables", variablesReference=scopes[0]["variablesReference"])
        return {one["name"]: one["value"] for one in inside["variables"]}


FUNCTION = "def f(k):\n    z = k + 1\n    return z"
CALL = "x = 1\ny = f(x)\nz = y"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(script: Path) -> AsyncIterator[Client]:
    async with client_of(script, "Editor") as client:
        await client.run("import time")
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def debugged(session: Client, script: Path) -> AsyncIterator[Debugged]:
    """A script whose function ran before the debugger was attached."""
    one = Debugged(session, script, function=FUNCTION, call=CALL)
    await one.end_of(*await one.start("function"))
    await one.attach()
    yield one
    await one.ask("disconnect")


async def test_a_stop_in_a_cell_and_in_an_older_function(debugged: Debugged) -> None:
    first, inner = debugged.line("call", "x = 1"), debugged.line("function", "    z = k + 1")
    found = await debugged.break_at(inner, first)
    assert [(one["line"], one["verified"]) for one in found] == [(inner, True), (first, True)]
    (run,) = await debugged.start("call")
    thread, reason, frames = await debugged.stopped()
    assert (reason, frames) == ("breakpoint", [("<module>", first)])
    stop = debugged.client.session.kernel.debugger.stopped
    assert stop is not None
    assert (stop.path, stop.line, stop.cell) == (str(debugged.script), first - 1, "call")
    await debugged.ask("next", threadId=thread)
    assert (await debugged.stopped())[1:] == ("step", [("<module>", first + 1)])
    await debugged.ask("continue", threadId=thread)
    assert (await debugged.stopped())[2] == [("f", inner), ("<module>", first + 1)]
    assert await debugged.values() == {"k": "1"}
    names = [one["name"] for one in (await debugged.ask("threads"))["threads"]]
    assert names == ["MainThread"]
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK
    assert debugged.client.session.kernel.debugger.client == "Editor"


async def test_a_cell_that_runs_already_stops(debugged: Debugged) -> None:
    await debugged.ask("disconnect")
    debugged.cells["loop"] = "n = 0\nwhile n >= 0:\n    n += 1\n    time.sleep(0.001)"
    (run,) = await debugged.start("loop")
    await debugged.attach()
    (found,) = await debugged.break_at(debugged.line("loop", "    n += 1"))
    assert found["verified"]
    thread, _, frames = await debugged.stopped()
    assert frames == [("<module>", debugged.line("loop", "    n += 1"))]
    await debugged.break_at()
    await debugged.ask("evaluate", expression="globals().update(n=-9)", context="repl")
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK


async def test_lines_that_have_moved_since_the_run(debugged: Debugged) -> None:
    inner = debugged.line("function", "    z = k + 1")
    await debugged.break_at(inner)
    debugged.above = 4
    await debugged.send_text()
    while (await debugged.until("breakpoint"))["breakpoint"]["line"] != inner + 4:
        continue
    (run,) = await debugged.start("call")
    thread, _, frames = await debugged.stopped()
    assert frames == [("f", inner + 4), ("<module>", debugged.line("call", "y = f(x)"))]
    # The line is edited while the code has stopped there: its text is shown as it ran.
    debugged.cells["function"] = FUNCTION.replace("k + 1", "k + 2")
    await debugged.send_text()
    frames = (await debugged.ask("stackTrace", threadId=thread))["stackFrames"]
    reference = frames[0]["source"]["sourceReference"]
    content = (await debugged.ask("source", sourceReference=reference))["content"]
    assert content.split("\n")[frames[0]["line"] - 1] == "    z = k + 1"
    (found,) = await debugged.break_at(inner + 4)
    assert not found["verified"]
    assert "next run of the cell" in found["message"]
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK


async def test_a_script_that_was_renamed(debugged: Debugged) -> None:
    inner = debugged.line("function", "    z = k + 1")
    debugged.script = debugged.script.with_name("renamed.py")
    await debugged.send_text()
    (found,) = await debugged.break_at(inner)
    assert (found["line"], found["verified"]) == (inner, True)
    (run,) = await debugged.start("call")
    thread, _, frames = await debugged.stopped()
    assert frames[0] == ("f", inner)
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK


async def test_a_second_client_reads_who_debugs(debugged: Debugged) -> None:
    async with client_of(debugged.script, "Other") as other:
        with pytest.raises(SessionError, match="Editor debugs this notebook already"):
            await other.session.debug("attach", {})
        with pytest.raises(SessionError, match="Editor debugs"):
            await other.session.debug("threads", {})
    await debugged.ask("disconnect")
    assert debugged.client.session.kernel.debugger == NOT_DEBUGGED
    with pytest.raises(SessionError, match="Attach the debugger first"):
        await debugged.ask("threads")
    await debugged.attach()


async def test_the_frame_of_a_stop_is_selected_for_all_clients(debugged: Debugged) -> None:
    session = debugged.client.session
    inner = debugged.line("function", "    z = k + 1")
    await debugged.break_at(inner)
    (run,) = await debugged.start("call")
    thread, *_ = await debugged.stopped()
    assert frames_of(debugged) == (["<module>", "f"], 0)
    assert await names_of(debugged) == ["k"]
    shown = (await session.inspect("k", 1, frame=True)).data
    assert shown[OBJECT]["value"] == "1"
    await session.select_frame(1)
    assert frames_of(debugged) == (["<module>", "f"], 1)
    assert "x" in await names_of(debugged)
    # A client of the debugger shows another frame.
    frames = (await debugged.ask("stackTrace", threadId=thread))["stackFrames"]
    await debugged.ask("scopes", frameId=frames[0]["id"])
    await debugged.client.watcher.until(lambda: frames_of(debugged)[1] == 0)
    await debugged.ask("next", threadId=thread)
    await debugged.stopped()
    assert await names_of(debugged) == ["k", "z"]
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK
    assert session.kernel.debugger.frame is None
    assert (await session.inspect("k", 1, frame=True)).data == {}
    with pytest.raises(SessionError, match="No code has stopped"):
        await session.select_frame(0)


def frames_of(debugged: Debugged) -> tuple[list[str], int]:
    """Return the names of the frames, outermost first, and the depth of the selected one."""
    selected = debugged.client.session.kernel.debugger.frame
    assert selected is not None
    return [frame.name for frame in selected.frames], selected.depth


async def names_of(debugged: Debugged) -> list[str]:
    """Return the names of the listed variables."""
    page = await debugged.client.session.query_variables(ListVariables())
    assert isinstance(page, VariablesPage)
    return [one.name for one in page.variables]


async def test_breakpoints_with_conditions_hits_and_messages(debugged: Debugged) -> None:
    debugged.cells["loop"] = "total = 0\nfor i in range(6):\n    total += i\ntotal"
    line = debugged.line("loop", "    total += i")
    for options, value in (({"condition": "i == 4"}, "4"), ({"hitCondition": "3"}, "2")):
        await debugged.break_at(line, **options)
        (run,) = await debugged.start("loop")
        thread, _, _ = await debugged.stopped()
        shown = await debugged.ask("evaluate", expression="i", context="hover")
        assert shown["result"] == value
        await debugged.ask("continue", threadId=thread)
        assert await debugged.end_of(run) is RunState.OK
    await debugged.break_at(line, logMessage="at {i}")
    (run,) = await debugged.start("loop")
    assert await debugged.end_of(run) is RunState.OK
    while "at 5" not in (await debugged.until("output"))["output"]:
        continue


async def test_a_step_beyond_the_end_stops_only_a_run_that_is_queued(debugged: Debugged) -> None:
    last = debugged.line("call", "z = y")
    await debugged.break_at(last)
    runs = await debugged.start("call", "function", stop_on_entry=True)
    thread, reason, frames = await debugged.stopped()
    assert (reason, frames) == ("entry", [("<module>", debugged.line("call", "x = 1"))])
    await debugged.ask("continue", threadId=thread)
    thread, _, _ = await debugged.stopped()
    await debugged.ask("next", threadId=thread)
    thread, reason, frames = await debugged.stopped()
    assert (reason, frames) == ("step", [("<module>", debugged.line("function", "def f(k):"))])
    await debugged.ask("next", threadId=thread)
    assert await debugged.end_of(*runs) is RunState.OK
    await debugged.break_at()
    assert await debugged.end_of(*await debugged.start("call")) is RunState.OK
    with pytest.raises(SessionError, match="has not stopped"):
        await debugged.ask("next", threadId=thread)


async def test_a_function_in_a_module_and_an_exception(debugged: Debugged) -> None:
    module = debugged.script.with_name("helper_module.py")
    module.write_text("def twice(x):\n    y = x * 2\n    return y\n")
    debugged.cells["module"] = "import helper_module\nhelper_module.twice(2)\n1 / 0"
    body = await debugged.ask(
        "setBreakpoints", source={"path": str(module)}, breakpoints=[{"line": 2}]
    )
    assert body["breakpoints"][0]["line"] == 2
    await debugged.ask("setExceptionBreakpoints", filters=["uncaught"])
    (run,) = await debugged.start("module")
    stopped = await debugged.until("stopped")
    frames = (await debugged.ask("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
    assert [(one["source"]["path"], one["line"]) for one in frames] == [
        (str(module), 2),
        (str(debugged.script), debugged.line("module", "helper_module.twice(2)")),
    ]
    await debugged.ask("continue", threadId=stopped["threadId"])
    thread, reason, frames = await debugged.stopped()
    assert (reason, frames) == ("exception", [("<module>", debugged.line("module", "1 / 0"))])
    info = await debugged.ask("exceptionInfo", threadId=thread)
    assert info["exceptionId"] == "ZeroDivisionError"
    assert "ipykernel_" not in str(info)
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.ERROR
    paths = [one["path"] for one in (await debugged.ask("loadedSources"))["sources"]]
    assert {str(debugged.script), str(module)} <= set(paths)
    assert not [path for path in paths if re.search(r"ipykernel_\d", path)]


async def test_lines_without_code(debugged: Debugged) -> None:
    debugged.cells = {"notes": "x = 1\n# the end"}
    await debugged.send_text()
    marker, comment, beyond = await debugged.break_at(1, 3, 99)
    assert (marker["line"], marker["verified"]) == (2, True)
    for one, line, reason in ((comment, 3, "No code runs"), (beyond, 99, "No cell")):
        assert (one["line"], one["verified"]) == (line, False)
        assert one["message"].startswith(reason)


async def test_an_expression_that_takes_long_blocks_nothing(debugged: Debugged) -> None:
    await debugged.break_at(debugged.line("call", "x = 1"))
    (run,) = await debugged.start("call")
    thread, _, _ = await debugged.stopped()
    asked = asyncio.ensure_future(
        debugged.ask("evaluate", expression="print('it runs'), time.sleep(600)", context="repl")
    )
    await debugged.client.watcher.until(lambda: "it runs" in debugged.client.text(run))
    assert (await debugged.ask("threads"))["threads"]
    await debugged.ask("cancel")
    with pytest.raises(SessionError, match="was cancelled"):
        await asked
    assert (await debugged.ask("evaluate", expression="1 + 1", context="hover"))["result"] == "2"
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK


async def test_malformed_requests_are_refused_and_the_code_stays_stopped(
    debugged: Debugged,
) -> None:
    await debugged.break_at(debugged.line("call", "x = 1"))
    (run,) = await debugged.start("call")
    thread, _, _ = await debugged.stopped()
    for command, arguments in (
        ("scopes", {"frameId": 2**70}),
        ("scopes", {"frameId": "1"}),
        ("stackTrace", {"threadId": [thread]}),
        ("variables", {}),
        ("evaluate", {"expression": ["x"]}),
        ("setBreakpoints", {"source": str(debugged.script)}),
        ("setFunctionBreakpoints", {"breakpoints": [None]}),
        ("unknown", {}),
    ):
        with pytest.raises(SessionError, match=r"debug client|does not know"):
            await debugged.ask(command, **arguments)
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK
    assert debugged.client.text(run) == ""


async def test_an_interrupt_ends_a_cell_that_has_stopped(debugged: Debugged) -> None:
    await debugged.break_at(debugged.line("call", "x = 1"), debugged.line("call", "z = y"))
    (run,) = await debugged.start("call")
    await debugged.stopped()
    await debugged.client.session.interrupt()
    assert await debugged.end_of(run) is RunState.ERROR
    assert debugged.client.session.kernel.debugger.stopped is None
    (run,) = await debugged.start("call")
    await debugged.stopped()
    await debugged.ask("disconnect")
    assert await debugged.end_of(run) is RunState.OK
    await debugged.attach()


async def test_a_cell_that_reads_a_line_while_it_is_debugged(debugged: Debugged) -> None:
    debugged.cells["input"] = "name = input('Name: ')\nlength = len(name)"
    await debugged.break_at(debugged.line("input", "length = len(name)"))
    (run,) = await debugged.start("input")
    session, watcher = debugged.client.session, debugged.client.watcher
    await watcher.until(lambda: session.runs[run].waiting is not None)
    await session.answer_input(run, "Ada")
    thread, _, _ = await debugged.stopped()
    assert (await debugged.values())["name"] == "'Ada'"
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK


async def test_the_time_at_a_stop_does_not_count_for_the_limit(debugged: Debugged) -> None:
    await debugged.break_at(debugged.line("call", "x = 1"))
    await debugged.client.session.limit(Limits(time=1.0))
    (run,) = await debugged.start("call")
    thread, _, _ = await debugged.stopped()
    await debugged.ask("evaluate", expression="time.sleep(1.6)", context="repl")
    await debugged.ask("continue", threadId=thread)
    assert await debugged.end_of(run) is RunState.OK
    await debugged.client.session.limit(None)


async def test_a_client_that_dies_lets_the_code_continue(session: Client, script: Path) -> None:
    async with client_of(script, "Dying") as dying:
        one = Debugged(dying, script, call="x = 1\ny = x\nz = y")
        await one.attach()
        await one.break_at(one.line("call", "x = 1"))
        (run,) = await one.start("call")
        await one.stopped()
    # Another client can take over at once, and the code continues.
    successor = Debugged(session, script, **one.cells)
    await successor.attach()
    assert await successor.end_of(run) is RunState.OK
    await successor.break_at(successor.line("call", "x = 1"))
    (run,) = await successor.start("call")
    await successor.stopped()
    await successor.ask("disconnect")
    assert await successor.end_of(run) is RunState.OK
    assert session.session.kernel.debugger == NOT_DEBUGGED


async def test_a_new_kernel_is_debugged_from_its_first_run(debugged: Debugged) -> None:
    await debugged.break_at(debugged.line("function", "def f(k):"))
    (run,) = await debugged.start("function")
    await debugged.stopped()
    session = debugged.client.session
    await session.restart(kernel=None, language="python")
    assert session.runs[run].state in {RunState.ERROR, RunState.LOST}
    assert session.kernel.debugger.client == "Editor"
    assert session.kernel.debugger.stopped is None
    (run,) = await debugged.start("function")
    assert (await debugged.stopped())[2] == [("<module>", debugged.line("function", "def f(k):"))]
    kill(kernel_of(debugged.script))
    await debugged.until("terminated")
    assert await debugged.end_of(run) is RunState.LOST
    assert session.kernel.debugger == NOT_DEBUGGED
    with pytest.raises(SessionError, match="No kernel runs"):
        await debugged.ask("attach")
    await debugged.start("function")
    await debugged.attach()
