"""cellbridge/plotsChanged, for clients that have requested the history of plots.

Owns when the client is notified: when the session reports a change of the history, and when the
session or its kernel was replaced.

Invariant: nothing accumulates. The client is notified once, and again only after it has requested
the history again.
"""

from __future__ import annotations

from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import PlotsChangedParams
from cellbridge.lsp.push.changed_documents import ChangedDocuments
from cellbridge.workspace.notebook import Notebook


class PlotNotifications:
    """The notifications about all open documents' plots for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._followed: set[str] = set()
        """The documents whose next change the client is notified of."""
        self._changed = ChangedDocuments(context, self._send)

    async def run(self) -> None:
        """Send notifications, until cancelled."""
        await self._changed.run()

    def follow(self, notebook: Notebook) -> None:
        """Notify the client of the next change of a document's history, which it has requested."""
        self._followed.add(notebook.uri)
        self._changed.discard(notebook.uri)
        notebook.plots.on_change = lambda: self._wake(notebook.uri)

    def update(self, notebook: Notebook) -> None:
        """Handle a document whose kernel or session may have been replaced."""
        if notebook.uri in self._followed and notebook.plots.replaced:
            self._wake(notebook.uri)

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._followed.discard(uri)
        self._changed.discard(uri)

    def _wake(self, uri: str) -> None:
        if uri in self._followed:
            self._followed.discard(uri)
            self._changed.add(uri)

    async def _send(self, notebook: Notebook) -> None:
        params = PlotsChangedParams(notebook.uri)
        self._context.editor.custom("cellbridge/plotsChanged", params)
