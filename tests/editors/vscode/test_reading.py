"""Outputs, variables and the state of the kernel as the user sees them."""

from __future__ import annotations

import re
from pathlib import Path

from support.editor_table import shows
from support.vscode import notebook
from support.vscode.presence import appears
from support.vscode.screenshots import SCRIPT, take_screenshot
from support.vscode.window import Window

LINES = 10_000
"""Minimum lines of the flood, which continues while the test types."""

GALLERY = """\
# %% Towns
import pandas as pd
towns = pd.DataFrame({"town": ["Oslo", "Bern", "Rome"], "people": [709_000, 134_000, 2_761_000]})
towns

# %% How many live there
int(towns["people"].sum())

# %% A wave
import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0, 12, 400)
plt.figure(figsize=(7, 1.5))
plt.plot(x, np.sin(x) * np.exp(-x / 9))
plt.show()

# %% Steps
for step in range(30):
    print("step", step)

# %% What goes wrong
def share(part, whole):
    return part / whole
share(1, 0)
"""


CHARTS = '''\
# %% Words
"""Words about the charts."""

# %% Picture
import base64
from IPython.display import HTML, Image, display
dot = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
Image(dot, width=30, height=20)

# %% Chart
figure = {"data": [{"type": "bar", "y": [1, 3]}], "layout": {"width": 300, "height": 200}}
display({"text/plain": "Figure()", "application/vnd.plotly.v1+json": figure}, raw=True)

# %% Slider
import ipywidgets
ipywidgets.IntSlider(7, description="size")

# %% Link
HTML("<a href='command:workbench.action.closeWindow'>a link</a>")
'''


@shows("drawn", "picture")
async def test_outputs_are_drawn_under_their_cells(window: Window) -> None:
    await window.open("gallery.py", GALLERY)
    await window.command("Cellbridge: Run All Cells")
    table = window.zone("2761000").locator("table")
    await table.wait_for()
    assert await table.locator("tr:has(hr)").count() == 1
    assert await table.locator("tr").count() == 5
    assert await table.locator("td", has_text="2761000").get_attribute("align") == "right"
    await window.line_end_text("3604000")
    await window.zone("image").locator(".comment-body img").first.wait_for()
    await window.zone("ZeroDivisionError").first.wait_for()
    image = window.zone("image").locator(".comment-body img").first
    natural = await image.evaluate("e => e.decode().then(() => [e.naturalWidth, e.naturalHeight])")
    assert natural[0] > 300
    assert await image.evaluate("e => [e.width, e.height]") == natural
    await window.page.keyboard.press("Control+Home")
    await window.wait_for_run(3)
    await take_screenshot(window, "vscode")
    await window.go_to_line(19)
    await window.zone("30 lines").filter(has_text="… 10 lines above").wait_for()


async def test_outputs_that_need_a_page_lead_there(window: Window) -> None:
    await window.open("charts.py", CHARTS)
    await window.command("Cellbridge: Run All Cells")
    await window.zone("Plotly chart").get_by_text("Open in Browser").wait_for()
    slider = window.zone("size: 7")
    await slider.filter(has_text="Widget").wait_for()
    assert "IntSlider" not in await slider.inner_text()
    hostile = window.zone("a link")
    await hostile.wait_for()
    assert not await hostile.locator(".comment-body a").count()
    assert not await window.zone("Words").count()
    await window.zone("image 30 × 20").locator(".comment-body img").click()
    await window.tab(".gif").wait_for()
    await window.command("View: Close Editor")
    await window.zone("Plotly chart").get_by_text("Open in Panel").click()
    cell = await window.in_webview('.cell:has(.cell-title:text-is("Chart"))')
    await (await window.in_webview(".plot .bars path")).wait_for()

    async def in_sight() -> bool:
        return bool(await cell.evaluate("e => e.getBoundingClientRect().top >= 0"))

    await window.until(in_sight, "the chart in sight")


