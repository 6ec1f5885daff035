"""Symbols of all scripts in the open folders, and settings that a server receives in either way."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from cellbridge.core.settings import StaticConfig
from support.cursor import Cursor
from support.editor import Editor, configuration, fresh_uri, initialize_params, start_editor
from support.page import Page

LOADING = "# %% Loading\ndef load_table(): ...\n# %% [markdown]\n# # Second part\n"


async def found(editor: Editor, query: str) -> list[tuple[str, str, int]]:
    """Name, file and line of what is found."""
    answer: Any = await editor.workspace_symbol_async(lsp.WorkspaceSymbolParams(query))
    return [
        (one.name, one.location.uri.rpartition("/")[2], one.location.range.start.line)
        for one in answer
    ]


async def test_names_are_found_in_open_scripts_and_in_files(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    hidden = folder / ".venv" / "lib"
    hidden.mkdir(parents=True)
    (folder / "loading.py").write_text(LOADING)
    (folder / "module.py").write_text("def load_module(): ...\n")
    (hidden / "other.py").write_text(LOADING)
    (folder / "broken.py").write_bytes(b"# %%\nload = '\xff'\n")
    workspace = [lsp.WorkspaceFolder(folder.as_uri(), "project")]
    editor = await start_editor(workspace_folders=workspace)
    editor.open(
        (folder / "opened.py").as_uri(), "# %% Mine\nclass Loader:\n    def load(self): ...\n"
    )
    assert await found(editor, "load") == [
        ("load", "opened.py", 2),
        ("Loader", "opened.py", 1),
        ("Loading", "loading.py", 0),
        ("load_table", "loading.py", 1),
    ]
    assert await found(editor, "sdpt") == [("Second part", "loading.py", 2)]
    # The editor's text counts where a file is open, and a file that has changed is read again.
    editor.open((folder / "loading.py").as_uri(), "# %% Mine\ndef load_other(): ...\n")
    assert [name for name, _, _ in await found(editor, "load_")] == ["load_other"]
    (folder / "new.py").write_text("# %% Mine\nload_more = 1\n")
    assert [name for name, _, _ in await found(editor, "load_m")] == ["load_more"]
    await editor.shutdown_session()


SCRIPT = "# %% one\ndef gree$0t(name): ...\ngreet(1)\n"
SWITCHES = [one.name for one in fields(StaticConfig) if isinstance(one.default, bool)]


async def answers(page: Page) -> dict[str, bool]:
    """Return the answers from the text at the cursor, by the setting that turns each one off."""
    cursor, editor = Cursor(page, SCRIPT), page.editor
    where, called = cursor.place[0], lsp.Position(2, 6)
    hover = await editor.text_document_hover_async(lsp.HoverParams(*cursor.place))
    signature = lsp.SignatureHelpParams(where, called)
    written = lsp.CompletionParams(where, lsp.Position(2, 4))
    offered = await editor.text_document_completion_async(written)
    return {
        "completion": offered is not None and any(item.label == "greet" for item in offered.items),
        "hover": hover is not None and "greet" in str(hover.contents),
        "signatures": await editor.text_document_signature_help_async(signature) is not None,
        "navigation": await editor.text_document_definition_async(
            lsp.DefinitionParams(*cursor.place)
        )
        is not None,
        "rename": await editor.text_document_prepare_rename_async(
            lsp.PrepareRenameParams(*cursor.place)
        )
        is not None,
        "symbols": "greet" in [name for name, _, _ in await found(editor, "greet")],
    }


@pytest.mark.parametrize("pulls", [True, False], ids=["asked for", "sent"])
async def test_each_feature_can_be_left_to_another_server_at_any_time(
    tmp_path: Path, *, pulls: bool
) -> None:
    params = initialize_params()
    assert params.capabilities.workspace is not None
    params.capabilities.workspace.configuration = pulls
    editor = await configuration().start()
    assert isinstance(editor, Editor)
    await editor.initialize_session(params)
    page = Page(editor, editor.open(fresh_uri(tmp_path), ""))

    async def off(settings: dict[str, Any], expected: list[str]) -> None:
        editor.set_configuration(settings, section="cellbridge")
        changed = {} if pulls else {"cellbridge": settings}
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(changed))
        # Asked until it is so, as the server asks for the settings before it heeds them.
        await editor.eventually(
            lambda: answers(page),
            lambda found: [key for key in found if not found[key]] == expected,
        )

    await off({"completion": {"static": True}}, [])
    for switch in SWITCHES:
        await off({"static": {switch: False}}, [switch])
    await off({"completion": {"static": False}}, SWITCHES)
    await off({"completion": {"static": True}}, [])
    await editor.shutdown_session()
