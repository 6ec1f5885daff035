"""What a person sees of outputs, of the kernel's objects and of its state."""

from __future__ import annotations

import os

import pytest

from support.isolation import ROOT
from support.vscode_window import Window

IMAGES = ROOT / "docs" / "images"

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
plt.figure(figsize=(7, 2.2))
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


async def picture(window: Window, name: str) -> None:
    """Save what is shown: for the documentation where that is asked for, else beside the tests."""
    folder = IMAGES if os.environ.get("WRITE_IMAGES") else window.server.folder
    await window.picture(folder / f"{name}.png")
    assert (folder / f"{name}.png").stat().st_size > 20_000


async def test_outputs_are_drawn_under_their_cells(window: Window) -> None:
    await window.open("gallery.py", GALLERY)
    await window.command("Cellbridge: Run All Cells")
    table = window.zone("2761000").locator("table")
    await table.wait_for()
    assert await table.locator("tr").count() == 4
    await window.said_at_end("3604000")
    await window.zone("picture").locator(".comment-body img").first.wait_for()
    await window.status("idle").wait_for()
    image = window.zone("picture").locator(".comment-body img").first
    assert await image.evaluate("e => e.decode().then(() => e.naturalWidth)") > 300
    await window.page.keyboard.press("Control+Home")
    await window.over_cells("✓ 3").wait_for()
    await picture(window, "vscode")
    await window.go_to_line(19)
    await window.zone("30 lines").wait_for()
    assert "… 10 lines above" in await window.zone("30 lines").inner_text()


async def test_an_error_is_on_its_line(window: Window) -> None:
    await window.open("error.py", GALLERY[GALLERY.index("# %% What") :])
    await window.lens("▶ Run").click()
    zone = window.zone("ZeroDivisionError: division by zero")
    await zone.first.wait_for()
    await window.page.locator(".squiggly-error").first.wait_for()
    await window.command("View: Focus Problems", picks=True)
    row = window.page.locator(".markers-panel .monaco-list-row", has_text="division by zero")
    assert "[Ln 3" in await row.first.inner_text()
    await window.command("View: Hide Panel")


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
    await window.page.keyboard.type("  # now another")
    await window.zone("stale").wait_for()
    assert "a\nb" in await zone.inner_text()


async def test_completions_and_hovers_know_the_living_objects(window: Window) -> None:
    script = (
        "# %%\nimport pandas as pd\nliving = pd.DataFrame({'height': [1], 'width': [2]})\n\n# %%\n"
    )
    await window.open("live.py", script)
    await window.lens("▶ Run").first.click()
    await window.status("idle").wait_for()
    await window.go_to_line(6)
    await window.page.keyboard.type('living["')
    row = window.page.locator(".suggest-widget .monaco-list-row", has_text="height")
    await row.first.wait_for()
    await window.page.keyboard.press("Escape")
    await window.line("living").first.locator("span", has_text="living").last.hover()
    hover = window.page.locator(".monaco-hover:visible", has_text="height")
    await hover.first.wait_for()
    assert "DataFrame" in await hover.first.inner_text()


async def test_variables_and_sessions_have_views(window: Window) -> None:
    make = "import pandas as pd\ntowns = pd.DataFrame({'a': range(5)})\nname = 'Ada'"
    await window.open("names.py", f"# %%\n{make}\n\n# %%\nname = 'Eva'\n")
    await window.lens("▶ Run").first.click()
    await window.status("idle").wait_for()
    await window.view("Cellbridge")
    rows = window.page.locator(".pane", has_text="Variables").locator(".monaco-list-row")
    town = rows.filter(has_text="towns").first
    await town.wait_for()
    assert "DataFrame" in await town.inner_text()
    await town.locator(".monaco-tl-twistie").click()
    await rows.filter(has_text="[0, 1, 2, 3, 4]").first.wait_for()
    await window.over_cells("✓ 1").wait_for()
    await window.lens("▶ Run").last.click()
    await rows.filter(has_text="Eva").first.wait_for()
    changed = rows.filter(has_text="Eva").locator(".highlight")
    await changed.first.wait_for()
    session = window.page.locator(".pane", has_text="Sessions").locator(".monaco-list-row")
    await session.filter(has_text="names.py").wait_for()
    await window.over_cells("✓ 2").wait_for()
    await picture(window, "vscode-variables")
    await session.filter(has_text="names.py").hover()
    await session.locator('[aria-label="Stop Session"]').first.click()
    await window.status("stopped").wait_for()
    await window.view("Explorer")


async def test_a_kernel_is_chosen_from_a_list(window: Window) -> None:
    await window.open("choose.py", "# %%\n1\n")
    await window.status("not started").click()
    entry = window.page.locator(".quick-input-list .monaco-list-row", has_text="Select kernel")
    await entry.click()
    rows = window.page.locator(".quick-input-list .monaco-list-row", has_text="Python 3")
    await rows.first.wait_for()
    await rows.first.click()
    await window.lens("▶ Run").click()
    await window.said_at_end("→ 1")


@pytest.mark.parametrize("lines", [10_000])
async def test_typing_goes_on_while_output_floods_in(window: Window, lines: int) -> None:
    """Not how fast: that the letters are there long before the flood is over, and in order."""
    script = (
        "# %% Flood\nimport time\ntime.sleep(1)\n"
        f"for i in range({lines}):\n    print('line', i, 'of the flood')\n    time.sleep(0.0004)\n"
        "\n# %% Type here\nx = 1\n"
    )
    await window.open("flood.py", script)
    await window.go_to_line(9)
    await window.page.keyboard.press("End")
    quiet = await typed(window, "  # quiet words here")
    await window.lens("▶ Run").first.click()
    await window.focus("x = 1")
    await window.page.keyboard.press("End")
    await window.zone("line").first.wait_for()
    busy = await typed(window, " and words in the flood")
    await window.status("busy").wait_for()
    await window.zone(f"line {lines - 1} of the flood").first.wait_for()
    memory = sum(one.memory_info().rss for one in window.server.processes()) / 1e6
    # For those who want to know; times on a busy machine are no ground to fail on.
    print(
        f"\nmilliseconds from key to letter, middle and worst: {quiet} quiet, {busy} in the flood"
    )
    print(f"memory of VS Code's server with its extension hosts: {memory:.0f} MB")


async def typed(window: Window, text: str) -> list[float]:
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
