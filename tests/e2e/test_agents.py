"""Agents in the session of an open script: the user's permission, and the author of each run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.runs.agents import Scratch
from cellbridge.lsp import protocol as p
from cellbridge.lsp.documents.document_uri import Address, written
from cellbridge.session import agent_log, agent_permission
from cellbridge.session.agent_log import AgentCall
from cellbridge.session.locations import of_script
from cellbridge.workspace.workspace import path_of
from support.editor import fresh_uri
from support.page import Page
from support.session_agent import agent_in, asking

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% waits
import time
from pathlib import Path
while not Path('gate').exists():
    time.sleep(0.01)
# %% counts
1 + 1
# %% prints
print('user')
"""


class Scene:
    """One script in an editor, and what its server has sent about agents."""

    def __init__(self, page: Page) -> None:
        self.page = page
        script = path_of(page.uri)
        assert script is not None
        self.script = script

    @property
    def agents(self) -> p.Agents:
        """The last known state of the agents."""
        news = [one.agents for one in self.page.editor.agent_news if one.uri == self.page.uri]
        return news[-1] if news else p.Agents()

    async def until(self, holds: Callable[[p.Agents], bool], what: str) -> None:
        """Wait until the agents are in some state."""
        await self.page.editor.until(lambda: holds(self.agents), what)

    async def actions(self, line: int) -> dict[str, Any]:
        """Return the code actions about agents, with their commands."""
        found = await self.page.editor.actions(self.page.uri, line)
        about = {action.title: action.command for action in found if action.command is not None}
        return {title: each for title, each in about.items() if "gent" in each.command}

    async def execute(self, command: Any) -> None:
        """Execute the command of a code action."""
        name, (argument,) = command.command, command.arguments
        await self.page.editor.command(name.removeprefix("cellbridge."), **argument)

    async def states(self, wanted: list[str]) -> list[p.Cell]:
        """Wait until the runs of the cells have these states; return the cells."""
        found = await self.page.editor.eventually(
            lambda: self.page.editor.cells(self.page.uri),
            lambda answer: [str(one.run and one.run.state) for one in answer.cells] == wanted,
            str(wanted),
        )
        return found.cells


@pytest.fixture
def scene(drawn_page: Page) -> Scene:
    return Scene(drawn_page)


async def test_the_user_refuses_or_allows_agents_by_code_actions(scene: Scene) -> None:
    await scene.page.write(SCRIPT)
    assert list(await scene.actions(0)) == [
        "Allow agents in this session",
        "Always allow agents for this script",
    ]
    assert not await scene.actions(5)
    await scene.execute((await scene.actions(0))["Allow agents in this session"])
    await scene.until(lambda agents: agents.allowed, "the permission")
    assert list(await scene.actions(0)) == ["Forbid agents", "Show agent log"]
    await scene.execute((await scene.actions(0))["Forbid agents"])
    await scene.until(lambda agents: not agents.allowed, "the end of the permission")
    async with asking(scene.script) as answer:
        assert await answer is False
    assert not scene.page.editor.questions, "the user has refused all agents"


async def test_runs_of_an_agent_have_its_name_and_end_in_one_step(scene: Scene) -> None:
    page, editor = scene.page, scene.page.editor
    await page.write(SCRIPT)
    await page.run("allowAgents")
    async with agent_in(scene.script, SCRIPT) as notebook, asyncio.TaskGroup() as tasks:
        assert notebook.ids == tuple(cell.id for cell in (await editor.cells(page.uri)).cells)
        tasks.create_task(notebook.run([0, 1]))
        await scene.states(["running", "queued", "None"])
        mine = tasks.create_task(page.run_at(7))
        await scene.states(["running", "queued", "queued"])
        await scene.until(lambda agents: agents.waiting == 1, "the waiting run")
        assert scene.agents == p.Agents(
            allowed=True, connected=["Claude Code"], running="Claude Code", waiting=1
        )
        assert (await page.lenses(5))[-2:] == ["queued · Claude Code", "Cancel agent"]
        assert "… queued (Claude Code)" in [text for _, text in await page.hints()]
        assert list(await scene.actions(5)) == ["Cancel runs of Claude Code"]
        await scene.execute((await scene.actions(5))["Cancel runs of Claude Code"])
        assert (await mine)["state"] == "ok"
    ended = await scene.states(["error", "cancelled", "ok"])
    authors = [one.run and (one.run.agent, one.run.client) for one in ended]
    assert authors == [(True, "Claude Code")] * 2 + [(False, "visual-studio-code")]
    (said,) = [title for title in await page.lenses(0) if title.startswith("✗")]
    assert re.fullmatch(r"✗ interrupted · .* · Claude Code", said)
    assert " · Claude Code" in await page.hover(0)
    assert "Claude" not in await page.hover(7)


