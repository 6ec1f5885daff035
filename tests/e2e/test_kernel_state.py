"""The commands for limits, and for saving variables across a restart."""

from __future__ import annotations

import pytest
from dirty_equals import IsInt
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_variables_are_saved_and_restored_and_what_cannot_is_shown(page: Page) -> None:
    await page.write("# %%\nx = [1, 2]\nlines = (n for n in x)\n# %%\nx\n")
    await page.run_at(0)
    before = len(page.editor.messages)
    answer = await page.run("saveVariables")
    assert [one["name"] for one in answer["variables"]] == ["x"]
    assert answer["variables"][0] == {"name": "x", "type": "list", "size": IsInt(gt=0)}
    assert [(one["name"], one["type"]) for one in answer["skipped"]] == [("lines", "generator")]
    assert answer["text"].startswith("Saved 1 variable (")
    (shown,) = page.editor.messages[before:]
    assert (shown.message, shown.type) == (answer["text"], lsp.MessageType.Warning)

    # Without a kernel one is started for it.
    await page.run("shutdown")
    actions = await page.editor.actions(page.uri, 0, only=["cellbridge"])
    titles = [action.title for action in actions]
    assert "Save variables" not in titles
    assert "Restore saved variables" in titles
    restored = await page.run("restoreVariables", names=["x"])
    assert restored["text"].startswith("Restored 1 variable, saved ")
    assert page.editor.messages[-1].type == lsp.MessageType.Info
    assert (await page.run_at(4))["text"] == "[1, 2]"


async def test_saving_without_a_kernel_is_refused(page: Page) -> None:
    await page.write("# %%\n1\n")
    await page.run("shutdown")
    with pytest.raises(JsonRpcException, match="No kernel runs for this notebook"):
        await page.run("saveVariables")


async def test_a_kernel_is_started_only_if_none_is_running(page: Page) -> None:
    await page.write("# %%\nx = 1\n# %%\nx\n")
    await page.run_at(0)
    await page.run("startKernel")
    assert (await page.run_at(2))["text"] == "1"
    await page.run("shutdown")
    await page.run("startKernel")
    assert (await page.run_at(2))["state"] == "error"


async def test_a_limit_ends_a_run_and_is_shown_with_its_result(page: Page) -> None:
    await page.write("# %%\nprint('on')\nwhile True: pass\n")
    await page.run("setLimits", time=1)
    cell = await page.run_at(0)
    assert cell["state"] == "error"
    ((line, hint),) = await page.hints()
    assert line == 2
    assert hint.startswith("✗ This cell ran for 1 second, the limit for one run")
    await page.editor.until(lambda: bool(page.diagnostics), "the error to be reported")
    (report,) = page.diagnostics
    assert report.message.startswith("KeyboardInterrupt")
    assert "This cell ran for 1 second, the limit for one run" in report.message
    hover = await page.hover(0)
    assert "the cell was interrupted" in hover
    assert "Raise the limit" in hover
    assert "on" in hover
    await page.run("setLimits")
