"""Run by Line and its steps, for editors without a debugger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pygls.exceptions import JsonRpcException

from support.editor import fresh_uri, start_editor
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% one
def double(n):
    m = n * 2
    return m
# %% two
x = 1
y = double(x)
for i in range(2):
    x += i
y
# %% [markdown]
# text
# %% empty
# %% slow
input("go?")
"""
ONE, TWO, TEXT, EMPTY, SLOW = 0, 4, 10, 12, 13
STEPS = ["Next line", "Step into", "Step out", "Continue", "Stop debugging"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stepped(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """A script in an editor without a debugger; its kernel is shared by all tests."""
    editor = await start_editor("neovim")
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "helpers.py").write_text("def triple(n):\n    return n * 3\n", "utf-8")
    page = Page(editor, editor.open(fresh_uri(folder), ""))
    yield page
    await page.run("shutdown")
    await editor.shutdown_session()


@pytest_asyncio.fixture(loop_scope="module")
async def page(stepped: Page) -> Page:
    """The script, with its functions defined and nothing stopped."""
    await stepped.write(SCRIPT)
    await stepped.run_at(ONE)
    return stepped


async def step(page: Page, command: str, **more: Any) -> tuple[str, int | None]:
    """Run a command; return the state of the code, and the line at which it has stopped."""
    answer = await page.run(command, **more)
    position = answer.get("position")
    return answer["state"], None if position is None else position["line"]


async def run_by_line(page: Page, line: int) -> tuple[str, int | None]:
    return await step(page, "runByLine", position={"line": line, "character": 0})


async def check_shown(page: Page, line: int, *values: tuple[int, str]) -> None:
    """Wait until the editor shows a stop at a line, and these values and no others."""

    def is_right(found: list[tuple[int, str]]) -> bool:
        at = [text for _, text in found if text.endswith(f"stopped at line {line + 1}")]
        others = sorted(one for one in found if " = " in one[1] and one[0] != line)
        return len(at) == 1 and others == list(values)

    await page.editor.eventually(page.hints, is_right, f"the stop at line {line + 1} and {values}")
    assert f"… stopped at line {line + 1}" in await page.lenses()


async def refused(page: Page, command: str, line: int) -> str:
    with pytest.raises(JsonRpcException) as caught:
        await page.run(command, position={"line": line, "character": 0})
    return str(caught.value)


async def titles(page: Page, line: int) -> list[str]:
    return [action.title for action in await page.editor.actions(page.uri, line)]


async def test_a_cell_runs_line_by_line_and_ends_by_itself(page: Page) -> None:
    assert await run_by_line(page, TWO) == ("stopped", 5)
    await check_shown(page, 5)
    assert (await titles(page, ONE))[:5] == STEPS
    await page.editor.until(
        lambda: "cell 2 of 5 · two, stopped at line 6" in str(page.editor.progress_reports)
    )
    assert await step(page, "nextLine") == ("stopped", 6)
    await check_shown(page, 6, (5, "x = 1"))
    assert await run_by_line(page, TWO) == ("stopped", 7)
    await check_shown(page, 7, (5, "x = 1"), (6, "y = 2"))
    for line in (8, 7, 8, 7, 9):
        assert await step(page, "nextLine") == ("stopped", line)
    await check_shown(page, 9, (6, "y = 2"), (7, "i = 1"), (8, "x = 2"))
    answer = await page.run("nextLine")
    assert (answer["state"], answer["cells"][0]["text"]) == ("ended", "2")
    await page.editor.eventually(page.hints, lambda hints: (9, "→ 2") in hints)
    assert "Run by line" in (found := await titles(page, TWO))
    assert not set(STEPS) & set(found)
    assert "not stopped at a line" in await refused(page, "nextLine", TWO)
    assert (await page.run_at(TWO))["state"] == "ok"


async def test_a_function_of_another_cell_is_entered(page: Page) -> None:
    await run_by_line(page, TWO)
    await step(page, "nextLine")
    page.editor.shown_documents.clear()
    answer = await page.run("stepInto")
    assert (answer["uri"], answer["position"]["line"], answer["name"]) == (page.uri, 2, "double")
    await check_shown(page, 2, (1, "n = 1"), (5, "x = 1"))
    assert await step(page, "nextLine") == ("stopped", 3)
    await check_shown(page, 3, (1, "n = 1"), (2, "m = 2"), (5, "x = 1"))
    assert await step(page, "stepOut") == ("stopped", 6)
    await check_shown(page, 6, (5, "x = 1"))
    assert (await step(page, "continue"))[0] == "ended"
    assert not page.editor.shown_documents


async def test_a_line_follows_the_text_until_its_cell_is_removed(page: Page) -> None:
    await run_by_line(page, TWO)
    await step(page, "nextLine")
    page.editor.edit(page.uri, (5, 0), (5, 0), "# new\n\n")
    await check_shown(page, 8, (7, "x = 1"))
    assert await step(page, "nextLine") == ("stopped", 9)
    page.editor.edit(page.uri, (4, 0), (12, 0), "")
    assert (await step(page, "nextLine"))[0] == "stopped"
    assert (await step(page, "stopDebugging"))[0] != "stopped"


async def test_a_cell_without_code_is_refused(page: Page) -> None:
    for line in (TEXT, EMPTY):
        assert "no code to run by line" in await refused(page, "runByLine", line)
    assert "not in a code cell" in await refused(page, "toggleBreakpoint", TEXT)


async def test_a_cell_waits_for_its_turn(page: Page) -> None:
    await page.run("runCell", position={"line": SLOW, "character": 0}, wait=False)
    await page.editor.eventually(page.lenses, lambda found: "… waits for input: go?" in found)
    waiting = asyncio.create_task(run_by_line(page, TWO))
    await page.editor.eventually(page.lenses, lambda found: "queued" in found)
    await page.run("answerInput", text="yes")
    assert await waiting == ("stopped", 5)
    waiting = asyncio.create_task(run_by_line(page, ONE))
    await page.editor.eventually(page.lenses, lambda found: "queued" in found)
    assert await step(page, "nextLine") == ("stopped", 6)
    assert not waiting.done()
    assert (await step(page, "continue"))[0] == "ended"
    assert await waiting == ("stopped", 1)
    assert (await step(page, "continue"))[0] == "ended"


async def test_the_code_continues_when_its_document_is_closed(page: Page) -> None:
    await run_by_line(page, TWO)
    page.editor.close(page.uri)
    page.editor.open(page.uri, SCRIPT)
    await page.editor.eventually(page.hints, lambda hints: (9, "→ 2") in hints)
    assert not set(STEPS) & set(await titles(page, TWO))


async def test_a_kernel_that_dies_ends_the_steps(page: Page) -> None:
    await run_by_line(page, TWO)
    await page.run("restart")
    assert "not stopped at a line" in await refused(page, "nextLine", TWO)
    await page.run_at(ONE)
    assert await run_by_line(page, TWO) == ("stopped", 5)
    assert (await step(page, "stopDebugging"))[0] != "stopped"
    await page.editor.eventually(page.hints, lambda hints: (9, "→ 2") in hints)


async def test_a_breakpoint_holds_for_a_usual_run(page: Page) -> None:
    answer = await page.run("toggleBreakpoint", position={"line": 2, "character": 0})
    assert answer == {"set": True, "position": {"line": 2, "character": 0}}
    assert (2, "● breakpoint") in await page.hints()
    page.editor.edit(page.uri, (1, 0), (1, 0), "\n")
    assert (3, "● breakpoint") in await page.hints()
    await page.run("runCell", position={"line": TWO + 1, "character": 0}, wait=False)
    await check_shown(page, 3, (2, "n = 1"))
    assert await step(page, "nextLine") == ("stopped", 4)
    assert "Remove breakpoint" in await titles(page, 3)
    await page.run("toggleBreakpoint", position={"line": 3, "character": 0})
    assert (await step(page, "continue"))[0] == "ended"


async def test_a_condition_is_written_in_the_code(page: Page) -> None:
    await page.write("# %%\nfor i in range(3):\n    if i == 1:\n        breakpoint()\ni\n")
    assert await run_by_line(page, 0) == ("stopped", 1)
    assert await step(page, "continue") == ("stopped", 3)
    await check_shown(page, 3, (1, "i = 1"))
    assert (await step(page, "continue"))[0] == "ended"


async def test_a_function_of_a_module_is_shown_in_its_file(page: Page) -> None:
    await page.write("# %%\nimport helpers\nhelpers.triple(2)\n")
    page.editor.shown_documents.clear()
    assert await run_by_line(page, 0) == ("stopped", 1)
    await step(page, "nextLine")
    answer = await page.run("stepInto")
    (shown,) = page.editor.shown_documents
    assert (answer["uri"], answer["name"]) == ((page.folder / "helpers.py").as_uri(), "triple")
    assert shown.uri == answer["uri"]
    assert shown.selection is not None
    assert shown.selection.start.line == 1
    page.editor.open(shown.uri, (page.folder / "helpers.py").read_text("utf-8"))
    found = [action.title for action in await page.editor.actions(shown.uri, 1)]
    assert found[:5] == STEPS
    answer = await page.editor.command("stepOut", uri=shown.uri)
    assert (answer["uri"], answer["position"]["line"]) == (page.uri, 2)
    await step(page, "continue")


async def test_code_of_a_string_has_no_place(page: Page) -> None:
    await page.write('# %%\nexec("a = 1\\nb = 2")\n')
    assert await run_by_line(page, 0) == ("stopped", 1)
    answer = await page.run("stepInto")
    while answer["state"] == "stopped":
        assert answer.get("position", {"line": 1})["line"] == 1
        answer = await page.run("stepInto")
