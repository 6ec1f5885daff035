"""Debug Error: the frames of a failed run in an editor, without a debugger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from support.cursor import Cursor
from support.editor import fresh_uri, start_editor
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% functions
import json
row = "of the session"

def parse(text, limit=3):
    row = {"text": text, "limit": limit}
    return json.loads(row["text"]), limit

# %% call
parse("[1, }")
"""
LINE = 6
"""The line of the script at which the error came about."""
ROW = "{'text': '[1, }', 'limit': 3}"
VALUES = (LINE, f"row = {ROW}, limit = 3")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    editor = await start_editor()
    yield (opened := Page(editor, editor.open(fresh_uri(tmp_path_factory.mktemp("s")), "")))
    await opened.run("shutdown")
    await editor.shutdown_session()


def shown_lines(page: Page) -> list[tuple[str, int]]:
    """Return the documents and lines of the requests to show a line."""
    shown = page.editor.shown_documents
    return [(one.uri, one.selection.start.line) for one in shown if one.selection is not None]


async def fail(page: Page) -> None:
    """Run the script, whose second cell fails."""
    await page.write(SCRIPT)
    await page.run("runAll")


async def refused(page: Page, command: str, **argument: object) -> str:
    with pytest.raises(JsonRpcException) as raised:
        await page.run(command, **argument)
    return str(raised.value)


def information(page: Page) -> list[tuple[int, str]]:
    """Return line and message of the diagnostics about the selected frame."""
    return [
        (one.range.start.line, one.message)
        for one in page.diagnostics
        if one.severity is lsp.DiagnosticSeverity.Information
    ]


async def titles(page: Page, line: int) -> list[str]:
    """Return the titles of the actions about frames at a line."""
    found = [one.title for one in await page.editor.actions(page.uri, line)]
    return [title for title in found if "frame" in title.lower() or title == "Debug error"]


async def test_an_error_is_debugged_in_the_function_of_the_script(page: Page) -> None:
    await fail(page)
    assert await titles(page, 1) == []
    action = (await page.editor.actions(page.uri, 9))[0]
    assert (action.title, action.kind) == ("Debug error", "cellbridge.run")
    [argument] = action.command.arguments
    found = await page.editor.command("debugError", **argument)
    assert [frame["name"] for frame in found["frames"][:2]] == ["<module>", "parse"]
    assert found["selected"] == 1
    assert found["frames"][1]["range"]["start"]["line"] == LINE
    assert found["frames"][2]["uri"].endswith("/json/__init__.py")
    total = len(found["frames"])
    await page.editor.until(lambda: bool(information(page)), "the selected frame")
    assert information(page) == [(LINE, f"Debugging JSONDecodeError: parse (frame 2 of {total}).")]
    await page.editor.eventually(page.hints, lambda hints: VALUES in hints, "the values")
    await page.editor.until(lambda: (page.uri, LINE) in shown_lines(page), "the line")
    # The names of the function are those of the frame; elsewhere they are those of the session.
    assert ROW in await page.hover(LINE, 23)
    assert "of the session" in await page.hover(2, 1)
    assert "of the session" not in await page.hover(LINE, 23)
    labels = await Cursor(
        page, SCRIPT.replace("return json", 'row["$0"]\n    return json')
    ).labels()
    assert labels[:2] == ["text", "limit"]
    text = (await page.run("showVariables", show=False))["text"]
    assert "These are the variables of the frame parse, line 8." in text
    assert "of the session" not in text


