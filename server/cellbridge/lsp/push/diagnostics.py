"""textDocument/publishDiagnostics: sent when what there is to report has changed.

Owns what was published last. What is reported is features/diagnostics.py's matter.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.features.diagnostics import diagnostics
from cellbridge.lsp.push.latest_task import Pump


class Diagnostics:
    """The diagnostics of all open documents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._published: dict[str, list[lsp.Diagnostic]] = {}
        self._dirty: set[str] = set()
        self._pump = Pump(self._publish)

    async def run(self) -> None:
        """Do the publishing; until cancelled."""
        await self._pump.run()

    def wake(self, uri: str) -> None:
        """A document's text or its runs have changed."""
        self._dirty.add(uri)
        self._pump.wake()

    def closed(self, uri: str) -> None:
        """A document is gone, and with it what was said of it."""
        self._dirty.discard(uri)
        if self._published.pop(uri, None):
            self._context.editor.publish(uri, None, [])

    async def _publish(self) -> None:
        await self._context.editor.keeps_up()
        while self._dirty:
            uri = self._dirty.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is None:
                continue
            found = diagnostics(self._context, notebook)
            if found != self._published.get(uri, []):
                self._published[uri] = found
                self._context.editor.publish(uri, notebook.version, found)
