"""VS Code's notebook editor as tests look at it.

Owns its selectors. What a test asks of it is the test's matter.
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Locator

from support.vscode_window import Window


def cells(window: Window) -> Locator:
    """Return the cells with code."""
    return window.page.locator(".notebookOverlay .code-cell-row")


async def as_notebook(window: Window, count: int) -> None:
    """Show the file at hand in the notebook editor, and wait for what its cells can run in."""
    await window.command("Cellbridge: Open as Notebook")
    await shown(window, count)


async def shown(window: Window, count: int) -> None:
    """Wait until a notebook is shown whose cells can run."""
    await cells(window).nth(count - 1).wait_for()
    assert await cells(window).count() == count
    kernel = window.page.locator(".notebook-toolbar-container .kernel-label", has_text="Cellbridge")
    await kernel.wait_for()


async def output(window: Window, text: str) -> Locator:
    """Wait for an output of a cell."""
    return await window.frame(f".output_container >> text={text}")


async def ran(window: Window, count: int) -> None:
    """Wait until a cell has the number of its run, and no cell runs any more."""
    label = window.page.locator(".notebookOverlay .execution-count-label", has_text=f"[{count}]")
    await label.first.wait_for()
    running = window.page.locator(".notebookOverlay .codicon-notebook-state-executing")
    await running.first.wait_for(state="hidden")


async def run_cell(window: Window, index: int) -> None:
    """Run one cell by its key."""
    # Its head: a click into its text would put the cursor there, and its middle may be an output.
    await cells(window).nth(index).locator(".execution-count-label").click()
    await window.page.locator(".notebookOverlay .monaco-list-row.focused").first.wait_for()
    await window.page.keyboard.press("Control+Enter")


async def type_after(window: Window, code: str, more: str) -> None:
    """Click behind a line of a cell and type."""
    await window.page.locator(".notebookOverlay .view-line", has_text=code).first.click()
    await window.page.locator(".notebookOverlay .monaco-editor.focused").first.wait_for()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(more)


async def saved(window: Window, path: Path, text: str) -> None:
    """Save, and wait for what the file is to hold."""
    await window.page.keyboard.press("Control+s")

    async def is_written() -> bool:
        return held(path) == text

    async def found() -> str:
        return held(path)

    await window.until(is_written, f"the file to be {text!r}", found)


def held(path: Path) -> str:
    return path.read_text("utf-8")
