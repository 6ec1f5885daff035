"""workspace/textDocumentContent/refresh: the text of a virtual document is another by now.

Owns when an editor is told so: at once, and then no more often than every `PAUSE`, as it asks for
the whole text again. What has changed is the documents' own matter
(documents/followed_documents.py).
"""

from __future__ import annotations

import asyncio
import contextlib

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import Pump

PAUSE = 1.0
"""Seconds between two texts of an output that grows."""
_PATIENCE = 5.0
"""Seconds after which an editor that does not answer is left alone."""


class DocumentNews:
    """The news of the virtual documents that one editor shows."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pump = Pump(self._tell)

    async def run(self) -> None:
        """Do the telling; until cancelled."""
        await self._pump.run()

    def wake(self) -> None:
        """Something has changed of which a document may be made."""
        if self._context.client.text_documents:
            self._pump.wake()

    async def _tell(self) -> None:
        context = self._context
        await context.editor.keeps_up()
        changed = context.followed.changed(context.workspace)
        for uri in changed:
            params = lsp.TextDocumentContentRefreshParams(uri)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await context.editor.ask(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params)
        if changed:
            await asyncio.sleep(PAUSE)  # Wait: for time itself to pass
