"""Every request of the adapter with a real kernel: the answers, and the effect on the code.

One session serves all tests. `DapClient` checks the form of every message against the protocol's
schema, and the order of messages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.dap_client import DapClient, RefusedError, dap_client

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """# %% helpers
import helper
def double(n):
    # A comment, to which no code belongs.
    result = n * 2
    return result
def outer(n):
    inner = double(n)
    return inner + 1
# %% main
total = 0
for number in range(5):
    total = outer(number)
print("total", total)
values = list(range(1000))
# %% failing
def fail(key):
    return {}[key]
try:
    fail("caught")
except KeyError:
    pass
fail("missing")
# %% imported
answer = helper.twice(21)
print(answer)
"""
HELPER = """def twice(x):
    y = x * 2
    return y
"""
HELPERS, MAIN, FAILING, IMPORTED = range(4)


def write(script: Path) -> Path:
    """Write the script and the module that it imports; return the path of the module."""
    script.write_text(SCRIPT)
    helper = script.with_name("helper.py")
    helper.write_text(HELPER)
    return helper


async def begin(client: DapClient, script: Path, cells: list[int], **more: Any) -> list[Any]:
    """Launch some cells; return the answers about breakpoints."""
    return await client.begin("launch", script, cells=cells, **more)


async def go_on(client: DapClient, thread: int) -> None:
    """Continue to the end of the launched cells."""
    await client.request("continue", threadId=thread)
    await client.event("terminated")
    await client.disconnect()


def places(frames: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return name and line of each frame."""
    return [(one["name"].partition("(")[0], one["line"]) for one in frames]


async def test_a_breakpoint_stops_and_steps_go_on(script: Path) -> None:
    write(script)
    async with dap_client() as client:
        ((first, moved, past),) = await begin(client, script, [HELPERS, MAIN], lines=[8, 4, 99])
        assert (first["verified"], first["line"]) == (True, 8)
        assert (moved["verified"], moved["line"]) == (True, 5)
        assert (past["verified"], bool(past["message"])) == (False, True)
        thread, frames = await client.stopped("breakpoint")
        assert places(frames) == [("outer", 8), ("<module>", 13)]
        assert {one["source"]["path"] for one in frames} == {str(script)}
        threads = (await client.request("threads"))["threads"]
        assert [one["id"] for one in threads] == [thread]
        await client.request("continue", threadId=thread)
        thread, frames = await client.stopped("breakpoint")
        assert places(frames)[0] == ("double", 5)
        assert (await client.variables(frames[0]["id"]))["n"]["value"] == "0"
        await client.request("next", threadId=thread)
        _, frames = await client.stopped("step")
        assert places(frames)[0] == ("double", 6)
        source = {"path": str(script)}
        targets = (await client.request("gotoTargets", source=source, line=5))["targets"]
        await client.request("goto", threadId=thread, targetId=targets[0]["id"])
        _, frames = await client.stopped("goto")
        assert places(frames)[0] == ("double", 5)
        await client.request("stepOut", threadId=thread)
        _, frames = await client.stopped("step")
        assert places(frames)[0][0] == "outer"
        assert await client.set_breakpoints(script, []) == []
        await client.request("stepOut", threadId=thread)
        _, frames = await client.stopped("step")
        assert places(frames) in ([("<module>", 13)], [("<module>", 12)])
        frame = frames[0]["id"]
        targets = (await client.request("stepInTargets", frameId=frame))["targets"]
        assert all(one["label"] for one in targets)
        await client.request("stepIn", threadId=thread)
        await client.stopped("step")
        await go_on(client, thread)
        assert client.printed("stdout") == "total 9\n"
        assert client.events("exited") == [{"exitCode": 0}]


async def test_values_are_read_changed_and_completed(script: Path) -> None:
    write(script)
    async with dap_client() as client:
        await begin(client, script, [HELPERS, MAIN], lines=[14], stopOnEntry=True)
        thread, frames = await client.stopped("entry")
        assert places(frames) == [("<module>", 2)]
        (named,) = await client.set_function_breakpoints("double")
        assert named["verified"]
        await client.request("continue", threadId=thread)
        _, frames = await client.stopped("function breakpoint")
        assert places(frames)[0][0] == "double"
        assert await client.set_function_breakpoints() == []
        await client.request("continue", threadId=thread)
        thread, frames = await client.stopped("breakpoint")
        frame = frames[0]["id"]
        assert await client.evaluate("number + 1", frame, "hover") == "5"
        assert await client.evaluate("total = 70", frame, "repl") == ""
        assert await client.evaluate("total", frame, "watch") == "70"
        scopes = (await client.request("scopes", frameId=frame))["scopes"]
        body = await client.request(
            "setVariable",
            variablesReference=scopes[0]["variablesReference"],
            name="total",
            value="71",
        )
        assert body["value"] == "71"
        body = await client.request("setExpression", expression="total", value="72", frameId=frame)
        assert body["value"] == "72"
        body = await client.request("completions", text="helper.tw", column=10, frameId=frame)
        assert [one["label"] for one in body["targets"]] == ["twice"]
        wrong = {"expression": "nope", "frameId": frame, "context": "repl"}
        assert "NameError" in await client.refused("evaluate", **wrong)
        await go_on(client, thread)
        assert client.printed("stdout") == "total 72\n"


