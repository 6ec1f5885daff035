"""Faults and bad input while debugging: each is answered, nothing hangs, and outputs are kept."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.base_protocol.frame_writer import frame
from cellbridge.core.runs.runs import KernelState, RunState
from support.dap_client import DapClient, RefusedError, dap_client
from support.patience import PATIENCE
from support.sessions import Client, client_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """# %% one
print("begun")
number = 1
for _ in range(3):
    number += 1
print("number", number)
"""
BEGUN, LOOP, END = 2, 5, 6


def write(script: Path, text: str = SCRIPT) -> None:
    script.write_text(text)


def rename(path: Path, to: Path) -> None:
    path.rename(to)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(script: Path) -> AsyncIterator[Client]:
    """Another client of the session, for the user's other actions."""
    write(script)
    async with client_of(script) as client:
        yield client


def is_running(session: Client) -> bool:
    return any(not run.state.final for run in session.session.runs.values())


async def ended(session: Client, leave: Callable[[], object]) -> RunState:
    """Let the client of the running cell go; return the state in which the run ends."""
    await session.watcher.until(lambda: is_running(session))
    run = next(run for run in session.session.runs.values() if not run.state.final)
    leave()
    async with asyncio.timeout(PATIENCE):
        await session.session.wait_for_run(run.id)
    return session.session.runs[run.id].state


async def stopped_at(client: DapClient, script: Path, line: int = LOOP) -> tuple[int, int]:
    """Launch the script with a breakpoint; return the thread and the frame at which it stops."""
    await client.begin("launch", script, lines=[line])
    thread, frames = await client.stopped("breakpoint")
    assert frames[0]["line"] == line
    return thread, frames[0]["id"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_the_code_goes_on_when_the_client_is_killed(
    session: Client, script: Path, number: signal.Signals
) -> None:
    write(script)
    async with dap_client() as client:
        await stopped_at(client, script)
        kill = functools.partial(os.kill, client.process.pid, number)
        assert await ended(session, kill) is RunState.OK


async def test_a_stopped_cell_can_be_interrupted(session: Client, script: Path) -> None:
    write(script)
    async with dap_client() as client:
        await stopped_at(client, script)
        await session.session.interrupt()
        assert (await client.event("exited"))["exitCode"] == 1
        assert client.printed("stdout") == "begun\n"
        assert "KeyboardInterrupt" in client.printed("stderr")
        await client.event("terminated")
        await client.disconnect()


async def test_breakpoints_in_odd_places_are_answered(session: Client, script: Path) -> None:
    write(script, SCRIPT + "# %% [markdown]\n# Text\n")
    gone = script.with_name("gone.py")
    odd = [1, 0, 8, 10**9, {"line": LOOP, "column": 7}, {"line": LOOP, "condition": "("}]
    async with dap_client() as client:
        answers = await client.begin("attach", script, lines={script: odd, gone: [3, 1]})
        assert [len(each) for each in answers] == [6, 2]
        assert all({"verified", "line"} <= one.keys() for each in answers for one in each)
        unverified = [one for one in answers[0] if not one["verified"]]
        assert len(unverified) >= 2
        assert all(one["message"].endswith(".") for one in unverified)
        assert await client.set_breakpoints(Path("relative.py"), [1])
        await client.request("setBreakpoints", source={"name": "without a path"}, breakpoints=[])
        await client.request("setBreakpoints", source={"path": str(script)})
        await client.disconnect()


async def test_a_condition_that_fails_is_reported(session: Client, script: Path) -> None:
    write(script)
    lines = [{"line": LOOP, "condition": "1 / 0"}, {"line": END, "logMessage": "{nope} {number}"}]
    async with dap_client() as client:
        await client.begin("launch", script, lines=lines)
        await client.event("terminated")
        assert "number 4\n" in client.printed("stdout")
        assert "ZeroDivisionError" in client.printed()
        await client.disconnect()


async def test_a_condition_that_hangs_is_interrupted(session: Client, script: Path) -> None:
    write(script)
    hanging = "print('hanging', flush=True) or exec('while True: pass')"
    async with dap_client() as client:
        await client.begin("launch", script, lines=[{"line": LOOP, "condition": hanging}])
        await client.event("output", lambda body: "hanging" in body["output"])
        await client.request("threads")
        await client.set_breakpoints(script, [])
        await client.request("terminate")
        await client.event("terminated")
        await client.disconnect()


async def test_a_slow_expression_blocks_nothing(session: Client, script: Path) -> None:
    write(script)
    async with dap_client() as client:
        thread, frame_id = await stopped_at(client, script)
        slow = "__import__('time').sleep(6) or 'slept'"
        pending = client.post("evaluate", expression=slow, frameId=frame_id, context="repl")
        await client.set_breakpoints(script, [])
        assert [one["id"] for one in (await client.request("threads"))["threads"]] == [thread]
        await client.request("cancel", requestId=pending.seq)  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE):
            answer = await pending
        assert answer["success"] is False
        assert answer["message"] == "cancelled"
        with contextlib.suppress(RefusedError):  # The expression is still evaluated.
            await client.request("continue", threadId=thread)
        await client.event("terminated")
        assert "number 4\n" in client.printed("stdout")
        await client.disconnect()


