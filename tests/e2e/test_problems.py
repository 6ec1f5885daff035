"""Unknown names and invalid cells as problems: reported if enabled, and without false reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from support.editor import fresh_uri, start_editor
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEVELS = {"diagnostics": {"names": "warning", "syntax": "error"}}
SCRIPT = """\
# %% one
import re, time
frame = {"a": 1}
def clean(x):
    return x + offset
# %% two
%time prnt(frme)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    editor = await start_editor(initialization_options=LEVELS)
    yield (opened := Page(editor, editor.open(fresh_uri(tmp_path_factory.mktemp("s")), "")))
    await opened.run("shutdown")
    await editor.shutdown_session()


async def reported(page: Page, *expected: str) -> None:
    """Wait until these are the problems: ``line:column-end text``."""
    said: list[str] = []

    def as_expected() -> bool:
        said[:] = [
            f"{one.range.start.line}:{one.range.start.character}-{one.range.end.character} "
            f"{one.message}"
            for one in page.diagnostics
        ]
        return sorted(said) == sorted(expected)

    await page.editor.until(as_expected, f"{expected}, last {said}")


def unknown(name: str, near: str = "") -> str:
    end = f"; did you mean “{near}”?" if near else "."
    return f"“{name}” is not defined in the script or the kernel{end}"


async def test_names_that_nobody_knows_are_reported_where_they_stand(page: Page) -> None:
    await page.write(SCRIPT)
    await page.run_at(0)
    offset = f"4:15-21 {unknown('offset')}"
    await reported(
        page,
        offset,
        f"6:6-10 {unknown('prnt', 'print')}",
        f"6:11-15 {unknown('frme', 'frame')}",
    )
    assert {one.severity for one in page.diagnostics} == {lsp.DiagnosticSeverity.Warning}
    # An edit is read soon after it.
    page.editor.edit(page.uri, (6, 6), (6, 15), "print(frame")
    await reported(page, offset)
    # What moves down is reported there.
    page.editor.edit(page.uri, (0, 0), (0, 0), "# %% zero\npass\n")
    await reported(page, f"6:15-21 {unknown('offset')}")
    # A name that a run has bound stays defined, even when no cell binds it any more.
    page.editor.edit(page.uri, (8, 0), (9, 0), "offset = 1\n")
    await reported(page)
    await page.run_at(8)
    page.editor.edit(page.uri, (8, 0), (9, 0), "offset\n")
    page.editor.edit(page.uri, (9, 0), (9, 0), "nobody\n")
    await reported(page, f"9:0-6 {unknown('nobody')}")


async def test_a_new_kernel_knows_less(page: Page) -> None:
    await page.write("# %%\nkept = 1\n")
    await page.run_at(0)
    page.editor.rewrite(page.uri, "# %%\nkept\nother\n")
    await reported(page, f"2:0-5 {unknown('other')}")
    await page.run("restart")
    await reported(page, f"1:0-4 {unknown('kept')}", f"2:0-5 {unknown('other')}")
    await page.run("shutdown")
    await reported(page)


async def test_an_error_of_the_same_line_is_enough(page: Page) -> None:
    await page.write("# %%\nx = nobody\n")
    await page.run_at(0)
    await reported(page, "1:4-10 NameError: name 'nobody' is not defined")


async def test_what_a_cell_makes_while_it_runs_is_no_alarm(page: Page) -> None:
    await page.write("# %%\nimport time\nfor late in [1]: print('on', flush=True)\ninput('go')\n")
    running = asyncio.create_task(page.run_at(0))
    await page.editor.eventually(page.lenses, lambda found: any("waits" in x for x in found))
    page.editor.edit(page.uri, (4, 0), (4, 0), "# %%\nlate, nobody\n")
    await reported(page, f"5:6-12 {unknown('nobody')}")
    await page.run("answerInput", text="")
    await running


async def test_a_cell_that_is_no_python_is_reported_alone(page: Page) -> None:
    await page.write(
        "# %%\n%matplotlib inline\nfiles = !ls\nx = (1,\n# %% two\n!ls\n# %%\nnobody\n"
    )
    await page.run_at(4)
    fault = "3:4-7 SyntaxError: '(' was never closed"
    await reported(page, fault, f"7:0-6 {unknown('nobody')}")
    page.editor.edit(page.uri, (3, 7), (3, 7), ")")
    await reported(page, f"7:0-6 {unknown('nobody')}")


async def test_problems_are_off_by_default(tmp_path: Path) -> None:
    editor = await start_editor("emacs")
    page = Page(editor, editor.open(fresh_uri(tmp_path), "# %%\n1\n# %%\nnobody\n# %%\nx = (\n"))
    await page.run_at(0)
    assert not page.diagnostics
    for settings in (LEVELS, {}):
        editor.set_configuration(settings, section="cellbridge")
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams({}))
        fault = "5:4-5 SyntaxError: '(' was never closed"
        await reported(page, *([f"3:0-6 {unknown('nobody')}", fault] if settings else []))
    await page.run("shutdown")
    await editor.shutdown_session()
