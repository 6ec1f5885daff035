"""textDocument/publishDiagnostics: sent when a document's diagnostics have changed.

Owns the published diagnostics. features/diagnostics.py creates them.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.features.diagnostics import diagnostics
from cellbridge.lsp.push.latest_task import LatestTask


class Diagnostics:
    """The diagnostics of all open documents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._published: dict[str, list[lsp.Diagnostic]] = {}
        self._dirty: set[str] = set()
        self._task = LatestTask(self._publish)

    async def run(self) -> None:
        """Publish diagnostics, until cancelled."""
        await self._task.run()

    def wake(self, uri: str) -> None:
        """Handle a changed text or changed runs of a document."""
        self._dirty.add(uri)
        self._task.wake()

    def closed(self, uri: str) -> None:
        """Clear the diagnostics of a document that has been closed."""
        self._dirty.discard(uri)
        if self._published.pop(uri, None):
            self._context.editor.publish(uri, None, [])

    async def _publish(self) -> None:
        await self._context.editor.drain()
        while self._dirty:
            uri = self._dirty.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is None:
                continue
            found = diagnostics(self._context, notebook)
            if found != self._published.get(uri, []):
                self._published[uri] = found
                self._context.editor.publish(uri, notebook.version, found)
