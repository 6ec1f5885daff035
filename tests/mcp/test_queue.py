"""The queue of a session that the user and agents share, and agents that are killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.runs.runs import Run, RunState
from cellbridge.workspace.notebook import Notebook
from support.agent import Agent, ShownCell, agent
from support.notebooks import Editor, editor
from support.sessions import kill, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("Agent one", "Agent two")


@dataclass
class Desk:
    """A script that the user and two agents have open, with a kernel."""

    person: Editor
    notebook: Notebook
    agents: list[Agent]
    gate: Path
    """The cell `wait` runs until this file exists."""
    cells: dict[str, ShownCell]
    scenes: int = 0

    async def write(self, **cells: str) -> None:
        """Write the script, in the editor and on disk: a cell by its title, each with its code."""
        gate = f"import pathlib, time\nwhile not pathlib.Path({str(self.gate)!r}).exists():\n"
        code = {"wait": f"{gate}    time.sleep(0.005)", **cells}
        scene = self.scenes = self.scenes + 1
        text = "".join(f"# %% {title} {scene}\n{one}\n" for title, one in code.items())
        self.gate.unlink(missing_ok=True)
        self.agents[0].script.write_text(text, "utf-8")
        # Each scene has new cells: a cell shows its last run that was not cancelled.
        self.person.replace(self.notebook, "")
        self.person.replace(self.notebook, text)
        found = (await self.agents[0].call("overview")).cells
        self.cells = dict(zip(code, found, strict=True))

    async def begin(self, mine: Agent, *titles: str) -> list[str]:
        """Queue cells as an agent; return the runs."""
        chosen = [self.cells[title] for title in titles]
        ids, hashes = [one.id for one in chosen], [one.hash for one in chosen]
        answer = await mine.call("run_cells", ids=ids, hashes=hashes, wait_seconds=0)
        return [one.run for one in answer.cells]

    def run_as_person(self, *titles: str) -> asyncio.Task[object]:
        """Queue cells in the editor."""
        indexes = [[*self.cells].index(title) for title in titles]
        return asyncio.create_task(self.notebook.run(indexes))

    def last(self, title: str) -> Run | None:
        """Return the last run of a cell, as the editor sees it."""
        return self.notebook.view([*self.cells].index(title)).run

    async def until_state(self, title: str, *states: RunState) -> Run:
        """Wait until the last run of a cell is in one of these states; return it."""
        await self.person.until(
            lambda: (run := self.last(title)) is not None and run.state in states
        )
        run = self.last(title)
        assert run
        return run


@asynccontextmanager
async def _desk(folder: Path) -> AsyncIterator[Desk]:
    script = folder / "script.py"
    script.touch()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stop, script)
        agents = [
            await stack.enter_async_context(agent(folder, "--allow", ".", name=name))
            for name in NAMES
        ]
        person = await stack.enter_async_context(editor("Helix"))
        notebook = person.open(script, "")
        await notebook.ready()
        yield Desk(person, notebook, agents, folder / "gate", {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk that the tests of this module share."""
    async with _desk(tmp_path_factory.mktemp("desk")) as found:
        yield found


async def test_the_runs_of_the_person_go_first(desk: Desk) -> None:
    await desk.write(one="1", two="2", person="3")
    first, second = desk.agents
    await desk.begin(first, "wait")
    await desk.until_state("wait", RunState.RUNNING)
    await desk.begin(second, "two")
    await desk.begin(first, "one")
    ended = desk.run_as_person("person")
    await desk.until_state("person", RunState.QUEUED)
    desk.gate.touch()
    await ended
    await first.call("wait")
    await second.call("wait")
    runs = [await desk.until_state(title, RunState.OK) for title in ("person", "two", "one")]
    assert [run.client for run in runs] == ["Helix", second.name, first.name]
    assert [run.agent for run in runs] == [False, True, True]
    counts = [run.count or 0 for run in runs]
    assert counts == sorted(counts)


async def test_a_failure_empties_only_its_own_side(desk: Desk) -> None:
    await desk.write(failing="1 / 0", after="1", other="2", person="3")
    first, second = desk.agents
    await desk.begin(first, "wait", "failing", "after")
    await desk.begin(second, "other")
    desk.gate.touch()
    await first.call("wait")
    await second.call("wait")
    await desk.until_state("after", RunState.CANCELLED)
    await desk.until_state("other", RunState.OK)
    await desk.write(failing="1 / 0", after="1", other="2")
    ended = desk.run_as_person("wait", "failing", "after")
    await desk.until_state("wait", RunState.RUNNING)
    await desk.begin(second, "other")
    desk.gate.touch()
    await ended
    await second.call("wait")
    await desk.until_state("after", RunState.CANCELLED)
    await desk.until_state("other", RunState.OK)


async def test_an_agent_ends_only_its_own_runs(desk: Desk) -> None:
    await desk.write(one="1", two="2")
    first, second = desk.agents
    ended = desk.run_as_person("wait")
    await desk.until_state("wait", RunState.RUNNING)
    assert await first.refused("interrupt")
    await desk.begin(first, "one")
    await desk.begin(second, "two")
    await first.answer("interrupt")
    await desk.until_state("one", RunState.CANCELLED)
    waiting = desk.last("two")
    assert waiting is not None
    assert waiting.state is RunState.QUEUED
    desk.gate.touch()
    await ended
    await desk.until_state("wait", RunState.OK)
    await desk.until_state("two", RunState.OK)


async def test_the_person_cancels_the_runs_of_agents_in_one_step(desk: Desk) -> None:
    await desk.write(one="1", two="2", person="3")
    first, second = desk.agents
    await desk.begin(first, "wait", "one")
    await desk.until_state("wait", RunState.RUNNING)
    await desk.begin(second, "two")
    ended = desk.run_as_person("person")
    await desk.notebook.agents.cancel_runs()
    await ended
    await desk.until_state("person", RunState.OK)
    await desk.until_state("one", RunState.CANCELLED)
    await desk.until_state("two", RunState.CANCELLED)
    run = await desk.until_state("wait", RunState.ERROR)
    assert run.interrupted
    told = await first.call("wait", runs=[run.id])
    assert "interrupted" in told.text


async def test_two_agents_race_for_one_cell(desk: Desk) -> None:
    await desk.write(one="count = globals().get('count', 0) + 1\ncount")
    chosen = {"ids": [desk.cells["one"].id], "hashes": [desk.cells["one"].hash]}
    desk.gate.touch()
    answers = await asyncio.gather(*(mine.call("run_cells", **chosen) for mine in desk.agents))
    assert all(
        f"cell {desk.cells['one'].id}" in one.text or "no longer exist" in one.text
        for one in answers
    )
    assert (await desk.agents[0].call("execute", code="count")).text.count("\n2\n") == 1


async def test_a_killed_agent_leaves_the_session_whole(desk: Desk) -> None:
    await desk.write(one="'the end'")
    folder = desk.agents[0].script.parent
    async with agent(folder, "--allow", ".", name="Killed") as killed:
        await desk.begin(killed, "wait", "one")
        await desk.until_state("wait", RunState.RUNNING)
        await asyncio.to_thread(kill, killed.process)
    desk.gate.touch()
    run = await desk.until_state("one", RunState.OK)
    assert run.client == "Killed"
    assert run.agent
    read = await desk.agents[1].call("read_cells", ids=[desk.cells["one"].id])
    assert "the end" in read.text
    assert "by Killed (agent)" in read.text
