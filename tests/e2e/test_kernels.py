"""Choosing a kernel from an editor, and the sessions that run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cellbridge.lsp import protocol as p
from cellbridge.workspace.workspace import path_of
from support.editor import Editor
from support.environments import borrow, pretend, venv
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHICH = "# %%\nimport sys\nprint(sys.prefix)\n"


def folder(page: Page) -> Path:
    path = path_of(page.uri)
    assert path is not None
    return path.parent


async def kernels(page: Page, **more: object) -> p.KernelsResult:
    ask = page.editor.protocol.send_request_async
    return await ask("cellbridge/kernels", {"uri": page.uri, **more})


async def sessions(editor: Editor) -> list[p.Session]:
    found = await editor.protocol.send_request_async("cellbridge/sessions", {})
    return found.sessions


async def test_the_projects_environment_is_the_first_choice(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(WHICH)
    alone = await kernels(page)
    assert [one.id for one in alone.choices if one.current] == [sys.executable]
    assert alone.why.startswith("No environment was found near the script")

    python = pretend(folder(page) / ".venv", ipykernel="7.4.0")
    found = await kernels(page)
    (current,) = [one for one in found.choices if one.current]
    assert current == p.KernelChoice(
        str(python), "Python 3.12.1 (.venv)", str(python), "environment", "python",
        current=True, runnable=True,
    )  # fmt: skip
    assert found.choices[0] == current
    assert found.why == f"This Python was chosen because .venv lies in {folder(page)}."
    assert python.with_name("started").exists() is False


async def test_a_picked_environment_runs_and_is_remembered(
    drawn_page: Page, tmp_path: Path
) -> None:
    page = drawn_page
    await page.write(WHICH)
    borrow(python := venv(tmp_path / "other", "--without-pip"))
    await page.run("selectKernel", id=str(python))
    assert (await page.run_at(0))["text"].strip() == str(tmp_path / "other")
    found = await kernels(page)
    assert found.why == "It was picked for this file."
    assert next(one.title for one in found.choices if one.current).endswith("(other)")

    await page.run("selectKernel", id=sys.executable)
    assert (await page.run_at(0))["text"].strip() == sys.prefix


async def test_sessions_are_listed_and_stopped(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\n1\n")
    await page.run_at(0)
    (mine,) = [one for one in await sessions(page.editor) if one.uri == page.uri]
    assert (mine.state, mine.kernel, mine.clients) == ("idle", "python3", ["visual-studio-code"])
    assert mine.memory > 1_000_000
    assert mine.started_at <= mine.last_used
    await page.run("stopSession")
    assert not [one for one in await sessions(page.editor) if one.uri == page.uri]