async def test_conditions_hits_and_log_points(script: Path) -> None:
    write(script)
    lines = [
        {"line": 8, "condition": "n == 3"},
        {"line": 9, "hitCondition": ">= 5"},
        {"line": 5, "logMessage": "n is {n}"},
    ]
    async with dap_client() as client:
        await begin(client, script, [HELPERS, MAIN], lines=lines)
        thread, frames = await client.stopped("breakpoint")
        assert await client.evaluate("n", frames[0]["id"]) == "3"
        await client.request("continue", threadId=thread)
        thread, frames = await client.stopped("breakpoint")
        assert await client.evaluate("n", frames[0]["id"]) == "4"
        await go_on(client, thread)
        logged = [one["output"].strip() for one in client.events("output")]
        assert [text for text in logged if text.startswith("n is")] == [
            f"n is {n}" for n in range(5)
        ]


async def test_exceptions_stop_with_their_details(script: Path) -> None:
    write(script)
    async with dap_client() as client:
        await begin(client, script, [FAILING], filters=["userUnhandled"])
        thread, frames = await client.stopped("exception")
        assert places(frames)[0] == ("fail", 18)
        info = await client.request("exceptionInfo", threadId=thread)
        assert "KeyError" in info["exceptionId"]
        assert "missing" in info["description"]
        await client.request("setExceptionBreakpoints", filters=["raised"])
        await go_on(client, thread)
        assert client.events("exited") == [{"exitCode": 1}]
    async with dap_client() as client:
        await begin(client, script, [FAILING], filters=["raised"])
        thread, _ = await client.stopped("exception")
        info = await client.request("exceptionInfo", threadId=thread)
        assert "caught" in info["description"]
        await client.request("setExceptionBreakpoints", filters=[])
        await go_on(client, thread)


async def test_modules_functions_and_sources(script: Path) -> None:
    helper = write(script)
    async with dap_client() as client:
        await client.initialize()
        answers = await begin(
            client, script, [HELPERS, IMPORTED], lines={helper: [2], script: [25]}
        )
        assert [[one["verified"] for one in each] for each in answers] == [[True], [True]]
        thread, frames = await client.stopped("breakpoint")
        assert places(frames) == [("<module>", 25)]
        located = await client.request(
            "breakpointLocations", source={"path": str(script)}, line=4, endLine=6
        )
        assert [one["line"] for one in located["breakpoints"]] == [5, 6]
        await client.request("continue", threadId=thread)
        thread, frames = await client.stopped("breakpoint")
        assert places(frames) == [("twice", 2), ("<module>", 25)]
        modules = (await client.request("modules"))["modules"]
        assert "helper" in {one["name"] for one in modules}
        sources = (await client.request("loadedSources"))["sources"]
        assert str(helper) in {one.get("path") for one in sources}
        await client.set_breakpoints(helper, [])
        await client.request(
            "evaluate", expression="x = 4", context="repl", frameId=frames[0]["id"]
        )
        await go_on(client, thread)
        assert client.printed("stdout") == "8\n"


async def test_an_attached_client_debugs_runs_of_others(script: Path) -> None:
    write(script)
    async with dap_client() as client, dap_client() as runner, dap_client() as late:
        await client.begin("attach", script, lines=[12], subProcess=True)
        await client.event("output", lambda body: "without the debugger" in body["output"])
        await runner.begin("launch", script, cells=[MAIN], noDebug=True)
        _, frames = await client.stopped("breakpoint")
        assert places(frames) == [("<module>", 12)]
        with pytest.raises(RefusedError, match="Test editor debugs this notebook already"):
            await late.begin("attach", script)
        assert await client.request("terminate") == {}
        await client.event("terminated")
        assert (await runner.event("exited"))["exitCode"] == 1
        await client.disconnect()
        # The session is free for the next client, whose breakpoints hold again.
        await late.begin("attach", script, lines=[14])
        assert "has not stopped" in await late.refused("exceptionInfo", threadId=1)
        assert "has not stopped" in await late.refused("next", threadId=1)
        await runner.disconnect()
        async with dap_client() as again:
            await again.begin("launch", script, cells=[MAIN], noDebug=True)
            await late.stopped("breakpoint")
            await late.disconnect()  # The code continues.
            assert (await again.event("exited"))["exitCode"] == 0
            await again.disconnect()
