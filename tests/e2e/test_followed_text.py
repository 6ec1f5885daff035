"""The text and the cursor of an editor, followed by another client, as a page does."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from cellbridge.lsp.protocol import CursorParams
from cellbridge.workspace.workspace import path_of
from support.editor import Editor, fresh_uri
from support.sessions import stop
from support.text_follower import follower

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "# %% one\nx = 1\n\n# %% two\ny = 2\n"


async def test_a_page_follows_an_editor_and_shows_cells_in_it(
    drawing_editor: Editor, tmp_path: Path
) -> None:
    editor = drawing_editor
    uri = editor.open(fresh_uri(tmp_path), SCRIPT)
    script = path_of(uri)
    assert script is not None
    move = editor.protocol.notify
    async with follower(script, SCRIPT) as page:
        editor.edit(uri, (1, 4), (1, 5), "100")
        changed = SCRIPT.replace("x = 1", "x = 100")
        await page.until_text(changed)
        cells = (await editor.cells(uri)).cells
        assert list(page.notebook.ids) == [cell.id for cell in cells]
        move("cellbridge/cursor", CursorParams(uri, lsp.Position(4, 2)))
        await page.until_cursor(cells[1].id)
        # Editors without this notification request code actions at the cursor.
        await editor.actions(uri, 0)
        await page.until_cursor(cells[0].id)
        # A document that is not open, and a line that does not exist.
        move("cellbridge/cursor", CursorParams(uri + "x", lsp.Position(0, 0)))
        move("cellbridge/cursor", CursorParams(uri, lsp.Position(10_000, 0)))
        await page.until_cursor(cells[1].id)
        await page.notebook.sharing.show(cells[1].id, line=1)
        await editor.until(lambda: bool(editor.shown_documents), "a shown document")
        (shown,) = editor.shown_documents
        assert (shown.uri, shown.take_focus) == (uri, True)
        assert shown.selection is not None
        assert shown.selection.start == lsp.Position(4, 0)
    editor.close(uri)
    await stop(script)
