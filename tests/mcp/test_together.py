"""Two agents and the user on one script at once: never a wrong cell, and nothing lost.

Each cell prints its name, which never changes, and a token, which is another one after each edit.
The scene holds the text that counts: the editor's while one is open, otherwise that of the file.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import string
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cellbridge.core.runs.runs import RunState
from cellbridge.workspace.notebook import Notebook
from support.agent import Agent, agent
from support.notebooks import Editor, editor, summarize
from support.sessions import stop

STEPS = int(os.environ.get("TEST_STEPS", "200"))
SEED = int(os.environ.get("TEST_SEED", "22"))


@dataclass(frozen=True)
class Cell:
    """A cell of the scene."""

    name: str
    token: str

    @property
    def text(self) -> str:
        return f"# %%\n# {self.name}\nprint('{self.name} {self.token}')\n"


@dataclass(frozen=True)
class Read:
    """A cell as an agent has read it."""

    id: str
    hash: str
    cell: Cell


@dataclass
class Scene:
    """The script, and what all who work with it must see."""

    path: Path
    chance: random.Random
    notebook: Notebook | None = None
    """The script in the person's editor, while one is open."""
    past: list[list[Cell]] = field(default_factory=list[list[Cell]])
    """All texts that have counted, in their order."""
    file: list[Cell] = field(default_factory=list[Cell])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """The id of each cell that was met."""
    ran: Counter[str] = field(default_factory=Counter[str])
    """The cells that each participant has run."""
    refused: int = 0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def new_cell(self) -> Cell:
        """Return a cell that resembles no other one."""
        return Cell("".join(self.chance.choices(string.ascii_lowercase, k=40)), self.new_token())

    def new_token(self) -> str:
        """Return a new word."""
        return f"token{self.chance.randrange(10**9)}"

    def changed(self, cells: list[Cell]) -> list[Cell]:
        """Return the cells with one change: a cell is edited, inserted, removed or moved."""
        cells = list(cells)
        at = self.chance.randrange(len(cells))
        match self.chance.choice(["edit", "edit", "insert", "remove", "move"]):
            case "insert" if len(cells) < 8:
                cells.insert(at, self.new_cell())
            case "remove" if len(cells) > 4:
                del cells[at]
            case "move":
                cells.insert(self.chance.randrange(len(cells)), cells.pop(at))
            case _:
                cells[at] = replace(cells[at], token=self.new_token())
        return cells

    def write_file(self, cells: list[Cell]) -> None:
        """Write the file as an agent or a saving editor does."""
        self.file = cells
        self.path.write_text(text_of(cells), "utf-8")
        if self.notebook is None:
            self.past.append(cells)

    def write_editor(self, cells: list[Cell], person: Editor) -> None:
        """Write the editor's text."""
        assert self.notebook is not None
        person.replace(self.notebook, text_of(cells))
        self.past.append(cells)

    def meet(self, cell_id: str, cell: Cell) -> None:
        """Check that a cell has the id that it had for everyone, ever."""
        assert self.ids.setdefault(cell.name, cell_id) == cell_id, f"{cell.name} has another id"
        assert list(self.ids.values()).count(cell_id) == 1, f"{cell.name} has the id of another"


def text_of(cells: list[Cell]) -> str:
    """Return the text of a script."""
    return "".join(cell.text for cell in cells)


# --- an agent -------------------------------------------------------------------------------------


async def read(scene: Scene, mine: Agent) -> list[Read]:
    """Read all cells, as they were at some moment of the calls."""
    before = len(scene.past) - 1
    listed = await mine.call("overview")
    ids = [one.id for one in listed.cells]
    answer = await mine.answer("read_cells", ids=ids, outputs=False)
    if answer.failed:
        assert len(scene.past) > before + 1, answer.text
        return []
    found = [
        Read(one.id, one.hash, Cell(*re.findall(r"print\('(\w+) (\w+)'\)", one.text)[0]))
        for one in answer.cells
    ]
    for one in found:
        assert any(one.cell in text for text in scene.past[before:])
        scene.meet(one.id, one.cell)
    return found


async def run(scene: Scene, mine: Agent, wanted: list[Read]) -> None:
    """Run cells: they run as they were read, or the call is refused because they have changed."""
    before = len(scene.past) - 1
    ids, hashes = [one.id for one in wanted], [one.hash for one in wanted]
    answer = await mine.answer("run_cells", ids=ids, hashes=hashes)
    current = [all(one.cell in text for one in wanted) for text in scene.past[before:]]
    if answer.failed:
        assert not all(current), f"refused, although nothing has changed: {answer.text}"
        scene.refused += 1
        return
    assert any(current), f"a text ran that did not count: {answer.text}"
    shown = {one.id: one.text for one in answer.cells}
    for one in wanted:  # The results of a cell end with its next run, here by another participant.
        result = shown.get(one.id)
        ok = f"{one.cell.name} {one.cell.token}" in result if result else "no longer" in answer.text
        assert ok, (wanted, answer.text)
    scene.ran[mine.name] += len(wanted)


