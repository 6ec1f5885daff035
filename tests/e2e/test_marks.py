"""The marks of cells: what a run of selected lines, a restart, an interrupt or an edit changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUMS = "# %%\n1 + 1\nzz = 5\nzz * 2\n# %%\nzz\n"


def lines(first: int, last: int) -> dict[str, Any]:
    """The range of whole lines."""
    return {
        "start": {"line": first, "character": 0},
        "end": {"line": last + 1, "character": 0},
    }


async def hints_of(page: Page) -> list[tuple[int, str]]:
    """Return line and text of each hint, in order of lines."""
    return sorted(await page.hints())


async def check_marks(page: Page, lens: str, *hints: tuple[int, str]) -> None:
    """Check the state in the first cell's lens, without its duration, and all hints."""
    shown = [title for title in await page.lenses(0) if title[0] in "✓✗"]
    parts = shown[0].split(" · ") if shown else []
    assert " · ".join(part for part in parts if not part.endswith("s")) == lens
    assert await hints_of(page) == list(hints)


async def test_a_run_of_selected_lines_is_no_run_of_the_cell(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(SUMS)
    answer = await page.run("runSelection", range=lines(1, 1))
    assert [(one["id"], one["text"]) for one in answer["cells"]] == [("", "2")]
    await check_marks(page, "", (1, "→ 2 (selection)"))
    cell = (await page.editor.cells(page.uri)).cells[0]
    assert cell.run is None
    assert [(one.anchor.line, one.mark, one.fresh) for one in cell.selections or ()] == [
        (1, "selection", True)
    ]
    assert "selection" in await page.hover(1, 5)

    # It goes with the next run of the cell, whose outputs then outlive a selection.
    count = (await page.run_at(0))["count"]
    await check_marks(page, f"✓ {count}", (3, "→ 10"))
    await page.run("runSelection", range=lines(1, 1))
    await check_marks(page, f"✓ {count}", (1, "→ 2 (selection)"), (3, "→ 10"))

    # It follows edits, and is stale once its own lines have other code.
    page.editor.edit(page.uri, (0, 0), (0, 0), "# %% above\n# here\n")
    page.editor.edit(page.uri, (3, 5), (3, 5), "  # two")
    assert await hints_of(page) == [(3, "→ 2 (selection)"), (5, "→ 10")]
    page.editor.edit(page.uri, (3, 0), (3, 0), "1 + ")
    assert await hints_of(page) == [(3, "→ 2 (selection · stale)"), (5, "→ 10 (stale)")]

    # A selection replaces only those that it overlaps; a clear removes all of the cell.
    await page.run("runSelection", range=lines(4, 5))
    assert await hints_of(page) == [
        (3, "→ 2 (selection · stale)"),
        (5, "→ 10 (selection)"),
        (5, "→ 10 (stale)"),
    ]
    await page.run("clearOutputs", position={"line": 3, "character": 0})
    assert await hints_of(page) == []


async def test_a_selection_of_several_cells_runs_whole_ones_as_cells(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %% a\n1\n2\n# %% [markdown]\n# text\n# %% b\n3\n\n# %% c\n4\n5\n")
    await page.run("runSelection", range=lines(2, 9))
    assert await hints_of(page) == [(2, "→ 2 (selection)"), (6, "→ 3"), (9, "→ 4 (selection)")]


async def test_a_failing_selection_is_reported_on_its_line(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nx = 1\nx / 0\nx\n")
    await page.run("runSelection", range=lines(1, 2))
    await page.editor.until(lambda: bool(page.diagnostics), "the error")
    assert page.diagnostic_messages() == [(2, "ZeroDivisionError: division by zero")]
    await page.run_at(0, wait=True)
    assert page.diagnostic_messages() == [(2, "ZeroDivisionError: division by zero")]


async def test_names_that_a_selection_binds_make_cells_below_stale(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(SUMS)
    await page.run("runAll")
    await page.run("runSelection", range=lines(2, 2))
    assert (5, "→ 5 (stale)") in await hints_of(page)
    assert (3, "→ 10") in await hints_of(page)


async def test_a_selection_that_waits_for_input_is_answered(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nname = input('who? ')\nname\n")
    running = asyncio.create_task(page.run("runSelection", range=lines(1, 1)))
    await page.editor.eventually(
        lambda: hints_of(page),
        lambda hints: hints == [(1, "… waits for input: who?")],
        "the question",
    )
    assert "… waits for input: who? · selection" in await page.lenses(0)
    await page.run("answerInput", text="Ada")
    await running
    assert await hints_of(page) == [(1, "✓ (selection)")]


async def test_after_a_restart_each_run_is_of_an_earlier_kernel(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(SUMS)
    await page.run("runAll")
    await page.run("runSelection", range=lines(1, 1))
    await page.run("restart")
    earlier = [
        (1, "→ 2 (selection · earlier kernel)"),
        (3, "→ 10 (earlier kernel)"),
        (5, "→ 5 (earlier kernel)"),
    ]
    assert await hints_of(page) == earlier
    assert (await page.lenses(0))[-1].endswith(" · earlier kernel")
    cell = (await page.editor.cells(page.uri)).cells[0]
    assert (cell.fresh, cell.stale, cell.earlier_kernel) == (False, None, True)
    assert "its kernel has ended" in await page.hover(0)
    await page.run_at(0)
    assert await hints_of(page) == [(3, "→ 10"), (5, "→ 5 (stale · earlier kernel)")]


async def test_the_users_interrupt_is_no_problem(drawn_page: Page) -> None:
    page = drawn_page
    for code in ("print('on')\nwhile True: pass", "import asyncio\nawait asyncio.sleep(1000)"):
        await page.write(f"# %%\n{code}\n# %%\n1 / 0\n")
        await page.run_at(3)
        running = asyncio.create_task(page.run_at(0))
        await page.editor.eventually(
            page.lenses, lambda found: any("running" in one for one in found), "the run"
        )
        await page.run("interrupt")
        await running
        await page.editor.until(lambda: len(page.diagnostics) < 2, "the diagnostics")
        assert page.diagnostic_messages() == [(4, "ZeroDivisionError: division by zero")]
        await check_marks(
            page,
            "✗ interrupted",
            (2, "✗ interrupted"),
            (4, "✗ ZeroDivisionError: division by zero"),
        )


async def test_an_edit_of_comments_and_spaces_makes_nothing_stale(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nx = [1,\n  2]\nx\n1 / 0\n")
    await page.run_at(0)
    page.editor.edit(page.uri, (1, 0), (1, 0), "# a comment\n\n")
    page.editor.edit(page.uri, (3, 0), (3, 7), "x = [  1,")
    assert await hints_of(page) == [(6, "✗ ZeroDivisionError: division by zero")]
    await page.editor.until(
        lambda: [line for line, _ in page.diagnostic_messages()] == [6], "the error to move"
    )
    page.editor.edit(page.uri, (3, 4), (3, 4), "7, ")
    assert await hints_of(page) == [(6, "✗ ZeroDivisionError: division by zero (stale)")]


async def test_an_exit_ends_the_cell_and_the_queue_and_not_the_kernel(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nimport sys\nkept = 1\n# %%\nsys.exit()\n# %%\nkept\n")
    answer = await page.run("runAll")
    assert [one["state"] for one in answer["cells"]] == ["ok", "ok", "cancelled"]
    assert (4, "✓ exited") in await hints_of(page)
    assert page.diagnostics == []
    assert "The kernel is still running." in await page.hover(3)
    assert (await page.run_at(5))["text"] == "1"
    await page.write("# %%\nexit(3)\n")
    assert (await page.run_at(0))["state"] == "error"
    assert await hints_of(page) == [
        (1, "✗ The cell ended with sys.exit(): exit code 3. The kernel is still running.")
    ]
