"""workspace/inlayHint/refresh and workspace/codeLens/refresh: sent when hints or lenses change.

Owns when a refresh is sent: never before the editor has answered the previous one, so the editor
sets the pace. Editors without this support update hints and lenses only on edits and scrolling.
"""

from __future__ import annotations

import asyncio
import contextlib

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask

_TIMEOUT = 5.0
"""Seconds after which the next refresh is sent even without an answer of the editor."""


class Refresh:
    """The refreshes of one editor."""

    def __init__(self, context: Context) -> None:
        self._context = context
        client = context.client
        methods = (
            (lsp.WORKSPACE_INLAY_HINT_REFRESH, client.refresh_hints),
            (lsp.WORKSPACE_CODE_LENS_REFRESH, client.refresh_lenses),
        )
        self._methods = [method for method, supported in methods if supported]
        self._task = LatestTask(self._send)

    async def run(self) -> None:
        """Send refreshes, until cancelled."""
        await self._task.run()

    def wake(self) -> None:
        """Handle changed lenses or hints."""
        if self._methods:
            self._task.wake()

    async def _send(self) -> None:
        editor = self._context.editor
        await editor.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT), asyncio.TaskGroup() as questions:
                for method in self._methods:
                    questions.create_task(editor.request(method))