async def test_colours_are_the_themes_and_html_stays_text(window: Window) -> None:
    hostile = "</pre><img src=x onerror=document.title=1>"
    script = f"# %% Print\nfor i in range(30): print(f'\\033[1;32mgreen {{i}}\\033[0m {hostile}')\n"
    await window.open("colours.py", f"{script}\n# %% Fail\n1 / 0\n")
    await window.command("Cellbridge: Run All Cells")
    zone = window.zone("green 29")
    await zone.filter(has_text=hostile).wait_for()
    assert not await zone.locator(".comment-body img").count()
    green = zone.locator("span", has_text="green 29").last
    assert await green.get_attribute("style") == "color:var(--vscode-terminal-ansiGreen);"
    name = window.zone("ZeroDivisionError").locator(".comment-body pre span").first
    assert await name.get_attribute("style") == "color:var(--vscode-terminal-ansiRed);"


async def test_a_large_picture_is_fetched(window: Window) -> None:
    script = (
        "# %% Large\nimport io, random\nfrom IPython.display import Image\n"
        "import numpy as np\nfrom matplotlib.image import imsave\n"
        "made = io.BytesIO()\nimsave(made, np.random.rand(700, 900, 3), format='png')\n"
        "Image(made.getvalue())\n"
    )
    await window.open("large.py", script)
    await window.lens("▶ Run").click()
    image = window.zone("image").locator(".comment-body img").first
    await image.wait_for()
    assert await image.evaluate("e => e.decode().then(() => e.naturalWidth)") == 900
    await notebook.open_as_notebook(window, 1)
    image = await window.in_webview(".output_container img")
    assert await image.evaluate("e => e.decode().then(() => e.naturalWidth)") == 900


@shows("error")
async def test_an_error_is_on_its_line(window: Window) -> None:
    await window.open("error.py", GALLERY[GALLERY.index("# %% What") :])
    await window.lens("▶ Run").click()
    zone = window.zone("ZeroDivisionError: division by zero")
    await zone.first.wait_for()
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.command("Problems: Focus on Problems View")
    row = window.page.locator(".markers-panel .monaco-list-row", has_text="division by zero")
    await row.filter(has_text="[Ln 3").first.wait_for()
    await window.command("View: Toggle Panel Visibility")
    await row.first.wait_for(state="hidden")


@shows("stale")
async def test_outputs_follow_edits_and_tell_when_they_are_old(window: Window) -> None:
    await window.open("stale.py", "# %% First\n1\n\n# %% Second\nprint('a')\nprint('b')\n")
    await window.command("Cellbridge: Run All Cells")
    zone = window.zone("2 lines")
    await zone.wait_for()
    before = (await zone.bounding_box())["y"]  # type: ignore[index]
    await window.go_to_line(1)
    await window.page.keyboard.press("End")
    await window.page.keyboard.press("Enter")
    await window.page.keyboard.press("Enter")

    async def moved() -> bool:
        box = await zone.bounding_box()
        return box is not None and box["y"] > before + 30

    await window.until(moved, "the output to go down with its cell")
    assert "stale" not in await zone.inner_text()
    await window.focus("print('a')")
    await window.page.keyboard.press("End")
    await window.page.keyboard.type("  # the same")
    await window.page.keyboard.press("Home")
    await window.page.keyboard.type("7; ")
    await window.zone("stale").wait_for()
    assert "a\nb" in await window.zone("stale").inner_text()


@shows("completion")
async def test_completions_and_hovers_know_the_living_objects(window: Window) -> None:
    script = (
        "# %%\nimport pandas as pd\nliving = pd.DataFrame({'height': [1], 'width': [2]})\n\n# %%\n"
    )
    await window.open("live.py", script)
    await window.lens("▶ Run").first.click()
    await window.wait_for_run(1)
    await window.go_to_line(6)
    await window.page.keyboard.type('living["')
    await window.wait_for_suggestion("height")
    await window.page.keyboard.press("Escape")
    name = window.line("living").first.locator("span", has_text="living").last
    hover = await window.show_hover(name, "height")
    assert "DataFrame" in await hover.inner_text()


