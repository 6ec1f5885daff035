"""A file in a notebook view: its cells, the session they share with the file, and saving."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cellbridge.lsp import protocol as p
from support.editor import Editor, fresh_uri
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEW = "cellbridge-notebook+"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def ask(editor: Editor, method: str, params: Any) -> Any:
    return await editor.protocol.send_request_async(f"cellbridge/{method}", params)


async def read(editor: Editor, name: str, text: str) -> list[p.NotebookCell]:
    params = p.ReadNotebookParams(name, encoded(text))
    return (await ask(editor, "readNotebook", params)).cells


async def write(
    editor: Editor, name: str, text: str, cells: list[p.NotebookCell], uri: str = ""
) -> str:
    params = p.WriteNotebookParams(name, encoded(text), cells, uri)
    return base64.b64decode((await ask(editor, "writeNotebook", params)).content).decode()


async def test_a_script_is_read_and_written(drawn_page: Page) -> None:
    text = "#%% A\nx = 1\n# %% [markdown]\n# words\n"
    cells = await read(drawn_page.editor, "x.py", text)
    assert [(cell.kind, cell.source) for cell in cells] == [
        ("code", "x = 1"),
        ("markdown", "words"),
    ]
    assert await write(drawn_page.editor, "x.py", text, cells) == text


async def test_a_notebook_that_was_mended_is_reported_once(drawn_page: Page) -> None:
    editor = drawn_page.editor
    cell = {"cell_type": "code", "id": "a b", "source": "x = 1", "execution_count": "*"}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    editor.messages.clear()
    for _ in range(2):
        (read_cell,) = await read(editor, "x.ipynb", text)
        assert (read_cell.id, read_cell.source, read_cell.outputs) == ("a-b", "x = 1", [])
        assert await write(editor, "x.ipynb", text, [read_cell]) == text
    (shown,) = editor.messages
    assert shown.message.startswith("The notebook deviates from the notebook format")
    assert "in cell 1 (" in shown.message


async def test_a_view_of_a_file_is_in_its_session(drawn_page: Page) -> None:
    page = drawn_page
    text = "# %% A\nvalue = 41\nvalue\n# %% B\nvalue + 1\n"
    await page.write(text)
    await page.run("runAll")
    view = page.editor.open(VIEW + page.uri, text)
    await page.editor.eventually(lambda: shown(page.editor, view, "42"), bool)
    # The same cells have the same ids, so that what runs in one view is seen in the other.
    ids = [cell.id for cell in (await page.editor.cells(page.uri)).cells]
    assert [cell.id for cell in (await page.editor.cells(view)).cells] == ids
    page.editor.edit(view, (1, 0), (1, 10), "value += 1")
    await page.editor.command("runCell", uri=view, cell=ids[0])
    await page.editor.eventually(lambda: shown(page.editor, page.uri, "42", cell=0), bool)
    page.editor.close(view)


async def shown(editor: Editor, uri: str, text: str, cell: int = 1) -> bool:
    outputs = (await editor.cells(uri)).cells[cell].outputs
    return any(
        isinstance(output, p.RichOutput) and output.data.get("text/plain") == text
        for output in outputs
    )


async def test_an_edited_view_is_the_text_that_would_be_saved(drawn_page: Page) -> None:
    text = "# ---\n# title: x\n# ---\n\n# %% A\nx = 1\n"
    cells = await read(drawn_page.editor, "x.py", text)
    assert cells[0].kind == "raw"
    new = p.NotebookCell("", p.CellKind.CODE, "y = 2\n%time y")
    params = p.WriteNotebookParams("x.py", encoded(text), [*cells, new])
    found = await ask(drawn_page.editor, "notebookText", params)
    assert found.text == f"{text}\n# %%\ny = 2\n# %time y\n"
    assert [place and (place.index, place.line) for place in found.positions] == [
        None,
        (1, 5),
        (2, 8),
    ]


async def test_outputs_of_a_run_are_saved_whole(drawn_page: Page, tmp_path: Any) -> None:
    editor = drawn_page.editor
    notebook = {
        "cells": [
            {
                "cell_type": "code", "id": "a", "metadata": {}, "execution_count": None,
                "outputs": [], "source": "print('x' * 300_000)",
            }
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    text = json.dumps(notebook, indent=1) + "\n"
    (cell,) = await read(editor, "x.ipynb", text)
    script = await ask(
        editor, "notebookText", p.WriteNotebookParams("x.ipynb", encoded(text), [cell])
    )
    uri = editor.open(VIEW + fresh_uri(tmp_path).replace(".py", ".ipynb"), script.text)
    await editor.command("runAll", uri=uri)
    run = (await editor.cells(uri)).cells[-1].run
    assert run is not None
    cut = {"output_type": "stream", "name": "stdout", "text": "x"}
    ran = p.NotebookCell("a", p.CellKind.CODE, cell.source, count=1, outputs=[cut], run=run.id)
    saved = json.loads(await write(editor, "x.ipynb", text, [ran], uri))
    assert len(saved["cells"][0]["outputs"][0]["text"]) == 300_001
    assert saved["cells"][0]["execution_count"] == 1
    # The run has been replaced meanwhile: the outputs that the editor shows are written.
    await editor.command("runAll", uri=uri)
    saved = json.loads(await write(editor, "x.ipynb", text, [ran], uri))
    assert saved["cells"][0]["outputs"][0]["text"] == "x"
    await editor.command("shutdown", uri=uri)
    editor.close(uri)
