"""The history of plots, for clients that draw outputs themselves."""

from __future__ import annotations

from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from cellbridge.lsp import protocol as p
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"></svg>'
SCRIPT = f"""\
# %% changing
from IPython.display import display
n = globals().get("n", 0) + 1
display({{"text/plain": "a plot", "image/png": "aGVsbG8" + "=ABC"[n % 4]}}, raw=True)
# %% drawing
display({{"image/svg+xml": {SVG!r}}}, raw=True)
"""


async def plots(page: Page) -> p.PlotsResult:
    found: Any = await page.editor.protocol.send_request_async(
        "cellbridge/plots", p.PlotsParams(page.uri)
    )
    return found


async def plot(page: Page, name: str, **more: Any) -> p.PlotResult:
    params = p.PlotParams(page.uri, name, **more)
    found: Any = await page.editor.protocol.send_request_async("cellbridge/plot", params)
    return found


async def test_plots_outlast_reruns_the_session_and_their_cells_and_are_cleared_with_all(
    drawn_page: Page,
) -> None:
    page = drawn_page
    await page.write(SCRIPT)
    assert (await plots(page)).plots == []
    assert page.editor.plot_news == []
    await page.run("runAll")
    await page.editor.until(lambda: bool(page.editor.plot_news), "the change of the history")
    first, drawing = (await plots(page)).plots
    assert [(one.title, one.mime) for one in (first, drawing)] == [
        ("changing", "image/png"),
        ("drawing", "image/svg+xml"),
    ]
    assert (drawing.width, drawing.height, drawing.size, drawing.alive) == (30, 20, len(SVG), False)
    await page.run_at(0)
    found = (await plots(page)).plots
    assert [one.id for one in found[:2]] == [first.id, drawing.id]
    assert (found[2].cell, found[2].title) == (first.cell, "changing")
    images = [(await plot(page, one.id)).data for one in found]
    assert images[0] != images[2]
    assert images[1] == SVG
    again = await plot(page, drawing.id, format="pdf")
    assert (again.mime, again.redrawn) == ("image/svg+xml", False)
    assert again.message.startswith("The figure was not drawn again: its figure no longer exists")
    page.editor.rewrite(page.uri, SCRIPT.split("# %% drawing", maxsplit=1)[0])
    assert [one.cell for one in (await plots(page)).plots] == [first.cell, "", first.cell]
    page.editor.plot_news.clear()
    await page.run("shutdown")
    await page.editor.until(lambda: bool(page.editor.plot_news), "the end of the session")
    assert [one.id for one in (await plots(page)).plots] == [one.id for one in found]
    assert (await plot(page, first.id)).data == images[0]
    stored = await plot(page, first.id, format="png", scale=2.0)
    assert "no kernel runs" in stored.message
    await page.run("clearOutputs")
    assert (await plots(page)).plots == []
    with pytest.raises(JsonRpcException, match="no longer in the history"):
        await plot(page, first.id)
