"""One open script in an editor of an end-to-end test.

Owns the shorthand for asking about it. Tests of one module share a page per editor, and so a
kernel, whose start is the slow part: each test writes its own text and clears what was shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from cellbridge.workspace.workspace import path_of
from support.editor import Editor, fresh_uri


@dataclass
class Page:
    """An open script."""

    editor: Editor
    uri: str

    @property
    def folder(self) -> Path:
        """The folder of the script."""
        path = path_of(self.uri)
        assert path is not None
        return path.parent

    async def write(self, text: str) -> None:
        """Make ``text`` the whole script, with nothing run of it yet."""
        self.editor.rewrite(self.uri, "")
        await self.run("clearOutputs")
        self.editor.rewrite(self.uri, text)
        await self.editor.until(lambda: not self.diagnostics, "the old diagnostics to go")

    async def run(self, command: str, /, **argument: Any) -> Any:
        """Run one of our commands on this script."""
        return await self.editor.command(command, uri=self.uri, **argument)

    async def run_at(self, line: int, **more: Any) -> dict[str, Any]:
        """Run the cell at a line; returns how its run went."""
        answer = await self.run("runCell", position={"line": line, "character": 0}, **more)
        return answer["cells"][0]

    async def lenses(self, line: int | None = None) -> list[str]:
        """Return the lenses' titles, of one line or of all."""
        found = await self.editor.lenses(self.uri)
        return [title for at, title, _ in found if line is None or at == line]

    async def hints(self) -> list[tuple[int, str]]:
        """Return line and text of each hint."""
        return await self.editor.hint_texts(self.uri)

    async def hover(self, line: int, character: int = 0) -> str:
        """Return the text of the hover."""
        return await self.editor.hover(self.uri, line, character)

    @property
    def diagnostics(self) -> list[lsp.Diagnostic]:
        """The latest published diagnostics."""
        return list(self.editor.diagnostics.get(self.uri, ()))

    def reported(self) -> list[tuple[int, str]]:
        """Return line and message of each diagnostic."""
        return [(report.range.start.line, report.message) for report in self.diagnostics]


@asynccontextmanager
async def page_in_project(editor: Editor, directory: Path) -> AsyncIterator[Page]:
    """Open a script in a folder of its own, so that its project is the test's; stop it after."""
    project = directory / "project"
    project.mkdir()
    page = Page(editor, editor.open(fresh_uri(project), ""))
    editor.questions.clear()
    yield page
    editor.choice = ""
    await page.run("shutdown")