async def play_agent(scene: Scene, mine: Agent, memory: list[Read]) -> None:
    """Do one thing as an agent: read, run what was read, or edit the file."""
    match scene.chance.choice(["read", "run", "run", "write"]):
        case "write" if scene.file == scene.past[-1] and not scene.writing.locked():
            # One change at a time: of two, the session could not know which cell became which.
            async with scene.writing:
                scene.write_file(scene.changed(scene.file))
                memory[:] = await read(scene, mine)
        case "run" if memory:
            await run(scene, mine, scene.chance.sample(memory, min(len(memory), 2)))
        case _:
            memory[:] = await read(scene, mine)


# --- the person -----------------------------------------------------------------------------------


async def play_person(scene: Scene, person: Editor) -> None:
    """Do one thing as the person: open or close the editor, type, save, or run a cell."""
    if scene.notebook is None:
        scene.notebook = person.open(scene.path, text_of(scene.file))
        await scene.notebook.ready()
        return
    if scene.past[-1] != scene.file and scene.file not in scene.past:
        scene.write_editor(scene.file, person)  # An agent has written it: the editor reloads it.
    match scene.chance.choice(["type", "type", "save", "run", "run", "run", "close"]):
        case "type":
            scene.write_editor(scene.changed(scene.past[-1]), person)
        case "save":
            scene.write_file(scene.past[-1])
        case "close" if scene.chance.random() < 0.3:
            scene.write_file(scene.past[-1])
            await scene.notebook.store_cells()
            person.workspace.close(scene.notebook.uri)
            scene.notebook = None
        case _:
            await run_as_person(scene, scene.notebook)


async def run_as_person(scene: Scene, notebook: Notebook) -> None:
    """Run a cell in the editor, and check that it is this cell which ran."""
    at = scene.chance.randrange(len(scene.past[-1]))
    cell = scene.past[-1][at]
    for ended in await notebook.run([at]):  # None if another participant has run it again.
        assert ended.run.state is RunState.OK
        assert ended.run.source.rstrip() == cell.text.split("\n", 1)[1].rstrip()
        scene.meet(ended.run.cell_id, cell)
    scene.ran["person"] += 1


# --- the play -------------------------------------------------------------------------------------


async def play(scene: Scene, person: Editor, agents: list[Agent]) -> None:
    """Let all act at once, each one thing after another."""
    busy: dict[str, asyncio.Task[None]] = {}
    memories: dict[str, list[Read]] = {mine.name: [] for mine in agents}
    async with asyncio.TaskGroup() as tasks:
        for _ in range(STEPS):
            who = scene.chance.choice([None, *agents])
            name = who.name if who else "person"
            if name in busy:
                await asyncio.wait({busy[name]})
            step: Coroutine[Any, Any, None] = (
                play_agent(scene, who, memories[name]) if who else play_person(scene, person)
            )
            busy[name] = tasks.create_task(step)


async def check_end(scene: Scene, mine: Agent) -> None:
    """Check that every cell that ran has run once, and that a new editor sees the last results."""
    answer = await mine.call("execute", code="pass")
    count = int(re.findall(r" ok \[(\d+)\] ", answer.text)[0])
    assert count == sum(scene.ran.values()) + 1, scene.ran
    async with editor("late") as late:
        notebook = late.open(scene.path, scene.path.read_text("utf-8"))
        await notebook.ready()
        for cell, view in zip(scene.file, notebook.views(), strict=True):
            scene.meet(view.id, cell)
            if view.run:
                assert f"{cell.name} {cell.token}" in summarize(view) or view.mark


async def test_two_agents_and_a_person_never_run_a_wrong_cell(tmp_path: Path) -> None:
    path, options = tmp_path / "script.py", ("--allow", ".")
    scene = Scene(path, random.Random(SEED))
    scene.write_file([scene.new_cell() for _ in range(6)])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stop, path)
        names = ("Agent one", "Agent two")
        agents = [
            await stack.enter_async_context(agent(tmp_path, *options, name=name)) for name in names
        ]
        person = await stack.enter_async_context(editor("Editor"))
        await play(scene, person, agents)
        if scene.notebook:
            scene.write_file(scene.past[-1])
            person.workspace.close(scene.notebook.uri)
        assert scene.refused
        assert len(scene.ran) == 3
        await check_end(scene, agents[0])
