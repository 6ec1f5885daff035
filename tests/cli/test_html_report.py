"""``cellbridge run --to NAME.html``: a report, opened in a real browser without a network."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FrameLocator, Page, async_playwright

from cellbridge.core.percent.convert import JsonObject
from cellbridge.notebooks import html_report
from cellbridge.notebooks.errors import FileError
from support import chromium
from support.command import cellbridge
from support.patience import PATIENCE

needs_build = chromium.needs(html_report.FOLDER)

SCRIPT = '''\
# %% [markdown]
# # Findings
#
# A formula $x^2$, and <img src="http://127.0.0.1:9/a.png"><script>document.title = "taken"</script>

# %% Text
print("plain </script><b>text</b>")

# %% Hypertext
from IPython.display import HTML, display
HTML("""<p id="p">as made</p><script>
document.getElementById("p").textContent = "scripted";
try { top.document.title = "taken"; }
catch { document.getElementById("p").dataset.top = "refused"; }
fetch("http://127.0.0.1:9/").catch(() => document.getElementById("p").dataset.net = "refused");
</script>""")

# %% Chart
chart = {
    "data": {"values": [{"a": "A", "b": 28}, {"a": "B", "b": 55}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}
display({"application/vnd.vegalite.v5+json": chart, "text/plain": "no chart"}, raw=True)

# %% Plot
figure = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], "layout": {}}
display({"application/vnd.plotly.v1+json": figure}, raw=True)

# %% Fails
1 / 0

# %% Was not run
2
'''


def output_of(page: Page, title: str) -> FrameLocator:
    """Return the frame with the output of a cell."""
    cell = page.locator(".cell", has=page.locator(f'.title:text-is("{title}")'))
    return cell.frame_locator("iframe").frame_locator("iframe")


async def check_content(page: Page) -> None:
    """Check that all cells are shown, and that outputs reach nothing outside their frames."""
    frame = output_of(page, "Hypertext")
    await frame.locator("#p[data-top=refused][data-net=refused]").wait_for()
    assert await frame.locator("#p").inner_text() == "scripted"
    assert await page.title() == "script.py"
    assert await page.locator("h1").all_inner_texts() == ["script.py", "Findings"]
    assert await page.locator(".katex").count() > 0
    await page.get_by_text("plain </script><b>text</b>", exact=True).wait_for()
    await output_of(page, "Chart").locator("svg [aria-roledescription=bar]").nth(1).wait_for()
    await output_of(page, "Plot").locator(".scatterlayer .points path").nth(1).wait_for()
    await page.get_by_text("ZeroDivisionError: division by zero").first.wait_for()
    titles = await page.locator("summary .title").all_inner_texts()
    assert titles == ["Text", "Hypertext", "Chart", "Plot", "Fails", "Was not run"]


async def check_folding(page: Page) -> None:
    """Check the switch that folds the code of all cells."""
    code = page.locator(".text.source").first
    assert await code.is_visible()
    await page.get_by_role("button", name="Hide code").click()
    assert not await code.is_visible()
    await page.get_by_role("button", name="Show code").click()
    assert await code.is_visible()


@needs_build
@pytest.mark.asyncio
@pytest.mark.timeout(4 * PATIENCE)
async def test_a_report_shows_all_cells_without_a_network(tmp_path: Path) -> None:
    assert not (reason := chromium.missing(html_report.FOLDER)), reason
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "script.py").chmod(0o600)
    done = cellbridge("run", "script.py", "--to", "report.html", cwd=tmp_path)
    assert done.code == 1  # A cell fails; the report is written nevertheless.
    report = tmp_path / "report.html"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    requests: list[str] = []
    errors: list[object] = []
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 (it is wrapped)
        await page.goto(report.as_uri())
        await check_content(page)
        await check_folding(page)
        await browser.close()
    assert errors == []
    assert not [url for url in requests if re.match("(http|ws)", url)]


def notebook_of(*bundles: dict[str, Any], text: str = "") -> JsonObject:
    outputs = [{"output_type": "display_data", "data": data, "metadata": {}} for data in bundles]
    cells = [
        {"cell_type": "markdown", "source": text, "metadata": {}},
        {"cell_type": "code", "source": [], "metadata": {}, "outputs": outputs},
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@needs_build
def test_a_report_contains_a_library_only_if_an_output_needs_it() -> None:
    plain = len(html_report.report(notebook_of({"text/plain": "vega and plotly"}), "t"))
    plotly = {"application/vnd.plotly.v1+json": {"data": []}}
    assert plain < 1_000_000 < len(html_report.report(notebook_of(plotly), "t"))
    named = {"text/html": ["<div id='vis'></div>", "<script>vegaEmbed('#vis')</script>"]}
    assert len(html_report.report(notebook_of(named), "t")) > plain + 100_000
    formulas = html_report.report(notebook_of(text="the sum $x$"), "t")
    assert (
        formulas.count(b"@font-face")
        > 0
        == html_report.report(notebook_of(), "t").count(b"@font-face")
    )


@needs_build
def test_nothing_in_a_notebook_leaves_its_place() -> None:
    evil = "</script></title><script>alert(1)</script>\ud800<!--"
    data = {"text/plain": evil, "image/svg+xml": [evil, 5], "image/png": None, evil: {"a": [evil]}}
    made = html_report.report(notebook_of(data, text=evil), evil)
    assert b"<script>alert" not in made
    without = html_report.report(notebook_of(), "t")
    assert made.count(b"</script>") == without.count(b"</script>")
    assert b"<!--" not in made


def test_without_its_files_no_cell_runs_for_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_report, "FOLDER", tmp_path / "missing")
    with pytest.raises(FileError, match="npm run build"):
        html_report.report(notebook_of(), "t")