async def test_code_outside_the_script_is_shown_while_it_runs(scene: Scene) -> None:
    page, editor = scene.page, scene.page.editor
    await page.write(SCRIPT)
    await page.run("allowAgents")
    async with agent_in(scene.script, SCRIPT) as notebook:
        run = await notebook.start_code("import time\nwhile True: time.sleep(0.01)", Scratch.LIVE)
        await scene.until(lambda agents: agents.running != "", "the run")
        assert (scene.agents.running, scene.agents.outside) == ("Claude Code", True)
        await editor.until(
            lambda: any(
                "code outside the script · Claude Code" in str(report)
                for reports in editor.progress_reports.values()
                for report in reports
            ),
            "the progress",
        )
        assert [cell.run for cell in (await editor.cells(page.uri)).cells] == [None] * 3
        await page.run("cancelAgentRuns")
        (ended,) = await notebook.finish([run])
        assert ended.run.interrupted
        await scene.until(lambda agents: agents.running == "", "the end")
    with pytest.raises(JsonRpcException, match=r"No agent runs code of .*; nothing was cancelled"):
        await page.run("cancelAgentRuns")


async def test_an_agent_is_disconnected_and_its_calls_stay_in_the_log(scene: Scene) -> None:
    page = scene.page
    await page.write(SCRIPT)
    await page.run("allowAgents")
    for tool in ("overview", "execute"):
        call = AgentCall(time=1e9, agent="\x1b[31mClaude", tool=tool)
        agent_log.append(of_script(scene.script), call)
    async with agent_in(scene.script, SCRIPT):
        await scene.until(lambda agents: agents.connected == ["Claude Code"], "the agent")
        await page.run("forbidAgents")
        await scene.until(lambda agents: agents == p.Agents(), "the end")
    uri = (await page.run("showAgentLog"))["uri"]
    shown = path_of(uri)
    assert shown is not None
    text = await asyncio.to_thread(shown.read_text)
    assert re.findall(r"Claude · (\w+)", text) == ["execute", "overview"]
    asked = lsp.TextDocumentContentParams(written(Address("agents", page.uri), "agents.txt"))
    content = await page.editor.workspace_text_document_content_async(asked)
    assert content.text == text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("choice", "answer", "remembered"),
    [
        ("Allow for This Session", True, False),
        ("Always Allow for This Script", True, True),
        ("Refuse", False, False),
    ],
)
async def test_the_user_is_asked_once(
    scene: Scene, choice: str, answer: bool, remembered: bool
) -> None:
    editor = scene.page.editor
    other = Scene(Page(editor, editor.open(fresh_uri(scene.page.folder), SCRIPT)))
    editor.questions.clear()
    editor.choice = choice
    await other.page.run("setLimits")  # Starts the session, and no kernel.
    async with asking(other.script) as asked:
        assert await asked is answer
    (question,) = editor.questions
    wish = f"Claude Code wants to read and run {other.script.name} in its session."
    assert question.message == wish
    await other.until(lambda agents: agents.allowed is answer, "the permission")
    assert agent_permission.read(of_script(other.script)) is remembered
    await other.page.run("shutdown")
    editor.choice = ""


async def test_an_editor_without_choices_names_the_code_action(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = scene.page.editor
    other = Scene(Page(editor, editor.open(fresh_uri(scene.page.folder), SCRIPT)))
    features = editor.protocol.fm.features
    monkeypatch.delitem(features, lsp.WINDOW_SHOW_MESSAGE_REQUEST)
    monkeypatch.setattr(editor, "_report_server_error", lambda *_: None)  # It would end the test.
    await other.page.run("setLimits")  # Starts the session, and no kernel.
    async with asking(other.script) as asked:
        await editor.until(lambda: "use the code action" in editor.messages[-1].message, "the hint")
        found = await other.actions(8)
        assert list(found) == [
            "Allow agents in this session",
            "Always allow agents for this script",
            "Refuse Claude Code",
        ]
        await other.execute(found["Always allow agents for this script"])
        assert await asked is True
    assert agent_permission.read(of_script(other.script))
    await other.page.run("shutdown")
    await other.page.run("forbidAgents")  # Without a session, for the script.
    assert not agent_permission.read(of_script(other.script))


async def test_a_session_that_an_agent_starts_is_shown(scene: Scene) -> None:
    editor = scene.page.editor
    other = Scene(Page(editor, editor.open(fresh_uri(scene.page.folder), SCRIPT)))
    async with agent_in(other.script, SCRIPT, allowed=True) as notebook:
        await other.until(lambda agents: agents.connected == ["Claude Code"], "the agent")
        cells = (await editor.cells(other.page.uri)).cells
        assert [cell.id for cell in cells] == [*notebook.ids]
    await other.until(lambda agents: not agents.connected, "the end of the agent")
    await other.page.run("shutdown")
