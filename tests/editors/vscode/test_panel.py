"""The panel next to the file: rich outputs, following the cursor, variables and tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.editor_table import shows
from support.vscode.screenshots import take_screenshot
from support.vscode.window import Window

PANEL = Path(__file__).parents[1] / "panel"


def of_cell(title: str) -> str:
    """Return the selector of a cell of the panel."""
    return f'.cell:has(.cell-title:text-is("{title}"))'


@shows("whole")
async def test_the_panel_draws_rich_outputs_and_follows_the_cursor(window: Window) -> None:
    text = (PANEL / "outputs.py").read_text("utf-8")
    shutil.copy(PANEL / "altair.html", window.server.workspace)
    path = await window.open("rich.py", text)
    await window.command("Cellbridge: Show Outputs in Panel")
    await (await window.in_webview(".empty >> text=No cell has run yet")).wait_for()
    await window.go_to_line(3)
    await window.command("Cellbridge: Run All Cells")
    error = await window.in_webview(of_cell("Error") + " .error-name", patience=120)
    assert await error.text_content() == "ZeroDivisionError"

    async def see(title: str, selector: str) -> None:
        """Put the cursor into a cell; the panel then shows it, drawn."""
        line = text.split("\n").index(f"# %% {title}") + 2
        # What was clicked in the panel has the keyboard.
        await window.page.locator(".tab", has_text="rich.py").click()
        await window.go_to_line(line)
        cell = await window.in_webview(f"{of_cell(title)}.current")
        await cell.locator(selector).first.wait_for()

        async def in_sight() -> bool:
            return bool(await cell.evaluate("e => e.getBoundingClientRect().top >= 0"))

        await window.until(in_sight, f"{title} in sight")

    await see("HTML", "iframe")
    counted = await window.in_webview("#n")
    assert await counted.inner_text() == "10"
    await (await window.in_webview("#more")).click()
    assert await counted.inner_text() == "11"
    assert await counted.get_attribute("data-reached") == "0"
    await see("Formula", ".katex")
    await see("Plotly", "iframe")
    await (await window.in_webview(".plot .bars path")).wait_for()
    await (await window.in_webview(of_cell("Error") + " .cell-title")).click()
    await window.cursor_on(text.split("\n").index("# %% Error") + 1)
    link = await window.in_webview(of_cell("Error") + " .frames li:last-child button")
    await link.click()
    await window.cursor_on(text.split("\n").index("    return a / b") + 1)
    assert path.read_text("utf-8") == text


WEATHER = """\
# %% A year
import numpy as np
import pandas as pd

days = np.arange(365)
rng = np.random.default_rng(5)
swing = np.cos(days * 2 * np.pi / 365)

# %% Its weather
weather = pd.DataFrame(
    {
        "day": pd.date_range("2025-01-01", periods=365),
        "warmth": (9 - 11 * swing).round(1),
        "rain": rng.gamma(0.6, 4, 365).round(1),
        "sky": rng.choice(["blue", "grey"], 365),
    }
)
weather["warmth"].describe()
"""


@shows("table")
async def test_a_variable_is_looked_at_as_a_table(window: Window) -> None:
    await window.open("weather.py", WEATHER)
    await window.command("Cellbridge: Run All Cells")
    await window.wait_for_run(2)
    await window.command("Cellbridge: Show Outputs in Panel")
    await (await window.in_webview("#tab-variables")).click()
    row = await window.in_webview('.variable:has(.variable-name:text-is("weather"))')
    await row.locator("button").click()
    await (await window.in_webview('.table-status:text-is("365 rows × 4 columns")')).wait_for()
    # The warmest day is the middle of the year.
    await (await window.in_webview('th:has-text("warmth") .column-name')).click()
    await (await window.in_webview('th[aria-sort="ascending"]:has-text("warmth")')).wait_for()
    await (await window.in_webview('th:has-text("warmth") .column-name')).click()
    await (await window.in_webview('th[aria-sort="descending"]:has-text("warmth")')).wait_for()
    await (await window.in_webview('tbody tr:nth-child(2) td:text-is("20.0")')).wait_for()
    await take_screenshot(window, "vscode-panel")
    await (await window.in_webview("#tab-outputs")).click()


async def test_outputs_are_searched(window: Window) -> None:
    text = "# %% A\nprint('needle in hay')\n# %% B\nfor i in range(500): print(i)\n"
    await window.open("search.py", text)
    await window.command("Cellbridge: Run All Cells")
    await window.wait_for_run(2)
    await window.command("Cellbridge: Search Outputs")
    box = await window.in_webview('.search-bar input[type="search"]')
    await box.fill("needle")
    await (await window.in_webview('.found:text-is("1 of 1")')).wait_for()
    await box.fill("499")
    await (await window.in_webview('.line:text-is("499")')).wait_for()
