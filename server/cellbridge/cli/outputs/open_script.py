"""A script opened as in an editor, for commands that read its outputs.

Owns the opening. It runs nothing and starts no session.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cellbridge.cli import script_argument
from cellbridge.cli.errors import FAILED, OK, CommandError
from cellbridge.cli.exit_handling import run_command
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace


class _SilentListener:
    """A listener that ignores all changes."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def kernel_changed(self, notebook: Notebook) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""


def with_script(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    """Open a script, apply a function to it and return the exit code."""
    return run_command(lambda: asyncio.run(_run_with_script(file, work)))


def report_notices(notices: Sequence[str], code: int) -> int:
    """Print the notices about a store; return the exit code, which is `FAILED` if there are any."""
    for sentence in notices:
        print(sentence, file=sys.stderr)
    return FAILED if notices and code == OK else code


async def _run_with_script(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    read = script_argument.read(file)
    fault: SessionError | CommandError | None = None
    code = FAILED
    async with _open(read) as notebook:
        try:
            code = await work(notebook)
        except (SessionError, CommandError) as error:
            fault = error  # Raised below, because the workspace's task group would wrap it.
    if fault is not None:
        raise fault
    return code


@asynccontextmanager
async def _open(read: script_argument.Script) -> AsyncGenerator[Notebook]:
    async with Workspace(_SilentListener(), client="cellbridge outputs") as workspace:
        notebook = workspace.open(read.path.as_uri(), None, 1, read.text.content)
        await notebook.ready()
        yield notebook