async def test_one_moves_from_frame_to_frame(page: Page) -> None:
    await fail(page)
    found = await page.run("debugError", position={"line": 9, "character": 0})
    total, called = len(found["frames"]), found["frames"][2]["range"]["start"]["line"] + 1
    assert await titles(page, 0) == [
        "Select calling frame: the cell, " + page.uri.rpartition("/")[2] + ", line 10",
        f"Select called frame: loads, __init__.py, line {called}",
        "Leave frames",
    ]
    await page.run("frameUp")
    outer = f"Debugging JSONDecodeError: the cell (frame 1 of {total})."
    await page.editor.until(lambda: information(page) == [(9, outer)], "the outer frame")
    assert "of the session" in await page.hover(2, 1)
    assert "outermost frame" in await refused(page, "frameUp")
    await page.run("frameDown")
    inner = (await page.run("frameDown"))["frames"][2]
    await page.editor.until(
        lambda: any("called from here" in message for _, message in information(page)),
        "the frame of the library, at the line that led to it",
    )
    assert [line for line, _ in information(page)] == [LINE]
    place = (inner["uri"], inner["range"]["start"]["line"])
    await page.editor.until(lambda: place in shown_lines(page), "the library's file")
    text = (await page.run("showVariables", show=False))["text"]
    assert "variables of the frame loads, __init__.py, line" in text
    assert "parse_float" in text
    await page.run("leaveFrames")
    await page.editor.until(lambda: not information(page), "the end of the selection")
    assert ROW not in await page.hover(LINE, 23)
    assert "No frame is selected" in await refused(page, "frameUp")
    await page.run("leaveFrames")


async def test_the_line_of_a_frame_follows_edits_and_the_next_run_ends_it(page: Page) -> None:
    await fail(page)
    await page.run("debugError", position={"line": 9, "character": 0})
    await page.editor.until(lambda: bool(information(page)), "the selected frame")
    page.editor.edit(page.uri, (0, 0), (0, 0), "# %% above\n\n")
    await page.editor.until(
        lambda: [line for line, _ in information(page)] == [LINE + 2], "the line after the edit"
    )
    assert ROW in await page.hover(LINE + 2, 23)
    await page.run_at(3)
    await page.editor.until(lambda: not information(page), "the end of the selection")
    assert VALUES not in await page.hints()


async def test_a_stop_is_shown_as_an_error_is(page: Page) -> None:
    await page.write(SCRIPT)
    await page.run_at(0)
    await page.run("runByLine", position=at(9))
    entry = "Stopped before the first statement."
    await page.editor.until(lambda: information(page) == [(9, entry)], "the first line")
    for line in (LINE - 1, LINE):
        found = await page.run("stepInto" if line < LINE else "nextLine")
        assert found["position"]["line"] == line
    step = "Stopped after a step: parse (frame 2 of 2)."
    await page.editor.until(lambda: information(page) == [(LINE, step)], "the line in the function")
    await page.editor.eventually(page.hints, lambda hints: VALUES in hints, "the values")
    assert ROW in await page.hover(LINE, 23)
    assert "of the session" in await page.hover(2, 1)
    assert "Leave frames" not in await titles(page, 0)
    await page.run("frameUp")
    outer = "Stopped after a step: the cell (frame 1 of 2)."
    await page.editor.until(lambda: information(page) == [(9, outer)], "the calling frame")
    assert "Leave frames" in await titles(page, 0)
    await page.run("leaveFrames")
    await page.editor.until(lambda: information(page) == [(LINE, step)], "the innermost frame")
    await page.run("stopDebugging")
    await page.editor.until(lambda: not information(page), "the end of the stop")


async def test_errors_that_cannot_be_debugged_are_explained(page: Page) -> None:
    await page.write("# %% fine\n1\n# %% fails\n1/0\n# %% later\nint('x')\n# %% no code\n1 +\n")
    assert "no error to debug" in await refused(page, "debugError", position=at(0))
    for line in (0, 2, 4):
        await page.run_at(line)
    assert "no error to debug" in await refused(page, "debugError", position=at(0))
    assert "another error came later" in await refused(page, "debugError", position=at(2))
    await page.run_at(6)
    assert "its code did not run" in await refused(page, "debugError", position=at(6))
    await page.run("restart")
    assert "has been restarted since" in await refused(page, "debugError", position=at(4))
    assert "Debug error" not in await titles(page, 4)


async def test_the_diagnostic_of_an_error_has_a_quick_fix(page: Page) -> None:
    await fail(page)
    [report] = page.diagnostics
    context = lsp.CodeActionContext([report], trigger_kind=lsp.CodeActionTriggerKind.Automatic)
    found = await page.editor.text_document_code_action_async(
        lsp.CodeActionParams(lsp.TextDocumentIdentifier(page.uri), report.range, context)
    )
    assert [one["title"] for one in found] == ["Debug error"]


def at(line: int) -> dict[str, int]:
    return {"line": line, "character": 0}
