"""cellbridge/widgetsChanged, for documents whose widgets the client has requested.

Owns when the client is notified, and the size of a notification.

Invariant: nothing accumulates here. A change only marks its document, and is sent when the client
has read the previous messages; until then the document's widgets join changes.

Bound: a notification holds messages with about `PART_LIMIT` bytes of buffers and states, but at
least one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cellbridge.core.packed_values import pack
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import WidgetsChangedParams
from cellbridge.lsp.push.changed_documents import ChangedDocuments
from cellbridge.lsp.widget_views import to_protocol
from cellbridge.workspace.notebook import Notebook

PART_LIMIT = 4 * 1024 * 1024


class WidgetNotifications:
    """The notifications about the widgets of all documents for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = ChangedDocuments(context, self._send)

    async def run(self) -> None:
        """Send notifications, until cancelled."""
        await self._changed.run()

    def wake(self, notebook: Notebook) -> None:
        """Handle changed widgets of a document."""
        self._changed.add(notebook.uri)

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._changed.discard(uri)

    async def _send(self, notebook: Notebook) -> None:
        editor = self._context.editor
        messages, reset = notebook.widgets.take()
        for part in _parts(messages, reset=reset):
            sent = WidgetsChangedParams(notebook.uri, [*map(to_protocol, part)], reset)
            editor.custom("cellbridge/widgetsChanged", sent)
            reset = False
            await editor.drain()


def _parts(messages: list[WidgetMessage], *, reset: bool) -> Iterator[list[WidgetMessage]]:
    part: list[WidgetMessage] = []
    room = PART_LIMIT
    for message in messages:
        part.append(message)
        room -= len(pack(message))
        if room <= 0:
            yield part
            part, room = [], PART_LIMIT
    if part or reset:
        yield part
