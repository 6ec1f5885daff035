"""``cellbridge agents``: the permission for agents, and the log of their calls."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cellbridge.core.runs.agents import ClientKind
from cellbridge.session import agent_log, agent_permission
from cellbridge.session.agent_log import AgentCall, Outcome
from cellbridge.session.locations import of_script
from support.command import CommandResult, cellbridge
from support.sessions import PATIENCE, client_of, stop


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(tmp_path / "runtime"))
    path = tmp_path / "script.py"
    path.write_text("x = 1\n")
    return path


def agents(*arguments: str | Path) -> CommandResult:
    return cellbridge("agents", *arguments)


def test_agents_are_allowed_listed_and_forbidden(script: Path) -> None:
    assert "No script allows agents" in agents().out
    assert "may now use" in agents("allow", script).out
    assert agent_permission.read(of_script(script))
    heads, row = agents("list").out.splitlines()
    assert heads.split()[:2] == ["Script", "Allowed"]
    assert row.split() == [str(script), "always", "none"]
    assert "no longer use" in agents("forbid", script).out
    assert not agent_permission.read(of_script(script))
    assert "No script allows agents" in agents("list").out


def test_a_script_that_does_not_exist_is_not_allowed(script: Path) -> None:
    done = agents("allow", script.with_name("other.py"))
    assert done.code == 2
    assert "other.py" in done.err


async def test_forbidding_disconnects_the_agents_of_a_session(script: Path) -> None:
    async with client_of(script, "Agent", kind=ClientKind.AGENT, allowed=True) as agent:
        listed = await asyncio.to_thread(agents)
        assert listed.out.splitlines()[1].split() == [str(script), "by", "--allow", "Agent"]
        sessions = await asyncio.to_thread(cellbridge, "sessions")
        assert sessions.out.rstrip().endswith("Agent (agent)")
        await asyncio.to_thread(agents, "forbid", script)
        async with asyncio.timeout(PATIENCE):
            await agent.watcher.lost.wait()
    with pytest.raises(ExceptionGroup) as refused:
        async with client_of(script, "Agent", kind=ClientKind.AGENT, allowed=True):
            pass
    assert "cellbridge agents allow" in str(refused.value.exceptions[0])
    await asyncio.to_thread(agents, "allow", script)
    async with client_of(script, "Agent", kind=ClientKind.AGENT) as agent:
        listed = await asyncio.to_thread(agents)
        assert listed.out.splitlines()[1].split() == [str(script), "always", "Agent"]
        assert agent.session.agents.allowed
    await stop(script)


def test_the_calls_of_agents_are_shown(script: Path) -> None:
    assert "No agent has used" in agents("log", script).out
    location = of_script(script)
    call = AgentCall(
        time=0.0,
        agent="Some\x1b[31m Agent",
        tool="run_cells",
        arguments='{"ids": ["a1"]}',
        outcome=Outcome.REFUSED,
        summary="The cell has another text now.\nSecond line.",
        runs=["r1"],
    )
    for time in (1.0, 2.0):
        agent_log.append(location, AgentCall(time=time, agent="A", tool="overview"))
    agent_log.append(location, call)
    shown = agents("log", script).out
    paragraphs = shown.rstrip().split("\n\n")
    assert len(paragraphs) == 3
    head, *details = paragraphs[-1].split("\n")
    assert head.split(" · ")[1:] == ["Some Agent", "run_cells", "refused"]
    assert [line.strip() for line in details] == [
        '{"ids": ["a1"]}',
        "The cell has another text now. Second line.",
        "runs: r1",
    ]
    (line,) = agents("log", "--json", "--limit", "1", script).out.splitlines()
    assert json.loads(line)["runs"] == ["r1"]
