"""Scripts and their notebooks in an editor: saving, converting, and conflicts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from support.editor import Editor, start_editor

SCRIPT = "# %%\nprint('one')\n1 + 1\n\n# %% [markdown]\n# Words\n\n# %%\nx = 3\n"
HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n\n"


@pytest_asyncio.fixture
async def editor() -> AsyncIterator[Editor]:
    started = await start_editor("neovim")
    yield started
    await started.shutdown_session()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def opened(editor: Editor, path: Path) -> str:
    return editor.open(path.as_uri(), path.read_text())


async def save(editor: Editor, path: Path, text: str | None = None) -> None:
    """Save a document like an editor, and wait until the server has reported the result."""
    uri = path.as_uri()
    if text is not None:
        editor.rewrite(uri, text)
    put(path, editor.texts[uri])
    before = message_count(editor)
    editor.text_document_did_save(lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
    await editor.until(lambda: message_count(editor) > before, "word of the notebook")


def message_count(editor: Editor) -> int:
    return len(editor.log_messages) + len(editor.messages) + len(editor.questions)


def put(path: Path, text: str) -> None:
    path.write_text(text)


def text_of(path: Path) -> str:
    return path.read_text()


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["cells"]


async def test_a_notebook_is_made_with_outputs_and_kept_on_save(
    editor: Editor, script: Path
) -> None:
    uri = opened(editor, script)
    answer = await editor.command("runAll", uri=uri)
    assert [cell["state"] for cell in answer["cells"]] == ["ok", "ok"]
    notebook = script.with_suffix(".ipynb")
    assert await editor.command("convertToNotebook", uri=uri) == {"uri": notebook.as_uri()}
    first, words, last = cells(notebook)
    assert first["outputs"][0]["text"] == ["one\n"]
    assert first["outputs"][1]["data"] == {"text/plain": ["2"]}
    assert (first["execution_count"], words["source"], last["outputs"]) == (1, ["Words"], [])
    # Saving after an edit and a run: the cell's new text and its new output, all else untouched.
    changed = SCRIPT.replace("x = 3", "x = 3\nprint(x)")
    editor.rewrite(uri, changed)
    await editor.command("runCell", uri=uri, position={"line": 8, "character": 0})
    await save(editor, script)
    again = cells(notebook)
    assert again[:2] == [first, words]
    assert again[2]["id"] == last["id"]
    assert again[2]["source"] == ["x = 3\n", "print(x)"]
    assert again[2]["outputs"][0]["text"] == ["3\n"]
    await editor.command("clearOutputs", uri=uri)
    await save(editor, script)
    assert [cell.get("outputs") for cell in cells(notebook)] == [[], None, []]
    await editor.command("shutdown", uri=uri)


async def test_the_script_s_top_offers_its_notebook(editor: Editor, script: Path) -> None:
    uri = opened(editor, script)
    offered = [action.title for action in await editor.actions(uri, 0)]
    assert "Export script as notebook" in offered
    assert "Export script as notebook" not in [
        action.title for action in await editor.actions(uri, 8)
    ]


async def test_a_header_alone_makes_a_notebook_on_save(editor: Editor, script: Path) -> None:
    put(script, HEADER + SCRIPT)
    opened(editor, script)
    await save(editor, script)
    assert len(cells(script.with_suffix(".ipynb"))) == 3


async def test_where_both_changed_a_person_is_asked_and_both_are_kept(
    editor: Editor, script: Path
) -> None:
    uri, notebook = opened(editor, script), script.with_suffix(".ipynb")
    await editor.command("convertToNotebook", uri=uri)
    theirs = notebook.read_text().replace("Words", "Other words")
    notebook.write_text(theirs)
    await save(editor, script, SCRIPT.replace("x = 3", "x = 4"))
    question = editor.questions[-1]
    assert "have both changed and are left as they are" in question.message
    assert [action.title for action in question.actions or ()] == [
        "Keep Script",
        "Keep Notebook",
        "Leave Both Unchanged",
    ]
    assert notebook.read_text() == theirs
    assert "x = 4" in text_of(script)
    editor.choice = "Keep Script"
    await editor.command("convertToNotebook", uri=uri)
    assert cells(notebook)[1]["source"] == ["Words"]
    assert cells(notebook)[2]["source"] == ["x = 4"]


async def test_a_notebook_that_is_ahead_is_not_overwritten(editor: Editor, script: Path) -> None:
    uri, notebook = opened(editor, script), script.with_suffix(".ipynb")
    await editor.command("convertToNotebook", uri=uri)
    notebook.write_text(notebook.read_text().replace("Words", "Other words"))
    editor.choice = "Keep Notebook"
    await save(editor, script)
    assert "script.ipynb has changed since it last agreed" in editor.questions[-1].message
    await editor.until(lambda: any("is up to date with" in m.message for m in editor.log_messages))
    assert "# Other words" in text_of(script)


async def test_a_notebook_is_opened_as_a_script(editor: Editor, tmp_path: Path) -> None:
    notebook = tmp_path / "book.ipynb"
    cell = {"cell_type": "code", "execution_count": 1, "id": "a", "metadata": {}, "outputs": []}
    notebook.write_text(
        json.dumps(
            {
                "cells": [{**cell, "source": "y = 1"}],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            },
            indent=1,
        )
    )
    script = tmp_path / "book.py"
    answer = await editor.command("openAsScript", uri=notebook.as_uri())
    assert answer == {"uri": script.as_uri()}
    assert text_of(script).endswith("# ---\n\n# %%\ny = 1\n")
    opened(editor, script)
    await save(editor, script, text_of(script).replace("y = 1", "y = 2"))
    assert cells(notebook)[0]["source"] == "y = 2"
    assert cells(notebook)[0]["id"] == "a"


async def test_what_cannot_be_converted_is_explained(editor: Editor, script: Path) -> None:
    uri = opened(editor, script)
    editor.rewrite(uri, SCRIPT + "# more\n")
    with pytest.raises(Exception, match=r"script\.py has changes that are not saved; save it fi"):
        await editor.command("convertToNotebook", uri=uri)
    with pytest.raises(Exception, match="Only a file can be converted; save the document first"):
        await editor.command("convertToNotebook", uri="untitled:x")
    with pytest.raises(Exception, match=r"Neither .*none\.py nor .*none\.ipynb exists"):
        await editor.command("convertToScript", uri=(script.parent / "none.ipynb").as_uri())
    assert not script.with_suffix(".ipynb").exists()
