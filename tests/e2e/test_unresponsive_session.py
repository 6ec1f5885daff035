"""A session that hangs is reported in the editor, and can be stopped by force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from cellbridge.workspace.workspace import path_of
from support.page import Page
from support.sessions import PATIENCE, host_of, kernel_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAITING = """\
# %%
print('on', flush=True)
open({gate!r}).read()
"""


def script_of(page: Page) -> Path:
    path = path_of(page.uri)
    assert path is not None
    return path


async def kernel_until(page: Page, state: str) -> str:
    """Wait until the kernel is in a state; return its message."""
    answer = await page.editor.eventually(
        lambda: page.editor.cells(page.uri), lambda cells: cells.kernel.state == state, state
    )
    return answer.kernel.message


async def test_a_session_that_hangs(drawn_page: Page) -> None:
    page, editor = drawn_page, drawn_page.editor
    gate = page.folder / "gate"
    os.mkfifo(gate)
    await page.write(WAITING.format(gate=str(gate)))
    await page.run("runCell", position={"line": 0, "character": 0}, wait=False)
    await editor.eventually(
        lambda: editor.cells(page.uri), lambda answer: answer.cells[0].outputs, "its first line"
    )
    host, kernel = host_of(script_of(page)), kernel_of(script_of(page))
    editor.questions.clear()
    host.suspend()
    try:
        await editor.until(lambda: bool(editor.questions), "the question")
        (question,) = editor.questions
        assert question.type is lsp.MessageType.Warning
        assert "does not answer" in question.message
        assert [one.title for one in question.actions or ()] == ["Force Stop", "Keep Waiting"]
        assert await kernel_until(page, "unresponsive") == question.message
        commands = [
            action.command.command
            for action in await editor.actions(page.uri, 0)
            if action.command is not None
        ]
        assert "cellbridge.forceStopSession" in commands
    finally:
        host.resume()
    assert await kernel_until(page, "busy") == ""
    actions = await editor.actions(page.uri, 0)
    assert all(
        action.command is None or action.command.command != "cellbridge.forceStopSession"
        for action in actions
    )
    editor.choice = "Force Stop"
    before = len(editor.messages)
    host.suspend()
    await kernel_until(page, "stopped")
    await editor.until(lambda: len(editor.messages) > before, "what became of it")
    (news,) = editor.messages[before:]
    assert news.type is lsp.MessageType.Info
    assert "was stopped with its kernel" in news.message
    host.wait(PATIENCE)
    kernel.wait(PATIENCE)
    (cell,) = (await editor.cells(page.uri)).cells
    assert cell.run is not None
    assert (cell.run.state, len(cell.outputs)) == ("lost", 1)
    editor.choice = ""
    await page.write("# %%\n1\n")
    assert (await page.run_at(0))["state"] == "ok"
