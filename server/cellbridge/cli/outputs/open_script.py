"""A script opened as an editor opens it, for commands that look at its outputs.

Owns the opening. Nothing is run and no session is started by it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cellbridge.cli import script_argument
from cellbridge.cli.errors import FAILED, OK, CommandError
from cellbridge.cli.exit_handling import ended
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace


class _Nobody:
    """A listener for who only looks once."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def kernel_changed(self, notebook: Notebook) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""


def with_script(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    """Open a script, do some work with it and return the exit code."""
    return ended(lambda: asyncio.run(_worked(file, work)))


def reported(notices: Sequence[str], code: int) -> int:
    """Print what there is to say of the store; return the exit code that fits it."""
    for sentence in notices:
        print(sentence, file=sys.stderr)
    return FAILED if notices and code == OK else code


async def _worked(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    read = script_argument.read(file)
    fault: SessionError | CommandError | None = None
    code = FAILED
    async with _opened(read) as notebook:
        try:
            code = await work(notebook)
        except (SessionError, CommandError) as error:
            fault = error  # Raised below: the workspace's group of tasks would wrap it.
    if fault is not None:
        raise fault
    return code


@asynccontextmanager
async def _opened(read: script_argument.Script) -> AsyncGenerator[Notebook]:
    async with Workspace(_Nobody(), client="cellbridge outputs") as workspace:
        notebook = workspace.open(read.path.as_uri(), None, 1, read.text.content)
        await notebook.ready()
        yield notebook
