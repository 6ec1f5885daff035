"""A script and a notebook file in VS Code's notebook editor: the same session, the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.vscode import notebook
from support.vscode.reload import reload
from support.vscode.screenshots import SCRIPT as SHOWN
from support.vscode.screenshots import take_screenshot
from support.vscode.window import Window

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


async def test_a_script_runs_as_a_notebook_and_is_saved_to_the_byte(window: Window) -> None:
    path = await window.open("book.py", SCRIPT)
    await notebook.open_as_notebook(window, 2)
    await (await window.in_webview("h1:text-is('A heading')")).wait_for()
    await window.command("Notebook: Run All")
    await notebook.wait_for_output(window, "from the notebook")
    made = await window.in_webview("#made")
    assert await made.text_content() == "made by a script"
    await notebook.wait_for_output(window, "21")
    # The session stores outputs: a run does not change the file.
    assert not await window.page.locator(".tab.dirty").count()
    await notebook.type_after(window, "value + 1", "00")
    await notebook.save_and_check(window, path, SCRIPT.replace("value + 1", "value + 100"))
    await notebook.run_cell(window, 1)
    await notebook.wait_for_output(window, "120")


async def test_a_notebook_is_good_to_look_at(window: Window) -> None:
    await window.open("towns.py", SHOWN)
    await notebook.open_as_notebook(window, 3)
    await window.command("View: Close Other Editors in Group")
    await (await window.in_webview("h1:text-is('Towns')")).wait_for()
    await window.command("Notebook: Run All")
    await notebook.wait_for_output(window, "3604000")
    image = await window.in_webview(".output_container img")
    assert await image.evaluate("e => e.decode().then(() => e.naturalWidth)") > 300
    await notebook.wait_for_run(window, 3)
    await take_screenshot(window, "vscode-notebook")


async def test_text_and_notebook_share_a_session(window: Window) -> None:
    await window.open("shared.py", "# %% A\nshared = 'one session'\n\n# %% B\nshared.upper()\n")
    await window.lens("▶ Run").first.click()
    await window.wait_for_run(1)
    await notebook.open_as_notebook(window, 2)
    await notebook.run_cell(window, 1)
    await notebook.wait_for_output(window, "ONE SESSION")
    await window.command("Cellbridge: Open Notebook as Text")
    assert await window.line_end_text("ONE SESSION")


async def test_outputs_are_there_again(window: Window) -> None:
    await window.open("again.py", "# %% A\nprint('kept by the session')\n")
    await window.lens("▶ Run").first.click()
    await window.line_end_text("kept by the session")
    await notebook.open_as_notebook(window, 1)
    await notebook.wait_for_output(window, "kept by the session")


async def test_results_of_an_earlier_kernel_are_marked(window: Window) -> None:
    await window.open("earlier.py", "# %% A\nx = 1\nprint('made')\n\n# %% B\nprint('again')\n")
    await notebook.open_as_notebook(window, 2)
    await window.command("Notebook: Run All")
    await notebook.wait_for_output(window, "again")
    await notebook.wait_for_run(window, 2)
    marks = window.page.locator(
        ".notebookOverlay .cell-statusbar-container", has_text="earlier kernel"
    )
    assert not await marks.count()
    await window.command("Cellbridge: Restart Notebook Kernel")
    await marks.nth(1).wait_for()
    await notebook.run_cell(window, 1)
    await marks.nth(1).wait_for(state="hidden")
    assert await marks.count() == 1


async def test_a_name_of_the_kernel_completes_in_a_cell(window: Window) -> None:
    await window.open("complete.py", "# %% A\nlong_unlikely_name = 1\n\n# %% B\nx = 1\n")
    await notebook.open_as_notebook(window, 2)
    await window.command("Notebook: Run All")
    await notebook.wait_for_run(window, 2)
    await notebook.type_after(window, "x = 1", "\nlong_un")
    await window.wait_for_suggestion("long_unlikely_name")
    await window.page.keyboard.press("Escape")


def book(source: str, count: int | None = None, outputs: list[object] | None = None) -> str:
    """Return a notebook file with a code cell and a Markdown cell."""
    cell = {
        "cell_type": "code", "execution_count": count, "id": "one", "metadata": {},
        "outputs": outputs or [], "source": source.splitlines(keepends=True),
    }  # fmt: skip
    words = {"cell_type": "markdown", "id": "two", "metadata": {}, "source": ["words"]}
    found = {"cells": [cell, words], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(found, indent=2) + "\n"


async def open_file(window: Window, name: str, text: str) -> Path:
    """Open a notebook file from the explorer with Cellbridge."""
    path = window.server.workspace / name
    path.write_text(text, "utf-8")
    await window.open("beside.py", "# %% A\n1\n")
    window.opened.append(path)
    await window.choose_from_menu(window.in_explorer(name), "Open as Notebook", window.tab(name))
    await notebook.wait_for_cells(window, 1)
    return path


async def test_a_notebook_file_runs_in_our_session(window: Window) -> None:
    path = await open_file(window, "file.ipynb", book("6 * 7"))
    await notebook.run_cell(window, 0)
    await notebook.wait_for_output(window, "42")
    await notebook.wait_for_run(window, 1)
    output = {
        "data": {"text/plain": ["42"]}, "execution_count": 1, "metadata": {},
        "output_type": "execute_result",
    }  # fmt: skip
    await notebook.save_and_check(window, path, book("6 * 7", 1, [output]))


@pytest.mark.parametrize("name", ["goes-on.py", "goes-on.ipynb"])
async def test_a_reload_in_the_middle_of_a_run_loses_nothing(
    window: Window, tmp_path: Path, name: str
) -> None:
    stop = tmp_path / "stop"
    code = (
        f"import pathlib, time\nstop = pathlib.Path({str(stop)!r})\ni = 0\n"
        "while not stop.exists():\n    print('step', i := i + 1, flush=True)\n    time.sleep(0.1)\n"
        "print('the end of it')\n"
    )
    if name.endswith(".py"):
        await window.open(name, f"# %% Count\n{code}")
        await notebook.open_as_notebook(window, 1)
    else:
        await open_file(window, name, book(code))
    await notebook.run_cell(window, 0)
    await notebook.wait_for_output(window, "step 3")
    await reload(window, name, "cellbridge-script" if name.endswith(".py") else "cellbridge-ipynb")
    await notebook.wait_for_cells(window, 1)
    # All output since the first line is shown, and more arrives.
    before = await notebook.wait_for_output(window, "step 1")
    steps = (await before.inner_text()).split("step ")
    await notebook.wait_for_output(window, f"step {int(steps[-1]) + 5}")
    stop.touch()
    await notebook.wait_for_output(window, "the end of it")
    await notebook.wait_for_run(window, 1)


async def test_input_is_asked_for_in_a_notebook(window: Window) -> None:
    await window.open("asked.py", "# %% Ask\nname = input('Who? ')\nname.upper()\n")
    await notebook.open_as_notebook(window, 1)
    await notebook.run_cell(window, 0)
    asked = window.page.locator(".quick-input-widget", has_text="Who?")
    await asked.wait_for()
    # Closing the box is not an answer. A command opens it again.
    await window.page.keyboard.press("Escape")
    await asked.wait_for(state="hidden")
    await window.command("Cellbridge: Respond to input()")
    await asked.wait_for()
    await asked.locator("input").first.fill("ada")
    await window.page.keyboard.press("Enter")
    await notebook.wait_for_output(window, "ADA")


async def test_a_script_is_written_as_a_notebook_by_a_command(window: Window) -> None:
    path = await window.open("written.py", "# %% Sum\n40 + 2\n")
    await window.lens("▶ Run").click()
    await window.wait_for_run(1)
    await window.command("Cellbridge: Export Script as Notebook")
    message = await window.notification("Exported to written.ipynb.")
    cells = json.loads(path.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    assert [cell["source"] for cell in cells] == [["40 + 2"]]
    assert cells[0]["outputs"][0]["data"]["text/plain"] == ["42"]
    await window.click_in_row(message, '.monaco-button:has-text("Open")')
    await window.tab("written.ipynb").wait_for()
    row = window.in_explorer("written.ipynb")
    await window.choose_from_menu(row, "Open Notebook as Script", window.tab("written.py"))


async def test_a_notebook_is_written_as_a_script_by_a_command(window: Window) -> None:
    await open_file(window, "turned.ipynb", book("40 + 2"))
    await window.command("Cellbridge: Export Notebook as Script")
    message = await window.notification("Exported to turned.py.")
    await window.click_in_row(message, '.monaco-button:has-text("Open")')
    await window.tab("turned.py").wait_for()
    await window.line("40 + 2").first.wait_for()
    assert "40 + 2\n" in (window.server.workspace / "turned.py").read_text("utf-8")
