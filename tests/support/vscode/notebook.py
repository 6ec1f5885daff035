"""Actions and selectors for VS Code's notebook editor."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Locator

from support.vscode.window import Window


def cells(window: Window) -> Locator:
    """Return the code cells."""
    return window.page.locator(".notebookOverlay .code-cell-row")


async def open_as_notebook(window: Window, count: int) -> None:
    """Open the active file in the notebook editor, and wait until its cells can run."""
    await window.command("Cellbridge: Open as Notebook")
    await wait_for_cells(window, count)


async def wait_for_cells(window: Window, count: int) -> None:
    """Wait for a notebook with a number of cells that can run."""
    await cells(window).nth(count - 1).wait_for()
    assert await cells(window).count() == count
    kernel = window.page.locator(".notebook-toolbar-container .kernel-label", has_text="Cellbridge")
    await kernel.wait_for()


async def wait_for_output(window: Window, text: str) -> Locator:
    """Wait for an output of a cell."""
    return await window.in_webview(f".output_container >> text={text}")


async def wait_for_run(window: Window, count: int) -> None:
    """Wait until a cell has an execution count and no cell is running."""
    label = window.page.locator(".notebookOverlay .execution-count-label", has_text=f"[{count}]")
    await label.first.wait_for()
    running = window.page.locator(".notebookOverlay .codicon-notebook-state-executing")
    await running.first.wait_for(state="hidden")


async def run_cell(window: Window, index: int) -> None:
    """Run one cell with Ctrl+Enter."""
    # Click its head: a click into its text would place the cursor there.
    await cells(window).nth(index).locator(".execution-count-label").click()
    await window.page.locator(".notebookOverlay .monaco-list-row.focused").first.wait_for()
    await window.page.keyboard.press("Control+Enter")


async def type_after(window: Window, code: str, more: str) -> None:
    """Type at the end of a line of a cell."""
    await window.page.locator(".notebookOverlay .view-line", has_text=code).first.click()
    await window.page.locator(".notebookOverlay .monaco-editor.focused").first.wait_for()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(more)


async def save_and_check(window: Window, path: Path, text: str) -> None:
    """Save, and wait until the file has the expected text."""
    await window.page.keyboard.press("Control+s")

    async def is_written() -> bool:
        return read_text(path) == text

    async def found() -> str:
        return read_text(path)

    await window.until(is_written, f"the file to be {text!r}", found)


def read_text(path: Path) -> str:
    return path.read_text("utf-8")
