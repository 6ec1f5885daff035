"""A script and a notebook file in VS Code's notebook editor: the same session, the same bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from playwright.async_api import Locator

from support.vscode_window import Window

SCRIPT = """\
#%% Load   tags=["a"]
value = 20
print("from the notebook")


# %% [markdown]
# # A heading
#
# Some *words*.

# %% Rich
from IPython.display import HTML, display
display(HTML("<b id='made'>made</b><script>made.textContent += ' by a script'</script>"))
value + 1
"""


def shots(otherwise: Path) -> Path:
    """Return where pictures go: to SHOTS, for a look at them."""
    return Path(os.environ.get("SHOTS", otherwise))


def cells(window: Window) -> Locator:
    return window.page.locator(".notebookOverlay .code-cell-row")


async def as_notebook(window: Window, count: int) -> None:
    """Show the file at hand in the notebook editor."""
    await window.command("Cellbridge: Open as Notebook")
    await cells(window).nth(count - 1).wait_for()
    assert await cells(window).count() == count


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


async def type_after(window: Window, code: str, more: str) -> None:
    """Click behind a line of a cell and type."""
    await window.page.locator(".notebookOverlay .view-line", has_text=code).first.click()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(more)


async def test_a_script_runs_as_a_notebook_and_is_saved_to_the_byte(
    window: Window, tmp_path: Path
) -> None:
    path = await window.open("book.py", SCRIPT)
    await as_notebook(window, 2)
    await (await window.frame("h1:text-is('A heading')")).wait_for()
    await window.command("Notebook: Run All")
    await (await window.frame("text=from the notebook")).wait_for()
    made = await window.frame("#made")
    assert await made.text_content() == "made by a script"
    await (await window.frame("text=21")).wait_for()
    await window.picture(shots(tmp_path) / "notebook.png")
    # Outputs are the session's: having run does not change the file.
    assert not await window.page.locator(".tab.dirty").count()
    await type_after(window, "value + 1", "00")
    await saved(window, path, SCRIPT.replace("value + 1", "value + 100"))
    await window.page.keyboard.press("Control+Enter")
    await (await window.frame("text=120")).wait_for()


async def test_text_and_notebook_share_a_session(window: Window) -> None:
    await window.open("shared.py", "# %% A\nshared = 'one session'\n\n# %% B\nshared.upper()\n")
    await window.lens("▶ Run").first.click()
    await window.status("idle").wait_for()
    await as_notebook(window, 2)
    await cells(window).nth(1).click()
    await window.page.keyboard.press("Control+Enter")
    await (await window.frame("text=ONE SESSION")).wait_for()
    await window.command("Cellbridge: Open Notebook as Text")
    assert await window.said_at_end("ONE SESSION")


async def test_outputs_are_there_again(window: Window) -> None:
    await window.open("again.py", "# %% A\nprint('kept by the session')\n")
    await window.lens("▶ Run").first.click()
    await window.said_at_end("kept by the session")
    await as_notebook(window, 1)
    await (await window.frame("text=kept by the session")).wait_for()


async def test_a_name_of_the_kernel_completes_in_a_cell(window: Window) -> None:
    await window.open("complete.py", "# %% A\nlong_unlikely_name = 1\n\n# %% B\nx = 1\n")
    await as_notebook(window, 2)
    await window.command("Notebook: Run All")
    await window.page.locator(".notebookOverlay .execution-count-label", has_text="2").wait_for()
    await type_after(window, "x = 1", "\nlong_un")
    await window.page.keyboard.press("Control+Space")
    await window.page.locator(
        ".suggest-widget .monaco-list-row", has_text="long_unlikely_name"
    ).wait_for()
    await window.page.keyboard.press("Escape")


async def test_a_notebook_file_runs_in_our_session(window: Window, tmp_path: Path) -> None:
    def book(count: int | None, outputs: list[object], source: str) -> str:
        cell = {
            "cell_type": "code", "execution_count": count, "id": "one", "metadata": {},
            "outputs": outputs, "source": [source],
        }  # fmt: skip
        words = {"cell_type": "markdown", "id": "two", "metadata": {}, "source": ["words"]}
        found = {"cells": [cell, words], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(found, indent=2) + "\n"

    path = window.server.workspace / "file.ipynb"
    path.write_text(book(None, [], "6 * 7"), "utf-8")
    await window.open("beside.py", "# %% A\n1\n")
    window.opened.append(path)
    await window.page.locator(
        ".explorer-folders-view .monaco-list-row", has_text="file.ipynb"
    ).click(button="right")
    await window.page.locator(".context-view .action-label", has_text="Open as Notebook").click()
    await cells(window).first.wait_for()
    await cells(window).first.click()
    await window.page.keyboard.press("Control+Enter")
    await (await window.frame("text=42")).wait_for()
    output = {
        "data": {"text/plain": ["42"]}, "execution_count": 1, "metadata": {},
        "output_type": "execute_result",
    }  # fmt: skip
    await saved(window, path, book(1, [output], "6 * 7"))
    await window.picture(shots(tmp_path) / "ipynb.png")
