"""workspace/inlayHint/refresh and workspace/codeLens/refresh: ask again, something has changed.

Owns when an editor is asked to ask again: never while it has not answered the last such request, so
that its own pace is the bound. Editors that do not support a refresh ask at edits and moves only.
"""

from __future__ import annotations

import asyncio
import contextlib

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import Pump

_PATIENCE = 5.0
"""Seconds after which an editor that does not answer is asked again all the same."""


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
        self._pump = Pump(self._ask)

    async def run(self) -> None:
        """Do the asking; until cancelled."""
        await self._pump.run()

    def wake(self) -> None:
        """Lenses and hints are no longer what they were."""
        if self._methods:
            self._pump.wake()

    async def _ask(self) -> None:
        editor = self._context.editor
        await editor.keeps_up()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as questions:
                for method in self._methods:
                    questions.create_task(editor.ask(method))