async def test_large_values_are_read_in_pages(session: Client, script: Path) -> None:
    text = """# %%
import numpy, pandas
frame = pandas.DataFrame({"a": numpy.arange(10_000_000), "b": 0.5})
many = list(range(1_000_000))
class Loud:
    def __repr__(self):
        raise RuntimeError("never")
loud = Loud()
pass
"""
    write(script, text)
    async with dap_client() as client:
        thread, frame_id = await stopped_at(client, script, 9)
        values = await client.variables(frame_id)
        assert values["frame"]["type"] == "DataFrame"
        assert all(len(one["value"]) < 100_000 for one in values.values())
        assert "never" in values["loud"]["value"] or "Loud" in values["loud"]["value"]
        many = values["many"]
        assert many["indexedVariables"] == 1_000_000
        page = await client.request(
            "variables",
            variablesReference=many["variablesReference"],
            filter="indexed",
            start=999_000,
            count=1200,
        )
        shown = [(one["name"], one["value"]) for one in page["variables"]]
        assert shown == [(str(n), str(n)) for n in range(999_000, 1_000_000)]
        await client.request("variables", variablesReference=values["frame"]["variablesReference"])
        await client.request("continue", threadId=thread)
        await client.event("terminated")
        await client.disconnect()


async def test_malformed_requests_are_answered_while_stopped(session: Client, script: Path) -> None:
    write(script)
    async with dap_client() as client:
        thread, _ = await stopped_at(client, script)
        commands = ["stackTrace", "scopes", "variables", "evaluate", "setVariable", "completions"]
        more = ["source", "next", "goto", "gotoTargets", "exceptionInfo", "setBreakpoints"]
        for number, command in enumerate([*commands, *more], 5001):
            text = f'{{"seq": {number}, "type": "request", "command": "{command}"'
            client.write(frame(f'{text}, "arguments": {{}}}}'.encode()))
            wrong = '{"threadId": "x", "frameId": [], "variablesReference": {}, "line": "a"}'
            client.write(frame(f'{text[:8]}9{text[8:]}, "arguments": {wrong}}}'.encode()))
        async with asyncio.timeout(PATIENCE):
            while len([one for one in client.log if one.get("request_seq", 0) > 5000]) < 24:
                client._changed.clear()
                await client._changed.wait()
        await client.set_breakpoints(script, [])
        await client.request("continue", threadId=thread)
        await client.event("terminated")
        await client.disconnect()


async def test_a_script_that_is_renamed_or_edited_meanwhile(session: Client, script: Path) -> None:
    write(script)
    moved = script.with_name("moved.py")
    async with dap_client() as client:
        await client.begin("attach", script, lines=[LOOP])
        rename(script, moved)
        (known,) = await client.set_breakpoints(script, [LOOP])
        assert known["line"] == LOOP
        (elsewhere,) = await client.set_breakpoints(moved, [LOOP])
        assert "line" in elsewhere
        assert client.printed("important").count("does not exist") == 1
        write(script, "# %% new\n\n\n" + SCRIPT)
        (known,) = await client.set_breakpoints(script, [LOOP + 3])
        assert (known["verified"], known["line"]) == (True, LOOP + 3)
        await client.disconnect()
    moved.unlink()


async def test_a_restart_keeps_the_debugger(session: Client, script: Path) -> None:
    write(script)
    async with dap_client() as client:
        await client.begin("attach", script, lines=[END])
        async with dap_client() as runner:
            await runner.begin("launch", script, noDebug=True)
            await client.stopped("breakpoint")
            await session.session.restart(kernel=None, language="python")
            assert (await runner.event("exited"))["exitCode"] == 1
            await runner.disconnect()
        async with dap_client() as runner:
            await runner.begin("launch", script, noDebug=True)
            thread, _ = await client.stopped("breakpoint")
            await client.request("continue", threadId=thread)
            assert (await runner.event("exited"))["exitCode"] == 0
            await runner.disconnect()
        await client.disconnect()


async def test_a_kernel_that_dies_or_is_stopped_ends_debugging(
    session: Client, script: Path
) -> None:
    write(script)
    async with dap_client() as client:
        _, frame_id = await stopped_at(client, script)
        await client.event("output", lambda body: "begun" in body["output"])
        pid = int(await client.evaluate("__import__('os').getpid()", frame_id))
        os.kill(pid, signal.SIGKILL)
        assert (await client.event("exited"))["exitCode"] == 1
        await client.event("terminated")
        assert client.printed("stdout") == "begun\n"
        await client.refused("stackTrace", threadId=1)
        await client.disconnect()
    await session.watcher.until(lambda: session.session.kernel.state is KernelState.DEAD)
    async with dap_client() as client:
        await stopped_at(client, script)
        await session.session.shutdown()
        await client.event("terminated")
        await client.disconnect()
