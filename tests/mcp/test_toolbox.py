"""Calls of tools without a kernel: texts, hashes, cursors, permission and the user's log.

The tools with a kernel, over the official client, are in test_server.py.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cellbridge.core.document.text import Change
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.core.runs.runs import RunState
from cellbridge.mcp.bounds import ANSWER_BYTES
from cellbridge.mcp.toolbox import Result, Toolbox
from cellbridge.session import agent_log, agent_permission
from cellbridge.session.agent_log import Outcome
from cellbridge.session.client import SessionClient, TextMessage
from cellbridge.session.locations import of_script, record_script
from cellbridge.workspace.open_script import SilentListener, open_script
from cellbridge.workspace.script_file import read_script
from support.sessions import client_of, stop

AGENT = "Agent"
SCRIPT = """\
# %% Load
import math
x = 3
# %% [markdown]
# # Results
# %%
y = x + 1
"""
ENTRY = re.compile(r"^([0-9a-f]{8}) ([0-9a-f]{12}) (\w+)", re.MULTILINE)


class Agent:
    """An agent with a toolbox, and with a user who answers its questions."""

    def __init__(self, toolbox: Toolbox, folder: Path) -> None:
        self.toolbox = toolbox
        self.script = folder / "script.py"
        self.answer: bool | None = None
        self.questions: list[str] = []

    async def call(self, tool: str, **arguments: Any) -> Result:
        given: Mapping[str, Any] = {"script": str(self.script), **arguments}
        return await self.toolbox.call(tool, given, AGENT, self._ask)

    async def cells(self) -> list[tuple[str, str, str]]:
        """Return id, hash and kind of each cell, as the overview shows them."""
        return ENTRY.findall((await self.call("overview")).text)

    async def _ask(self, key: str, message: str) -> bool | None:
        self.questions.append(f"{key}: {message}")
        await asyncio.sleep(0)  # Other calls continue while the user decides.
        return self.answer


@asynccontextmanager
async def opened(folder: Path, *allowed: Path, text: str = SCRIPT) -> AsyncIterator[Agent]:
    over = asyncio.Event()
    toolbox = Toolbox(allowed, restart=False)
    agent = Agent(toolbox, folder)
    agent.script.write_text(text)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(toolbox.serve(over))
            try:
                yield agent
            finally:
                over.set()
    finally:
        await stop(agent.script)


async def test_cells_are_named_by_id_and_hash(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path) as agent:
        load, text, use = await agent.cells()
        assert [load[2], text[2], use[2]] == ["code", "markdown", "code"]
        read = (await agent.call("read_cells", ids=[use[0]])).text
        assert f"cell {use[0]} · hash {use[1]}" in read
        assert "y = x + 1" in read
        assert "import math" not in read

        agent.script.write_text("# %% new\n0\n" + SCRIPT.replace("x + 1", "x + 2"))
        cells = await agent.cells()
        assert [cells[1], cells[2]] == [load, text], "unchanged cells keep their ids and hashes"
        assert cells[3][0] == use[0]
        assert cells[3][1] != use[1]

        stale = await agent.call("run_cells", ids=[use[0]], hashes=[use[1]])
        assert stale.outcome is Outcome.REFUSED
        assert cells[3][1] in stale.text, "the present hash"
        assert "-y = x + 1\n+y = x + 2" in stale.text

        unread = await agent.call("run_cells", ids=[use[0]], hashes=["0" * 12])
        assert unread.outcome is Outcome.REFUSED
        assert "y = x + 2" in unread.text
        for wrong in ({"ids": ["nowhere"]}, {"ids": [load[0]], "hashes": []}):
            result = await agent.call("run_cells", **{"hashes": ["0" * 12], **wrong})
            assert result.failed
            assert result.text.startswith(("script.py has no cell", "There are"))
        agent.script.unlink()
        gone = await agent.call("run_cells", ids=[load[0]], hashes=[load[1]])
        assert gone.failed
        assert "does not exist" in gone.text


async def test_an_overview_reports_changes_since_a_cursor(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path) as agent:
        first = (await agent.call("overview")).text
        cursor = first.rpartition("cursor: ")[2]
        assert f"Nothing has changed since {cursor}." in await _since(agent, cursor)
        load, _, use = await agent.cells()
        edited = SCRIPT.replace("x = 3", "x = 4").replace("# %% [markdown]\n# # Results\n", "")
        agent.script.write_text(edited + "# %%\nz = 1\n")
        added = (await agent.cells())[2]
        changes = await _since(agent, cursor)
        assert f"edited: {load[0]}\n" in changes
        assert f"added: {added[0]}\n" in changes
        assert "removed: " in changes
        assert use[0] not in changes.partition("Texts after")[0]
        assert "unknown or too old" in await _since(agent, "other-1")


async def _since(agent: Agent, cursor: str) -> str:
    return (await agent.call("overview", since=cursor)).text


@pytest.mark.parametrize(("count", "shown"), [(33, 33), (400, 40)])
async def test_an_overview_has_a_limit(tmp_path: Path, count: int, shown: int) -> None:
    cell = (
        "# %% A title with ünïcödé characters, which is {0} long\n"
        + "name_{0} = other_{0} + 1\n" * 9
    )
    text = "".join(cell.format(number) for number in range(count))
    async with opened(tmp_path, tmp_path, text=text) as agent:
        text = (await agent.call("overview")).text
        cells = ENTRY.findall(text)
        assert len(text.encode()) <= ANSWER_BYTES
        assert len(cells) >= shown
        assert f"name_{shown - 1}" in text
        if len(cells) < count:
            [following] = re.findall(r'from_cell="(\w+)"', text)
            rest = (await agent.call("overview", from_cell=following)).text
            assert ENTRY.findall(rest)[0][0] == following


async def test_a_script_needs_permission(tmp_path: Path) -> None:
    async with opened(tmp_path) as agent:
        refused = await agent.call("overview")
        assert refused.outcome is Outcome.REFUSED
        assert "cellbridge agents allow" in refused.text
        assert "--allow" in refused.text
        assert agent.questions == [
            f"access: {AGENT} wants to read and run {agent.script} in its session. Allow this?"
        ]
        agent.answer = False
        assert "has refused" in (await agent.call("overview")).text
        agent.answer = True
        assert (await agent.call("overview")).outcome is Outcome.REFUSED
        assert len(agent.questions) == 2, "the user is not asked again after a refusal"

        other = agent.script.with_name("other.py")
        other.write_text(SCRIPT)
        for script in (agent.script, other):
            agent_permission.write(of_script(script), allowed=True)
            record_script(of_script(script))
        listed = await agent.toolbox.call("list_sessions", {}, AGENT, agent._ask)
        assert f"{other} · no session · allows agents" in listed.text
        assert (await agent.call("overview")).outcome is Outcome.OK
        logged = agent_log.read(of_script(agent.script), 10)
        assert [call.outcome for call in logged] == [Outcome.REFUSED] * 3 + [Outcome.OK]
        assert {(call.agent, call.tool) for call in logged} == {(AGENT, "overview")}


async def test_the_user_can_allow_a_script_in_the_agents_program(tmp_path: Path) -> None:
    async with opened(tmp_path) as agent:
        agent.answer = True
        answers = await asyncio.gather(*(agent.call("overview") for _ in range(4)))
        assert {answer.outcome for answer in answers} == {Outcome.OK}
        assert len(agent.questions) == 1
        agent.answer = None
        refused = await agent.call("restart")
        assert refused.outcome is Outcome.REFUSED
        assert "--allow-restart" in refused.text
        assert agent.questions[-1].startswith("restart: ")


async def test_only_what_is_allowed_is_open(tmp_path: Path) -> None:
    for folder in ("mine", "mine-too"):
        (tmp_path / folder).mkdir()
    async with opened(tmp_path / "mine-too", tmp_path / "mine") as agent:
        (tmp_path / "mine/link.py").symlink_to(agent.script)
        agent.script = tmp_path / "mine/link.py"
        assert (await agent.call("overview")).outcome is Outcome.REFUSED


async def test_the_end_of_permission_ends_the_wait_and_not_the_run(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path) as agent, client_of(agent.script) as user:
        async with asyncio.TaskGroup() as tasks:
            sleep = agent.call("execute", code="import time; time.sleep(1000)", wait_seconds=300)
            wait = tasks.create_task(sleep)
            await user.watcher.until(
                lambda: any(run.state is RunState.RUNNING for run in user.session.runs.values())
            )
            await user.session.allow_agents(allowed=False, remember=False)
        assert wait.result().outcome is Outcome.REFUSED
        assert "Your running code continues." in wait.result().text
        again = await agent.call("wait", wait_seconds=0)
        assert again.outcome is Outcome.REFUSED
        assert "Your running code continues." not in again.text

        await user.session.allow_agents(allowed=True, remember=False)
        assert "running for" in (await agent.call("wait", wait_seconds=0)).text
        assert "interrupted" in (await agent.call("interrupt")).text
        assert "waits for input" in (await agent.call("execute", code="input('Name? ')")).text
        assert "interrupted" in (await agent.call("interrupt")).text


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("fly", {}, "There is no tool fly; the tools are overview, "),
        ("overview", {"script": 3}, "Expected `str`, got `int` - at `$.script`"),
        ("overview", {"scrpt": "a"}, "Object contains unknown field `scrpt`"),
        ("overview", {"scrpt": "a"}, "It takes script, since (optional), from_cell (optional)."),
        ("overview", {"script": ""}, "No script was named."),
        ("overview", {"script": "a\0b"}, "No script was named."),
        ("overview", {"script": "~nobody-here/a.py"}, "does not exist; check the path."),
        ("run_cells", {"ids": []}, "Expected `array` of length >= 1 - at `$.ids`"),
        ("wait", {"wait_seconds": 1e9}, "Expected `float` <= 300.0 - at `$.wait_seconds`"),
    ],
)
async def test_wrong_arguments_are_explained(
    tmp_path: Path, tool: str, arguments: dict[str, Any], said: str
) -> None:
    async with opened(tmp_path, tmp_path) as agent:
        result = await agent.call(tool, **arguments)
        assert result.outcome is Outcome.ERROR
        assert said in result.text
        assert "\n" not in result.text


async def test_the_text_of_an_open_editor_counts(tmp_path: Path) -> None:
    editor = ClientInfo("Editor", ClientKind.EDITOR)
    async with opened(tmp_path, tmp_path) as agent:
        script = read_script(agent.script)
        await agent.call("overview")  # The session's host runs from here on, without a kernel.
        async with open_script(script, SilentListener(), client=editor) as document:
            assert [cell[0] for cell in await agent.cells()] == list(document.ids)
            edited = SCRIPT.replace("x + 1", "x + 3")
            document.edit(2, [Change(None, "# %% new\n0\n" + edited)])
            answer = await agent.call("overview")
            assert [cell[0] for cell in ENTRY.findall(answer.text)] == list(document.ids)
            assert "Editor has the script open with another text than the file" in answer.text
            assert f"Since your last call: edited: {document.ids[3]}; added: {document.ids[0]}" in (
                answer.text
            )
            read = (await agent.call("read_cells", ids=[document.ids[3]])).text
            assert "y = x + 3" in read
            assert "Since your last call" not in read
        answer = await agent.call("overview")
        assert "another text than the file" not in answer.text


async def test_an_editor_gets_time_to_read_a_changed_file(tmp_path: Path) -> None:
    editor = ClientInfo("Editor", ClientKind.EDITOR)
    changed = SCRIPT.replace("x + 1", "x + 5")
    async with opened(tmp_path, tmp_path) as agent:
        script = read_script(agent.script)
        await agent.call("overview")
        async with open_script(script, SilentListener(), client=editor) as document:
            share = document.sharing.take

            def share_and_reload(client: SessionClient, message: TextMessage) -> None:
                share(client, message)
                reload = functools.partial(document.edit, 2, [Change(None, changed)])
                asyncio.get_running_loop().call_soon(reload)

            document.sharing.take = share_and_reload
            agent.script.write_text(changed)
            answer = await agent.call("overview")
            assert "y = x + 5" in answer.text
            assert "another text than the file" not in answer.text
