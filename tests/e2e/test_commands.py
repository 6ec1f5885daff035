"""Every command, and its answer to a script or a plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from dirty_equals import IsFloat, IsInt, IsStr
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

THREE = "# %% a\nfirst = 1\nfirst\n# %% [markdown]\n# text\n# %% b\nfirst + 1\n# %% c\nfirst + 2\n"
WAIT = "import threading\nprint('waits')\nthreading.Event().wait()\n"
"""A cell to interrupt; once it has printed, no interrupt is too early."""
LAST = 3
"""The line of its hint, below a marker."""


def at(line: int, character: int = 0) -> dict[str, int]:
    return {"line": line, "character": character}


def texts(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [cell.get("text", "") for cell in answer["cells"]]


async def test_run_cell_answers_with_how_it_went(page: Page) -> None:
    await page.write(THREE)
    answer = await page.run("runCell", position=at(2))
    assert answer == {
        "cells": [
            {
                "id": IsStr(),
                "state": "ok",
                "count": IsInt(ge=1),
                "duration": IsFloat(gt=0),
                "text": "1",
            }
        ]
    }


async def test_a_command_means_the_text_as_it_was_when_it_was_given(page: Page) -> None:
    await page.write("# %%\n'old'\n")
    argument = {"uri": page.uri, "position": at(0)}
    params = lsp.ExecuteCommandParams("cellbridge.runCell", [argument])
    # Sent in one go, so that the server has the edit before the command is done.
    answer = page.editor.protocol.send_request(lsp.WORKSPACE_EXECUTE_COMMAND, params)
    page.editor.edit(page.uri, (1, 0), (1, 5), "'new'")
    assert texts(await asyncio.wrap_future(answer)) == ["'old'"]
    assert await page.hints() == [(1, "→ 'old' (stale)")]


async def test_run_cell_finds_the_cell_by_its_id_wherever_it_is(page: Page) -> None:
    await page.write(THREE)
    found = await page.editor.cells(page.uri)
    page.editor.edit(page.uri, (0, 0), (0, 0), "# %% new\n'new'\n")
    answer = await page.run("runCell", cell=found.cells[0].id, position=at(0))
    assert texts(answer) == ["1"]
    answer = await page.run("runCell", cell="no such cell", position=at(0))
    assert texts(answer) == ["'new'"]


async def test_run_cell_of_text_runs_nothing(page: Page) -> None:
    await page.write(THREE)
    assert await page.run("runCell", position=at(4)) == {"cells": []}


async def test_run_cell_and_advance_says_where_to_go(page: Page) -> None:
    await page.write(THREE)
    answer = await page.run("runCellAndAdvance", position=at(1))
    assert (texts(answer), answer["next"]) == (["1"], at(4))
    answer = await page.run("runCellAndAdvance", position=at(8))
    assert (texts(answer), answer["next"]) == (["3"], at(8))


async def test_run_cell_and_advance_need_not_wait(page: Page) -> None:
    await page.write(f"# %%\n{WAIT}# %%\n2\n")
    answer = await page.run("runCellAndAdvance", position=at(0), wait=False)
    assert answer["next"] == at(5)
    assert [cell["state"] for cell in answer["cells"]] == ["queued"]
    await page.editor.eventually(page.hints, lambda hints: (LAST, "… waits") in hints, "the run")
    await page.run("interrupt")
    await page.editor.eventually(page.lenses, lambda lenses: "Interrupt" not in lenses, "the end")


async def test_run_above_below_and_all(page: Page) -> None:
    await page.write(THREE)
    assert texts(await page.run("runAll")) == ["1", "2", "3"]
    assert texts(await page.run("runAbove", position=at(7))) == ["1", "2"]
    assert texts(await page.run("runAbove", position=at(0))) == []
    assert texts(await page.run("runBelow", position=at(5))) == ["2", "3"]
    assert texts(await page.run("runBelow", position=at(3))) == ["2", "3"]


async def test_run_selection_runs_the_lines_it_touches(page: Page) -> None:
    await page.write("# %%\nx = 5\nif x:\n    y = x * 2\n    y\n'end'\n")
    await page.run_at(0)
    selected = {"start": at(3, 2), "end": at(4, 5)}
    assert texts(await page.run("runSelection", range=selected)) == ["10"]
    caret = {"start": at(5, 1), "end": at(5, 1)}
    assert texts(await page.run("runSelection", range=caret)) == ["'end'"]


async def test_an_error_stops_the_cells_after_it(page: Page) -> None:
    await page.write("# %%\n1\n# %%\n1 / 0\n# %%\n2\n")
    answer = await page.run("runAll")
    assert [cell["state"] for cell in answer["cells"]] == ["ok", "error", "cancelled"]
    assert "ZeroDivisionError" in texts(answer)[1]


async def test_interrupt_ends_the_running_cell_and_empties_the_queue(page: Page) -> None:
    await page.write(f"# %%\n{WAIT}# %%\n2\n")
    running = asyncio.create_task(page.run("runAll"))
    await page.editor.eventually(page.hints, lambda hints: (LAST, "… waits") in hints, "the run")
    assert "Interrupt" in await page.lenses(0)
    assert await page.run("interrupt") is None
    answer = await running
    assert [cell["state"] for cell in answer["cells"]] == ["error", "cancelled"]


async def test_what_is_run_right_after_an_interrupt_runs(page: Page) -> None:
    await page.write(f"# %%\n{WAIT}# %%\n2\n")
    running = asyncio.create_task(page.run_at(0))
    await page.editor.eventually(page.hints, lambda hints: (LAST, "… waits") in hints, "the run")
    await page.run("interrupt")
    assert (await page.run_at(5))["text"] == "2"
    assert (await running)["state"] == "error"


async def test_cancelling_a_request_leaves_its_run_alone(page: Page) -> None:
    await page.write("# %%\nx = input('name? ')\nx\n")
    running = asyncio.create_task(page.run("runCell", position=at(0)))
    await page.editor.eventually(page.hints, waits_for("name?"), "the cell to wait for input")
    page.editor.cancel_request(lsp.CancelParams(id=last_request(page, running)))
    with pytest.raises(JsonRpcException) as refusal:
        await running
    assert refusal.value.code == lsp.LSPErrorCodes.RequestCancelled
    assert await page.run("answerInput", text="Ada") is None
    await page.editor.eventually(page.hints, lambda hints: hints == [(2, "→ 'Ada'")], "the result")


async def test_restart_forgets_and_restart_and_run_all_runs_anew(page: Page) -> None:
    await page.write("# %%\nseen = 'seen' in globals()\nseen\n")
    await page.run("runAll")
    assert texts(await page.run("runAll")) == ["True"]
    assert await page.run("restart") is None
    assert texts(await page.run("runAll")) == ["False"]
    answer = await page.run("restartAndRunAll")
    assert (texts(answer), answer["cells"][0]["count"]) == (["False"], 1)


async def test_clear_outputs_of_one_cell_or_of_all(page: Page) -> None:
    await page.write(THREE)
    await page.run("runAll")
    assert await page.run("clearOutputs", position=at(6)) is None
    assert [line for line, _ in await page.hints()] == [2, 8]
    found = await page.editor.cells(page.uri)
    old = next(cell.run.id for cell in found.cells if cell.run)
    await page.run_at(0)
    # The run that is meant has been replaced, so there is nothing to forget.
    await page.run("clearOutputs", position=at(0), runs=[old])
    assert [line for line, _ in await page.hints()] == [2, 8]
    await page.run("clearOutputs")
    assert await page.hints() == []


async def test_shutdown_ends_the_kernel_and_keeps_the_outputs(page: Page) -> None:
    await page.write("# %%\nkept = 1\nkept\n")
    await page.run_at(0)
    assert await page.run("shutdown") is None
    assert await page.hints() == [(2, "→ 1 (earlier kernel)")]
    found = await page.editor.cells(page.uri)
    assert found.kernel.state in {"stopped", "absent"}
    assert (await page.run_at(0))["count"] == 1


async def test_input_is_answered(page: Page) -> None:
    await page.write("# %%\nprint('hello ' + input('who? '))\n")
    with pytest.raises(JsonRpcException, match="waits for input"):
        await page.run("answerInput", text="nobody")
    running = asyncio.create_task(page.run_at(0))
    await page.editor.eventually(page.hints, waits_for("who?"), "the cell to wait for input")
    await page.run("answerInput", text="world")
    assert "hello world" in (await running)["text"]


async def test_a_request_gets_progress_under_its_own_token(page: Page) -> None:
    await page.write(THREE)
    params = lsp.ExecuteCommandParams(
        "cellbridge.runAll", [{"uri": page.uri}], work_done_token="mine"
    )
    page.editor.progress_reports["mine"] = []
    await page.editor.workspace_execute_command_async(params)
    reports = page.editor.progress_reports["mine"]
    assert [reports[0].kind, reports[-1].kind] == ["begin", "end"]
    assert any("cell 1 of" in (report.message or "") for report in reports[1:-1])


def waits_for(prompt: str) -> Callable[[list[tuple[int, str]]], bool]:
    return lambda hints: [text for _, text in hints] == [f"… waits for input: {prompt}"]


def last_request(page: Page, _: asyncio.Task[object]) -> str:
    """Return the id of the command under way: the only request that has no answer."""
    (identity,) = page.editor.protocol._request_futures
    return str(identity)


async def test_cells_inside_a_block_run_one_by_one_or_as_the_block(page: Page) -> None:
    main = 'm = 1\nif __name__ == "__main__":\n    # %% one\n    m + 1\n\n    # %% two\n    m + 2\n'
    await page.write(
        f"# %% main\n{main}# %% loop\nfor k in (1, 2):\n    # %% in it\n    print(k)\n"
    )
    answer = await page.run("runAll")
    assert texts(answer) == ["", "2", "3", "1\n2"]
    assert texts(await page.run("runCell", position=at(11))) == ["2"]
