"""Open notebooks for tests: a workspace whose changes can be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cellbridge.core.document.text import Change, Position, Range
from cellbridge.core.output.outputs import Display, Stream
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace, log_fault
from support.sessions import PATIENCE


class Editor:
    """A fake editor with one or more documents; it receives the workspace's events."""

    def __init__(self) -> None:
        self.changed: list[frozenset[str]] = []
        self.forgotten: list[int] = []
        self.refused: list[Refusal] = []
        self.workspace: Workspace
        self._wake = asyncio.Event()

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        self.changed.append(cell_ids)
        self._wake.set()

    def kernel_changed(self, notebook: Notebook) -> None:
        self._wake.set()

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        self.forgotten.append(cells)

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        self.refused.append(refused)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until ``seen()`` is true; it is called after every change."""
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._wake.clear()
                await self._wake.wait()

    def open(self, path: Path, content: str) -> Notebook:
        return self.workspace.open(path.as_uri(), "python", 1, content)

    def type(self, notebook: Notebook, line: int, column: int, text: str, end: int = 0) -> None:
        """Replace the characters from ``column`` to ``end`` (or none) of a line by ``text``."""
        area = Range(Position(line, column), Position(line, max(column, end)))
        self.workspace.change(notebook.uri, notebook.version + 1, [Change(area, text)])

    def replace(self, notebook: Notebook, content: str) -> None:
        self.workspace.change(notebook.uri, notebook.version + 1, [Change(None, content)])


@asynccontextmanager
async def editor(
    name: str = "test", fault: Callable[[str, Exception], None] = log_fault
) -> AsyncIterator[Editor]:
    """An editor that closes at the end; sessions keep running."""
    playing = Editor()
    async with Workspace(
        playing, client=ClientInfo(name, ClientKind.EDITOR), fault=fault
    ) as playing.workspace:
        yield playing


def summarize(view: CellView) -> str:
    """Return a cell's state, count, text and freshness in one readable line."""
    parts: list[str] = [view.run.state.value if view.run else "-"]
    for output in view.outputs:
        match output:
            case Stream():
                parts.append(repr(output.text))
            case Display():
                parts.append(str(output.data.get("text/plain")))
            case _:
                parts.append(output.ename)
    return " ".join(parts) + (f" ({view.mark})" if view.mark else "")
