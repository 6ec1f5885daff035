"""Editors and agents with one script open: they mean the same cells, and see each other's runs."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.runs.agents import ClientInfo, ClientKind, Scratch
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace
from support.notebooks import Editor, editor
from support.sessions import stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "# %% one\nx = 1\n\n# %% two\ny = x + 1\ny\n"


@pytest_asyncio.fixture(loop_scope="module")
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    """A script whose session ends with the test."""
    yield tmp_path / "script.py"
    await stop(tmp_path / "script.py")


@asynccontextmanager
async def agent(path: Path, name: str) -> AsyncIterator[Notebook]:
    """The script, opened by an agent that the user allows."""
    client = ClientInfo(name, ClientKind.AGENT, allowed=True)
    async with Workspace(Editor(), client=client) as workspace:
        notebook = workspace.open(path.as_uri(), None, 1, "")
        await notebook.ready()
        yield notebook


async def test_an_open_editor_joins_the_session_that_an_agent_starts(path: Path) -> None:
    async with editor("Ed") as person:
        mine = person.open(path, SCRIPT)
        await mine.ready()
        person.type(mine, 1, 0, "z = 0; ")  # Not saved: the agent gets this text.
        async with agent(path, "Agent") as theirs:
            text = await theirs.follow_text(SCRIPT)
            await person.until(lambda: mine.has_session)
            # The editor takes the ids that the agent has got for its cells meanwhile.
            assert list(mine.ids) == text.ids
            text = await theirs.follow_text(SCRIPT)
            assert (text.content, text.editor) == (mine.text.content, "Ed")
            assert list(mine.ids) == list(theirs.ids) == text.ids
            assert theirs.text.content == mine.text.content
            await theirs.run([0, 1])
            scratch = await theirs.start_code("x", Scratch.COPY)
            await theirs.finish([scratch])
            await person.until(lambda: mine.view(1).last_ended > 0)
            run = mine.view(1).shown
            assert run is not None
            assert (run.client, run.agent, mine.view(1).stale) == ("Agent", True, None)
            assert mine.orphans() == []
            # The ids stay when the editor is gone, and when another one opens the script.
            await person.until(lambda: scratch in mine.runs)
            content, ids = mine.text.content, list(mine.ids)
            person.workspace.close(mine.uri)
            assert (await theirs.follow_text(content)).ids == ids
    async with editor("Later") as later:
        again = later.open(path, content)
        await again.ready()
        assert list(again.ids) == ids


class Folder:
    """A script on the disk, an editor that may have it open, and two agents."""

    def __init__(self, path: Path, dice: random.Random, agents: list[Notebook]) -> None:
        self.path = path
        self.dice = dice
        self.agents = agents
        self.disk = ["# %% cell0\nvalue0 = 0\n"]
        self.made = 1
        self.person = AsyncExitStack()
        self.open: Notebook | None = None
        self.editor: Editor | None = None
        self.ids: dict[str, str] = {}
        """The id of each cell that was seen, by its title."""

    @property
    def cells(self) -> list[str]:
        """The cells of the text that counts: the editor's, or else the file's."""
        if self.open is None:
            return self.disk
        return [cell.slice for cell in self.open.cells]

    def changed(self) -> list[str]:
        """Return these cells after one change."""
        cells, dice = [*self.cells], self.dice
        at = dice.randrange(len(cells))
        match dice.choice(["insert", "insert", "delete", "move", "edit", "edit"]):
            case "insert":
                cells.insert(at, f"# %% cell{self.made}\nvalue{self.made} = 0\n")
                self.made += 1
            case "delete" if len(cells) > 1:
                del cells[at]
            case "move":
                cells.insert(dice.randrange(len(cells)), cells.pop(at))
            case _:
                title, _, body = cells[at].partition("\n")
                cells[at] = f"{title}\n{body}print({dice.randrange(100)})\n"
        return cells

    async def step(self) -> None:
        match self.dice.choice(["edit", "edit", "edit", "open", "close", "save"]):
            case "open" if self.open is None:
                self.editor = await self.person.enter_async_context(editor("Ed"))
                self.open = self.editor.open(self.path, "".join(self.disk))
                notebook = self.open
                await self.editor.until(lambda: notebook.has_session)
            case "close" if self.open is not None:
                self.disk = self.cells
                await self.person.aclose()
                self.person, self.open = AsyncExitStack(), None
            case "save":
                self.disk = self.cells
            case _:
                cells = self.changed()
                if self.open is not None and self.editor is not None:
                    self.editor.replace(self.open, "".join(cells))
                else:
                    self.disk = cells
        await self.check()

    async def check(self) -> None:
        agent = self.dice.choice(self.agents)
        text = await agent.follow_text("".join(self.disk))
        assert text.content == "".join(self.cells) == agent.text.content
        assert list(agent.ids) == text.ids
        if self.open is not None:
            assert text.ids == list(self.open.ids)
        titles = [cell.title for cell in agent.cells]
        now = dict(zip(titles, text.ids, strict=True))
        # A cell keeps its id, and no other cell ever gets it.
        for title, cell_id in now.items():
            assert self.ids.setdefault(title, cell_id) == cell_id
        assert len({*self.ids.values()}) == len(self.ids)


async def test_cells_keep_their_ids_through_the_edits_of_agents_and_editors(path: Path) -> None:
    async with agent(path, "A") as one, agent(path, "B") as two:
        folder = Folder(path, random.Random(22), [one, two])
        await folder.check()
        for _ in range(200):
            await folder.step()
        await folder.person.aclose()
