"""A script on disk, opened as in an editor, for clients without an editor.

Owns the opening. It runs nothing and starts no session.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.workspace.notebook import Notebook, WorkspaceListener
from cellbridge.workspace.script_file import Script
from cellbridge.workspace.workspace import Workspace


class SilentListener:
    """A listener that ignores all changes of notebooks."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def kernel_changed(self, notebook: Notebook) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""


@asynccontextmanager
async def open_script(
    script: Script, listener: WorkspaceListener, *, client: ClientInfo
) -> AsyncGenerator[Notebook]:
    """Open a script as an editor does; ``client`` is this client for other users."""
    async with Workspace(listener, client=client) as workspace:
        notebook = workspace.open(script.path.as_uri(), None, 1, script.text.content)
        await notebook.ready()
        yield notebook
