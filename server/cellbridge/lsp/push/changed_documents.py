"""The documents with changes that the client has not received yet.

Owns their order and the pace of the notifications about them. It must not know what is sent.

Invariant: nothing accumulates. A change only marks its document; its notification is created when
the client has read the previous messages, so that it holds the latest state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook


class ChangedDocuments:
    """Calls ``send`` for each document that was added, as soon as the client can read more."""

    def __init__(self, context: Context, send: Callable[[Notebook], Awaitable[None]]) -> None:
        self._context = context
        self._send = send
        self._changed: dict[str, None] = {}
        self._task = LatestTask(self._send_all)

    async def run(self) -> None:
        """Send notifications, until cancelled."""
        await self._task.run()

    def add(self, uri: str) -> None:
        """Mark a document as changed."""
        self._changed[uri] = None
        self._task.wake()

    def discard(self, uri: str) -> None:
        """Forget the changes of a document, such as one that was closed."""
        self._changed.pop(uri, None)

    async def _send_all(self) -> None:
        while self._changed:
            await self._context.editor.drain()
            if (uri := next(iter(self._changed), None)) is None:
                return
            del self._changed[uri]
            if (notebook := self._context.workspace.get(uri)) is not None:
                await self._send(notebook)
