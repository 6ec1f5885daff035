"""workspace/textDocumentContent/refresh: sent when the text of a virtual document has changed.

Owns when it is sent: immediately, and then at most once per `PAUSE`, because the editor requests
the whole text again. documents/followed_documents.py detects the changes.
"""

from __future__ import annotations

import asyncio
import contextlib

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask

PAUSE = 1.0
"""Seconds between two refreshes of a growing output."""
_TIMEOUT = 5.0
"""Seconds to wait for the editor's answer."""


class DocumentRefresh:
    """The refreshes of the virtual documents that one editor shows."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._task = LatestTask(self._send)

    async def run(self) -> None:
        """Send refreshes, until cancelled."""
        await self._task.run()

    def wake(self) -> None:
        """Handle a change that may affect a virtual document."""
        if self._context.client.text_documents:
            self._task.wake()

    async def _send(self) -> None:
        context = self._context
        await context.editor.drain()
        changed = context.followed.changed(context.workspace)
        for uri in changed:
            params = lsp.TextDocumentContentRefreshParams(uri)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TIMEOUT):
                    await context.editor.request(
                        lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params
                    )
        if changed:
            await asyncio.sleep(PAUSE)  # Wait: for time itself to pass