@shows("variables", "sessions")
async def test_variables_and_sessions_have_views(window: Window) -> None:
    script = SCRIPT[SCRIPT.index("# %% Towns") :] + "\n# %% Another\nbest = towns['town'][0]\n"
    await window.open("towns.py", script)
    await window.command("Cellbridge: Run All Cells")
    await window.show_view("Cellbridge")
    rows = window.page.locator(".pane", has_text="Variables").locator(".monaco-list-row")
    town = rows.filter(has_text="towns").first
    await town.wait_for()
    assert "DataFrame" in await town.inner_text()
    # After the last cell: a tree that is being redrawn ignores clicks.
    await rows.filter(has_text="Oslo").filter(has_text="best").first.wait_for()

    async def unfolded() -> bool:
        await town.locator(".monaco-tl-twistie").click()
        return await appears(rows.filter(has_text="[709000, 134000, 2761000]").first)

    await window.until(unfolded, "the columns of the frame")
    await window.go_to_line(script.count("\n"))
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(".upper()")
    await window.page.keyboard.press("Control+Enter")
    # Not a string, which would be found whatever its case.
    await rows.filter(has_text=re.compile("OSLO")).locator(".highlight").first.wait_for()
    session = window.page.locator(".pane", has_text="Sessions").locator(".monaco-list-row")
    await session.filter(has_text="towns.py").wait_for()
    await window.status("idle").wait_for()
    await window.page.keyboard.press("Control+Home")
    await window.wait_for_run(1)
    await window.page.locator(".sticky-line-content").first.wait_for(state="hidden")
    await take_screenshot(window, "vscode-variables")
    await window.click_in_row(session.filter(has_text="towns.py"), '[aria-label="Stop Session"]')
    await window.status("stopped").wait_for()
    await window.show_view("Explorer")


@shows("kernel")
async def test_a_kernel_is_chosen_from_a_list(window: Window) -> None:
    await window.open("choose.py", "# %%\n1\n")
    await window.status("not started").click()
    entry = window.page.locator(".quick-input-list .monaco-list-row", has_text="Select Kernel")
    await entry.click()
    rows = window.page.locator(".quick-input-list .monaco-list-row", has_text="Python 3")
    await rows.first.wait_for()
    await rows.first.click()
    await window.lens("▶ Run").click()
    await window.line_end_text("→ 1")


async def test_typing_goes_on_while_output_floods_in(window: Window, tmp_path: Path) -> None:
    """Check that typed letters appear before the flood ends, and in order; not how fast."""
    stop = tmp_path / "stop"
    script = (
        f"# %% Flood\nimport itertools, pathlib, time\nstop = pathlib.Path({str(stop)!r})\n"
        "for i in itertools.count():\n"
        "    print('line', i, 'of the flood')\n    time.sleep(0.0004)\n"
        f"    if i >= {LINES} and stop.exists():\n        break\n"
        "\n# %% Type here\nx = 1\n"
    )
    await window.open("flood.py", script)
    await window.go_to_line(script.split("\n").index("x = 1") + 1)
    await window.page.keyboard.press("End")
    quiet = await measure_typing(window, "  # quiet words here")
    await window.lens("▶ Run").first.click()
    await window.focus("x = 1")
    await window.page.keyboard.press("End")
    await window.zone("of the flood").first.wait_for()
    busy = await measure_typing(window, " and words in the flood")
    await window.status("busy").wait_for()
    stop.touch()
    await window.status("idle").wait_for()
    memory = sum(one.memory_info().rss for one in window.server.processes()) / 1e6
    # For information only: a busy machine is not a reason to fail.
    print(
        f"\nmilliseconds from key to letter, middle and worst: {quiet} quiet, {busy} in the flood"
    )
    print(f"memory of VS Code's server with its extension hosts: {memory:.0f} MB")


async def measure_typing(window: Window, text: str) -> list[float]:
    """Type letter by letter; return the milliseconds until each was drawn, the middle and worst."""
    await window.page.evaluate(
        """() => {
          window.lags = [];
          let pressed = 0;
          addEventListener('keydown', () => { pressed = performance.now(); }, true);
          new MutationObserver(() => {
            if (pressed) { window.lags.push(performance.now() - pressed); pressed = 0; }
          }).observe(document.querySelector('.monaco-editor .view-lines'),
                     { subtree: true, childList: true, characterData: true });
        }"""
    )
    await window.page.keyboard.type(text, delay=40)
    await window.line(text.strip()).wait_for()
    lags = sorted(await window.page.evaluate("() => window.lags"))
    return [round(lags[len(lags) // 2], 1), round(lags[-1], 1)]
