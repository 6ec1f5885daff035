"""A project in a shared folder that contains files of another user, opened in an editor."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from support.editor import Editor, start_editor
from support.second_user import needs_second_user, run_as_other, shared_folder

pytestmark = needs_second_user
SCRIPT = "# %%\nimport os\nprint(os.environ.get('PLANTED'), os.environ.get('VIRTUAL_ENV'))\n"
PAIRED = "# ---\n# jupyter:\n#   jupytext:\n#     formats: {}\n# ---\n\n# %%\nx = 1\n"
PLANTED = """
import json, sys; from pathlib import Path
shared, executable = Path(sys.argv[1]), sys.argv[2]
prefix = shared / ".venv"
(prefix / "bin").mkdir(parents=True)
(prefix / "pyvenv.cfg").write_text("home = /usr/bin\\nversion = 3.12.1\\n")
(prefix / "lib/python3.12/site-packages/ipykernel-7.4.0.dist-info").mkdir(parents=True)
python = prefix / "bin" / "python"
python.write_text(f'#!/bin/sh\\necho x >> "{shared}/ran"\\nexec "{executable}" "$@"\\n')
python.chmod(0o755)
(shared / ".vscode").mkdir()
(shared / ".vscode/settings.json").write_text(
    json.dumps({"python.defaultInterpreterPath": str(python)})
)
(shared / ".env").write_text("PLANTED=theirs\\n")
(shared / "jupytext.toml").write_text('formats = "ipynb,py:percent"\\n')
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    with shared_folder() as folder:
        run_as_other(PLANTED, folder, sys.executable)
        (folder / "mine").mkdir()
        yield folder


@pytest_asyncio.fixture
async def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Editor]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    started = await start_editor("neovim")
    yield started
    await started.shutdown_session()


def opened(editor: Editor, path: Path, text: str) -> str:
    path.write_text(text)
    return editor.open(path.as_uri(), text)


async def save(editor: Editor, uri: str) -> None:
    """Save, and wait for the server's report."""
    before = len(editor.log_messages) + len(editor.messages)
    editor.text_document_did_save(lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
    await editor.until(lambda: len(editor.log_messages) + len(editor.messages) > before)


async def test_planted_files_run_nothing_until_the_folder_is_trusted(
    editor: Editor, shared: Path
) -> None:
    uri = opened(editor, shared / "mine" / "script.py", SCRIPT)
    ran = await editor.command("runAll", uri=uri)
    assert ran["cells"][0]["text"].startswith("None ")
    assert str(shared) not in ran["cells"][0]["text"]
    await editor.hover(uri, 1, 8)
    assert not (shared / "ran").exists(), "their interpreter ran as us"
    await editor.until(lambda: bool(editor.questions))
    (question,) = editor.questions
    assert question.message.startswith(
        f"{shared / '.vscode' / 'settings.json'} was ignored because"
    )
    assert [action.title for action in question.actions or ()] == ["Trust Folder"]
    # Once for each script, whatever else of that folder is ignored.
    await editor.command("showKernelDetails", uri=uri)
    await editor.command("runAll", uri=uri)
    assert len(editor.questions) == 1
    # Editors that lose such a question have a code action.
    titles = {action.title: action for action in await editor.actions(uri, 1)}
    offered = titles[f"Trust folder {shared}"]
    assert offered.command is not None
    argument: Any = (offered.command.arguments or [])[0]
    with pytest.raises(Exception, match="No file of / was ignored for"):
        await editor.command("trustFolder", uri=uri, folder="/")
    await editor.command("trustFolder", **argument)
    assert f"{shared} is trusted; restart the kernel to use it." in editor.messages[-1].message
    await editor.command("restart", uri=uri)
    ran = await editor.command("runAll", uri=uri)
    assert ran["cells"][0]["text"].strip() == f"theirs {shared / '.venv'}"
    assert (shared / "ran").exists()
    await editor.command("shutdown", uri=uri)


async def test_planted_pairing_settings_and_headers_write_nothing(
    editor: Editor, shared: Path
) -> None:
    """Another user's settings pair nothing; a header cannot leave its folder, reported once."""
    script, notebook = shared / "mine" / "paired.py", shared / "mine" / "paired.ipynb"
    notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    before = notebook.read_text()
    uri = opened(editor, script, "# %%\nx = 1\n")
    editor.text_document_did_save(lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
    await editor.until(lambda: bool(editor.questions))
    # One question for the folder, with the first of its files that was needed.
    files = (shared / "jupytext.toml", shared / ".vscode" / "settings.json")
    asked = editor.questions[0].message
    assert any(f"{file} was ignored because" in asked for file in files)
    assert notebook.read_text() == before
    (shared / "victim").mkdir()
    uri = opened(editor, shared / "mine" / "out.py", PAIRED.format("../victim//ipynb,py:percent"))
    await save(editor, uri)
    assert "victim/out.ipynb was not written because it lies outside" in editor.messages[-1].message
    shown = len(editor.messages)
    await save(editor, uri)
    assert len(editor.messages) == shown, "the same sentence again goes to the log"
    assert list((shared / "victim").iterdir()) == []
    uri = opened(editor, shared / "mine" / "in.py", PAIRED.format("books//ipynb,py:percent"))
    (shared / "mine" / "in.py").chmod(0o600)
    await save(editor, uri)
    made = shared / "mine" / "books" / "in.ipynb"
    said = f"Created the notebook {made}, paired by the header of in.py."
    await editor.until(lambda: said in [message.message for message in editor.messages])
    assert json.loads(made.read_text())["cells"][0]["source"] == ["x = 1"]
    assert made.stat().st_mode & 0o777 == 0o600
