"""workspace/inlayHint/refresh and workspace/codeLens/refresh: sent when hints or lenses change.

Owns when a refresh is sent: never before the editor has requested the hints or lenses after the
previous one, so the editor sets the pace. VS Code waits until no refresh has come for a while, on a
slow connection for seconds, so a refresh for each output would keep it from ever requesting lenses
while a cell prints. Editors without this support update hints and lenses only on edits and
scrolling.
"""

from __future__ import annotations

import asyncio
import contextlib

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask

PATIENCE = 3.0
"""Seconds after which the next refresh is sent without a request: an editor that shows none of the
documents makes none."""


class Refresh:
    """The refreshes of one editor."""

    def __init__(self, context: Context) -> None:
        client = context.client
        methods = (
            (lsp.TEXT_DOCUMENT_INLAY_HINT, lsp.WORKSPACE_INLAY_HINT_REFRESH, client.refresh_hints),
            (lsp.TEXT_DOCUMENT_CODE_LENS, lsp.WORKSPACE_CODE_LENS_REFRESH, client.refresh_lenses),
        )
        self._paced = {
            requested: _PacedRefresh(context, refresh)
            for requested, refresh, supported in methods
            if supported
        }
        context.requested = self.requested

    async def run(self) -> None:
        """Send refreshes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for paced in self._paced.values():
                tasks.create_task(paced.task.run())

    def wake(self) -> None:
        """Handle changed lenses or hints."""
        for paced in self._paced.values():
            paced.task.wake()

    def requested(self, method: str) -> None:
        """Handle the editor's request for hints or lenses."""
        if method in self._paced:
            self._paced[method].requested.set()


class _PacedRefresh:
    """The refreshes by one method."""

    def __init__(self, context: Context, method: str) -> None:
        self.task = LatestTask(self._send)
        self.requested = asyncio.Event()
        """Set when the editor has made its request after the last refresh."""
        self._editor = context.editor
        self._method = method

    async def _send(self) -> None:
        await self._editor.drain()
        self.requested.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._editor.request(self._method)
                await self.requested.wait()
