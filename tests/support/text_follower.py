"""A client that follows the text of a script, as a page in a browser does.

Owns its waiting for texts and cursors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace
from support.notebooks import Editor
from support.patience import PATIENCE


class Follower:
    """The script as a page has it open, with the texts and cursors that reached it."""

    def __init__(self, notebook: Notebook, workspace: Editor) -> None:
        self.notebook = notebook
        self.workspace = workspace
        """Takes the events of the page's workspace."""
        self.texts: list[str] = []
        self.cursors: list[str] = []
        self._wake = asyncio.Event()

    def text_changed(self) -> None:
        self.texts.append(self.notebook.text.content)
        self._wake.set()

    def cursor_moved(self, cell_id: str) -> None:
        self.cursors.append(cell_id)
        self._wake.set()

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._wake.clear()
                await self._wake.wait()

    async def until_text(self, content: str) -> None:
        await self.until(lambda: self.notebook.text.content == content)

    async def until_cursor(self, cell_id: str) -> None:
        await self.until(lambda: self.cursors[-1:] == [cell_id])

    async def until_shared(self, notebook: Notebook) -> None:
        """Wait until the page has the text and the ids of an editor."""
        await self.until(lambda: same_cells(self.notebook, notebook))

    async def watch(self, content: str) -> None:
        await self.notebook.sharing.watch(content, self)


@asynccontextmanager
async def follower(path: Path, content: str) -> AsyncIterator[Follower]:
    listener = Editor()
    async with Workspace(listener, client=ClientInfo("Browser")) as workspace:
        notebook = workspace.open(path.as_uri(), None, 1, "")
        shown = Follower(notebook, listener)
        await shown.watch(content)
        yield shown


def same_cells(one: Notebook, other: Notebook) -> bool:
    return (one.text.content, one.ids) == (other.text.content, other.ids)
