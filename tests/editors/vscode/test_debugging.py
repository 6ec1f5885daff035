"""The look of a debugged cell; host/debugging.test.ts has the exact checks."""

from __future__ import annotations

from support.editor_table import shows
from support.vscode import notebook
from support.vscode.screenshots import take_screenshot
from support.vscode.window import Window

SCRIPT = """\
# %% Functions
def growth(values):
    steps = []
    for before, after in zip(values, values[1:]):
        steps.append(round(after / before, 2))
    return steps

# %% Use
people = [120, 150, 180]
rates = growth(people)
print("mean", sum(rates) / len(rates))
"""


@shows("debug")
async def test_a_stop_is_shown_with_its_values(window: Window) -> None:
    await window.open("growth.py", SCRIPT)
    await window.lens("▶ Run").first.click()
    await window.wait_for_run(1)
    await window.go_to_line(5)
    await window.page.keyboard.press("F9")
    await window.lens("Debug").nth(1).click()
    stopped = window.page.locator(".debug-toolbar")
    await stopped.wait_for()
    await window.cursor_on(9)
    await window.page.keyboard.press("F5")
    await window.cursor_on(5)
    await window.page.keyboard.press("F10")
    await window.cursor_on(4)
    values = window.page.locator(".view-line", has_text="steps = [1.25]")
    await values.first.wait_for()
    await window.page.locator(".debug-variables", has_text="before").wait_for()
    await window.lens_line("stopped at line 4").first.wait_for()
    await window.line_end_text("stopped at line 4")
    await take_screenshot(window, "vscode-debug")
    await window.command("Debug: Disconnect")
    await stopped.wait_for(state="hidden")
    await window.line_end_text("mean 1.22")
    await window.go_to_line(5)
    await window.page.keyboard.press("F9")
    await window.show_view("Explorer")


@shows("debug")
async def test_a_cell_of_a_notebook_runs_by_line(window: Window) -> None:
    await window.open("by-line.py", "# %%\nfirst = 1\nsecond = first + 1\nsecond * 21\n")
    await notebook.open_as_notebook(window, 1)
    await notebook.cells(window).first.locator(".execution-count-label").click()
    await window.page.keyboard.press("F10")
    await window.page.locator(".notebookOverlay .debug-top-stack-frame-line").first.wait_for()
    for line in (3, 4):
        await window.page.keyboard.press("F10")
        await window.page.locator(".statusbar-item", has_text=f"stopped at line {line}").wait_for()
    values = window.page.locator(".notebookOverlay .view-line", has_text="second = 2")
    await values.first.wait_for()
    await take_screenshot(window, "vscode-run-by-line")
    await window.page.keyboard.press("F10")
    await notebook.wait_for_output(window, "42")
    await window.page.locator(".debug-toolbar").wait_for(state="hidden")
    await window.show_view("Explorer")
