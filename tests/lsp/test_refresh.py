"""The pace of the requests to update hints and lenses."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.push.refresh import Refresh

LENSES = lsp.WORKSPACE_CODE_LENS_REFRESH
HINTS = lsp.WORKSPACE_INLAY_HINT_REFRESH


class SilentEditor:
    """An editor that answers each refresh at once and makes its request only in the test."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def drain(self) -> None:
        """See `cellbridge.lsp.editor.Editor`."""

    async def request(self, method: str, params: Any = None) -> None:
        """See `cellbridge.lsp.editor.Editor`."""
        del params
        self.sent.append(method)


async def let_tasks_run() -> None:
    """Let every task go as far as it can without waiting."""
    for _ in range(20):
        await asyncio.sleep(0)  # Wait: for nothing; other tasks run.


async def test_a_refresh_waits_for_the_request_after_the_one_before() -> None:
    """A cell that prints all the time changes its hints all the time."""
    editor = SilentEditor()
    client = SimpleNamespace(refresh_hints=True, refresh_lenses=True)
    refresh = Refresh(cast("Context", SimpleNamespace(client=client, editor=editor)))
    running = asyncio.create_task(refresh.run())
    for _ in range(50):
        refresh.wake()
        await let_tasks_run()
    assert sorted(editor.sent) == sorted([LENSES, HINTS])
    refresh.requested(lsp.TEXT_DOCUMENT_CODE_LENS)
    await let_tasks_run()
    assert editor.sent[2:] == [LENSES]  # For the changes of the meantime; hints still wait.
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
