"""Messages to the user about events of a kernel, in any editor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from cellbridge.workspace.workspace import path_of
from support.page import Page
from support.sessions import kernel_of, kill

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEAF = """\
# %%
import time
print('on')
while True:
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        pass
"""


def script_of(page: Page) -> Path:
    path = path_of(page.uri)
    assert path is not None
    return path


async def cell_until(page: Page, seen: Callable[[p.Cell], bool], what: str) -> None:
    """Wait until ``seen`` accepts the script's only cell."""
    await page.editor.eventually(
        lambda: page.editor.cells(page.uri), lambda answer: seen(answer.cells[0]), what
    )


async def test_a_dead_kernel_is_reported_once_with_advice(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\n1\n")
    await page.run_at(0)
    before = len(page.editor.messages)
    kill(kernel_of(script_of(page)))
    await page.editor.until(lambda: len(page.editor.messages) > before, "the news")
    (news,) = page.editor.messages[before:]
    assert news.type is lsp.MessageType.Error
    assert "SIGKILL" in news.message
    assert "Restart it to continue" in news.message
    assert (await page.run_at(0))["state"] == "ok"


async def test_a_cell_that_cannot_be_stopped_is_offered_a_restart(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(DEAF)
    await page.run("runCell", position={"line": 0, "character": 0}, wait=False)

    await cell_until(page, lambda cell: bool(cell.outputs), "its first line")
    page.editor.choice = "Restart Kernel"
    await page.run("interrupt")
    await page.editor.until(lambda: bool(page.editor.questions), "the question")
    (question,) = page.editor.questions
    assert [action.title for action in question.actions or ()] == [
        "Restart Kernel",
        "Keep Waiting",
    ]
    assert "cannot be interrupted" in question.message
    await cell_until(page, lambda cell: bool(cell.run and cell.run.state == "lost"), "the restart")
