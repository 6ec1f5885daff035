"""Positions in each encoding that an editor can choose."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from support.editor import fresh_uri, start_editor

TEXT = "# %%\ns = '😀é'; s  \n# %%\n'😀'; 1/0\n"
UNITS = {"utf-8": 6, "utf-16": 3, "utf-32": 2}
"""The length of ``😀é`` in each encoding."""


@pytest.mark.parametrize("encoding", UNITS)
async def test_positions_count_in_the_clients_unit(encoding: str, tmp_path) -> None:
    editor = await start_editor(encodings=["made-up", encoding])
    assert editor.announced.position_encoding == encoding
    uri = editor.open(fresh_uri(tmp_path), TEXT)
    await editor.command("runAll", uri=uri)
    wide = UNITS[encoding]
    (hint, _) = await editor.hints(uri)
    assert hint.position == lsp.Position(1, 5 + wide + 6)
    await editor.until(lambda: bool(editor.diagnostics.get(uri)), "the error")
    (report,) = editor.diagnostics[uri]
    quoted = {"utf-8": 4, "utf-16": 2, "utf-32": 1}[encoding] + 2
    assert report.range == lsp.Range(lsp.Position(3, quoted + 2), lsp.Position(3, quoted + 5))

    # An edit behind the wide characters goes where the editor means it.
    editor.edit(uri, (1, 5 + wide), (1, 6 + wide), "z'")
    answer = await editor.command("runCell", uri=uri, position={"line": 1, "character": 0})
    assert answer["cells"][0]["text"] == "'😀éz'"
    completion = await editor.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(uri), lsp.Position(1, 10 + wide))
    )
    item = next(item for item in completion.items if item.label == "s")
    assert item.text_edit.range.start == lsp.Position(1, 9 + wide)
    await editor.command("shutdown", uri=uri)
    await editor.shutdown_session()


async def test_a_client_that_names_none_counts_in_utf_16(tmp_path) -> None:
    editor = await start_editor("visual-studio-code")
    assert editor.announced.position_encoding == "utf-16"
    await editor.shutdown_session()
