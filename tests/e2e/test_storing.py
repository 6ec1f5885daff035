"""What an editor shows when outputs cannot be stored: the run's own answer, and one message."""

from __future__ import annotations

import psutil
import pytest

from cellbridge.workspace.workspace import path_of
from support.page import Page
from support.sessions import host_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_that_cannot_be_stored_is_answered_as_it_went_and_said_once(
    drawn_page: Page,
) -> None:
    editor = drawn_page.editor
    await drawn_page.write("# %%\nprint('x' * 5000)\n# %%\n2\n")
    await drawn_page.run_at(2)
    path = path_of(drawn_page.uri)
    assert path is not None
    host = host_of(path)
    _, hard = host.rlimit(psutil.RLIMIT_FSIZE)
    host.rlimit(psutil.RLIMIT_FSIZE, (1024, hard))

    def said() -> list[str]:
        return [one.message for one in editor.messages if "are not stored" in one.message]

    for _ in range(2):
        assert (await drawn_page.run_at(0))["state"] == "ok"
    await editor.until(lambda: bool(said()), "the message")
    host.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))
    assert (await drawn_page.run_at(2))["state"] == "ok"
    assert len(said()) == 1
