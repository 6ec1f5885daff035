"""The notices of a session in an editor: one message for each sentence."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from cellbridge.workspace.workspace import path_of
from support import exposed_kernel
from support.editor import fresh_uri
from support.page import Page
from support.sessions import host_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_that_cannot_be_stored_is_reported_once(
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


async def test_an_exposed_kernel_is_reported_once_in_each_session(drawn_page: Page) -> None:
    editor = drawn_page.editor
    name = exposed_kernel.register(Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels")
    uri = fresh_uri(drawn_page.folder)
    text = f"# ---\n# jupyter:\n#   kernelspec:\n#     name: {name}\n# ---\n\n# %%\n1\n"
    page = Page(editor, editor.open(uri, text))
    line = text.count("\n") - 2

    def said() -> int:
        return [one.message for one in editor.messages].count(exposed_kernel.NOTICE)

    for sessions in (1, 2):
        for _ in range(2):  # The second kernel of a session adds no notice.
            assert (await page.run_at(line))["state"] == "ok"
            await editor.until(lambda sessions=sessions: said() >= sessions, "the notice")
            await page.run("restart")
        assert said() == sessions
        assert (await page.run_at(line))["state"] == "ok"
        await page.run("shutdown")
        assert said() == sessions


async def test_a_script_in_another_format_is_reported_once(drawn_page: Page) -> None:
    editor = drawn_page.editor
    lines = (
        "---",
        "jupyter:",
        "  jupytext:",
        "    text_representation:",
        "      format_name: light",
    )
    text = "".join(f"# {line}\n" for line in (*lines, "---")) + "\n# +\n1\n"
    uri = editor.open(fresh_uri(drawn_page.folder), text)

    def said() -> list[str]:
        return [one.message for one in editor.messages if "light format" in one.message]

    await editor.until(lambda: bool(said()), "the message")
    editor.edit(uri, (8, 0), (8, 1), "2")
    await Page(editor, uri).hints()
    assert len(said()) == 1
