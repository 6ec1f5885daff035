"""The user's consent: without it an agent reaches nothing, and each way to give it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.kernel.process.kernel_records import find_adoptable
from cellbridge.session import locations
from support.agent import Agent, agent
from support.command import cellbridge
from support.editor import fresh_uri, start_editor
from support.page import Page
from support.sessions import stop

CALLS = {
    "overview": {},
    "read_cells": {"ids": ["a"]},
    "run_cells": {"ids": ["a"], "hashes": ["b"]},
    "execute": {"code": "1"},
    "variables": {},
    "table": {"name": "x"},
    "inspect": {"name": "x"},
    "complete": {"code": "x."},
    "errors": {},
    "read_output": {"run": "a", "page": 1},
    "wait": {},
    "interrupt": {},
    "answer_input": {"run": "a", "text": "x"},
    "restart": {},
}


async def check_works(mine: Agent) -> None:
    """Check that the agent may use the session; this starts no kernel."""
    assert len((await mine.call("overview")).cells) == 1


async def check_refused(mine: Agent) -> None:
    """Check that the agent may not use the session."""
    assert "agents" in await mine.refused("overview")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script."""
    path = tmp_path / "script.py"
    path.write_text("# %%\n1\n")
    return path


async def test_nothing_works_without_consent(script: Path) -> None:
    async with agent(script.parent, "--allow", "elsewhere", asks=False) as mine:
        for tool, arguments in CALLS.items():
            refusal = await mine.refused(tool, **arguments)
            assert "cellbridge agents allow" in refusal, tool
            assert "--allow" in refusal
    place = locations.of_script(script)
    assert find_adoptable(place.records, place.kernel) is None, "a kernel was started"
    await stop(script)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_client_asks_its_user(script: Path, mode: str) -> None:
    async with agent(script.parent, mode=mode) as mine:
        mine.consent = "decline"
        await check_refused(mine)
        assert len(mine.questions) == 1
        assert str(script) in mine.questions[0]
        await check_refused(mine)
        assert len(mine.questions) == 1, "a refusal holds"
    async with agent(script.parent, mode=mode) as mine:
        await check_works(mine)
        await check_works(mine)
        assert len(mine.questions) == 1
    async with agent(script.parent, mode=mode, asks=False) as mine:
        await check_refused(mine)  # The answer was for that agent alone.
    await stop(script)


async def test_consent_by_a_command(script: Path) -> None:
    async with agent(script.parent, asks=False) as mine:
        await check_refused(mine)
        allowed = cellbridge("agents", "allow", script)
        assert allowed.code == 0, allowed.err
        await check_works(mine)
        assert str(script) in cellbridge("agents", "list").out
        assert mine.name in cellbridge("agents", "list").out
        forbidden = cellbridge("agents", "forbid", script)
        assert forbidden.code == 0, forbidden.err
        await check_refused(mine)
        assert str(script) not in cellbridge("agents", "list").out
    await stop(script)


async def test_consent_in_an_editor(tmp_path: Path) -> None:
    shown = await start_editor()
    page = Page(shown, shown.open(fresh_uri(tmp_path), "# %%\n1\n"))
    script = page.folder / page.uri.rpartition("/")[2]
    script.write_text("# %%\n1\n")
    await page.run("runAll")
    shown.choice = "Allow for This Session"
    async with agent(page.folder, script=script, asks=False) as mine:
        await check_works(mine)
        assert [question.message for question in shown.questions] == [
            f"{mine.name} wants to read and run {script.name} in its session."
        ]
        await page.run("forbidAgents")
        await check_refused(mine)
        await page.run("allowAgents")
        await check_works(mine)
    async with agent(page.folder, script=script, asks=False, name="Other") as mine:
        await check_works(mine)  # The answer was for all agents in the session.
        assert len(shown.questions) == 1
    await page.run("shutdown")
    await shown.shutdown_session()


async def test_consent_in_an_editor_that_has_run_nothing_yet(tmp_path: Path) -> None:
    """No session runs, so the agent starts one, which the editor joins."""
    shown = await start_editor()
    page = Page(shown, shown.open(fresh_uri(tmp_path), "# %%\n1\n"))
    script = page.folder / page.uri.rpartition("/")[2]
    script.write_text("# %%\n1\n")
    await shown.cells(page.uri)  # The document is open.
    shown.choice = "Allow for This Session"
    async with agent(page.folder, script=script, asks=False) as mine:
        await check_works(mine)
        assert len(shown.questions) == 1
    await page.run("shutdown")
    await shown.shutdown_session()
