"""The messages that Cellbridge adds, for clients that draw outputs themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from dirty_equals import IsStr
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.lsp import protocol as p
from support.news import latest
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLOT = """\
# %% plot
from IPython.display import display
display({"text/plain": "a plot", "image/png": "aGVsbG8="}, raw=True)
# %% table
print("hi")
{"a": 1}
# %% error
1 / 0
"""


async def test_cells_come_with_places_and_mime_bundles(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(PLOT)
    await page.run("runAll")
    found = await page.editor.cells(page.uri)
    assert (found.version, found.kernel.name) == (page.editor.versions[page.uri], "python3")
    plot, table, error = found.cells
    assert (plot.kind, plot.title, plot.range.start.line, plot.range.end.line) == (
        "code",
        "plot",
        0,
        2,
    )
    assert (plot.anchor.line, plot.fresh, plot.run and plot.run.state) == (2, True, "ok")
    (picture,) = plot.outputs
    assert isinstance(picture, p.RichOutput)
    assert (picture.kind, picture.data["image/png"].strip()) == ("display", "aGVsbG8=")
    text, value = table.outputs
    assert isinstance(text, p.TextOutput)
    assert (text.name, text.text, text.lines) == ("stdout", "hi\n", 1)
    assert isinstance(value, p.RichOutput)
    assert (value.kind, value.data["text/plain"]) == ("result", "{'a': 1}")
    (failure,) = error.outputs
    assert isinstance(failure, p.ErrorOutput)
    assert (failure.name, failure.message) == ("ZeroDivisionError", "division by zero")
    assert [(frame.uri, frame.range and frame.range.start.line) for frame in failure.frames] == [
        (page.uri, 7)
    ]


async def test_news_bring_a_client_to_the_same_cells(drawn_page: Page) -> None:
    page = drawn_page
    page.editor.cell_news.clear()
    uri = page.editor.open(page.uri.replace(".py", "_news.py"), PLOT)
    await page.editor.until(lambda: len(latest(page.editor, uri)) == 3, "the cells")
    await page.editor.command("runAll", uri=uri)
    whole = {cell.title: cell for cell in (await page.editor.cells(uri)).cells}
    await page.editor.until(
        lambda: (
            {t: (c.run, c.outputs) for t, c in latest(page.editor, uri).items()}
            == {t: (c.run, c.outputs) for t, c in whole.items()}
        ),
        "the same runs and outputs",
    )
    page.editor.edit(uri, (3, 0), (6, 0), "")
    await page.editor.until(lambda: set(latest(page.editor, uri)) == {"plot", "error"})
    await page.editor.command("shutdown", uri=uri)
    await page.editor.until(
        lambda: [n.kernel.state for n in page.editor.kernel_news if n.uri == uri][-1] == "stopped"
    )
    page.editor.close(uri)


def waits_with(page: Page, text: str) -> bool:
    """Return True if a notification contained a cell that waits for input and has output."""
    return any(
        cell.run is not None
        and cell.run.waiting is not None
        and any(isinstance(each, p.TextOutput) and text in each.text for each in cell.outputs)
        for cell in latest(page.editor, page.uri).values()
    )


async def test_news_of_a_printing_cell_keep_the_outputs_before(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(
        "# %% grow\nfrom IPython.display import display\ndisplay('first')\nprint('a')\n"
        "input()\nprint('b')\n"
    )
    page.editor.cell_news.clear()
    running = asyncio.create_task(page.run_at(0))
    await page.editor.until(lambda: waits_with(page, "a\n"), "the cell to wait")
    page.editor.cell_news.clear()
    await page.run("answerInput", text="")
    await running
    await page.editor.until(
        lambda: any(c.outputs or c.extended for n in page.editor.cell_news for c in n.cells)
    )
    told = [c for n in page.editor.cell_news for c in n.cells if c.outputs or c.extended]
    assert [(c.kept_outputs, [more.text for more in c.extended], c.outputs) for c in told] == [
        (2, ["b\n"], [])
    ]


async def test_only_the_new_part_of_a_growing_text_is_sent(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(
        "# %% bar\nimport sys\nfor n in range(40):\n"
        "    print('line', n, flush=True)\n"
        "    for step in '🐌🐢🐇':\n"
        "        sys.stderr.write(f'\\rdone: {step * n} {n}')\n        sys.stderr.flush()\n"
        "        if (n, step) == (20, '🐢'): input()\n"
        "print('x' * 70_000, flush=True)\nprint('the end', flush=True)\n"
    )
    page.editor.cell_news.clear()
    await page.editor.cells(page.uri)
    running = asyncio.create_task(page.run_at(0))
    # The output grows after the notification, and the bar is overwritten when the cell continues.
    await page.editor.until(lambda: waits_with(page, "🐢" * 20 + " 20"), "the cell to wait")
    await page.run("answerInput", text="")
    await running
    (whole,) = (await page.editor.cells(page.uri)).cells
    ((_, cell),) = latest(page.editor, page.uri).items()
    assert (cell.run, cell.outputs) == (whole.run, whole.outputs)
    assert any(
        more.drop for news in page.editor.cell_news for c in news.cells for more in c.extended
    )


async def test_a_flood_is_bounded_and_its_whole_can_be_fetched(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nfor i in range(60_000): print('line', i)\n")
    page.editor.cell_news.clear()
    await page.run_at(0)
    (cell,) = (await page.editor.cells(page.uri)).cells
    (text,) = cell.outputs
    assert isinstance(text, p.TextOutput)
    assert text.chars > 600_000
    assert len(text.text) <= 64 * 1024
    assert text.tail.endswith("line 59999\n")
    assert cell.run
    answer = await page.editor.protocol.send_request_async(
        "cellbridge/outputs", {"uri": page.uri, "run": cell.run.id}
    )
    (whole,) = answer.outputs
    assert whole.text.count("\n") == 60_000
    told = [c for n in page.editor.cell_news for c in n.cells]
    texts = [one for c in told for one in (*c.outputs, *c.extended)]
    assert sum(len(one.text) for one in texts) <= 64 * 1024


async def test_one_part_of_one_output_can_be_fetched(drawn_page: Page) -> None:
    page = drawn_page
    await page.write(PLOT)
    await page.run_at(0)
    (cell, *_) = (await page.editor.cells(page.uri)).cells
    assert cell.run
    asked = {"uri": page.uri, "run": cell.run.id}

    async def ask(**which: Any) -> Any:
        return await page.editor.protocol.send_request_async(
            "cellbridge/outputs", {**asked, **which}
        )

    (picture,) = (await ask(output=0, mime="image/png")).outputs
    assert list(picture.data) == ["image/png"]
    assert (await ask(output=1)).outputs == []
    assert (await ask(mime="image/svg+xml")).outputs == []


async def test_unknown_runs_and_documents_are_refused(drawn_page: Page) -> None:
    send = drawn_page.editor.protocol.send_request_async
    with pytest.raises(JsonRpcException, match="is not open in this editor"):
        await send("cellbridge/cells", {"uri": "file:///nowhere.py"})
    with pytest.raises(JsonRpcException, match="shows a run nonsense"):
        await send("cellbridge/outputs", {"uri": drawn_page.uri, "run": "nonsense"})
    with pytest.raises(JsonRpcException, match=r"cellbridge/cells cannot be read: .*uri"):
        await send("cellbridge/cells", {})


async def test_clients_that_draw_colour_markers_themselves(drawn_page: Page) -> None:
    await drawn_page.write("# %% title\n%time 1\n")
    tokens = await drawn_page.editor.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(lsp.TextDocumentIdentifier(drawn_page.uri))
    )
    assert tokens is None


async def test_clients_that_say_nothing_get_no_news(page: Page) -> None:
    await page.write("# %%\n1\n")
    await page.run_at(0)
    found = await page.editor.cells(page.uri)
    assert found.cells[0].id == IsStr()
    assert page.editor.cell_news == []
