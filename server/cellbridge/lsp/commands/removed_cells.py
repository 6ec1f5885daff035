"""Commands that show the outputs of removed cells, and restore such a cell."""

from __future__ import annotations

from pathlib import PurePath

from lsprotocol import types as lsp

from cellbridge.core.document.text import Change, Position
from cellbridge.core.edits.cell_edits import insert_below
from cellbridge.core.edits.cell_positions import Edit
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.lsp.documents.removed_cells_text import removed_text
from cellbridge.lsp.documents.show_document import show_text
from cellbridge.lsp.features.cell_edit_actions import cursor_after, workspace_edit
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook


async def show_removed_outputs(call: Invocation, arguments: p.NotebookArguments) -> p.OpenResult:
    """Show the outputs of removed cells.

    Raises:
        SessionError: The notebook has none, or they cannot be shown.
    """
    notebook = call.context.notebook(arguments.uri)
    if not notebook.orphans():
        raise SessionError(f"{notebook.name} has no outputs of removed cells.")

    async def text() -> str:
        return removed_text(notebook)

    title = f"{PurePath(notebook.name).stem} - removed cells.txt"
    uri = await show_text(call.context, Address("removed", notebook.uri), title, text)
    return p.OpenResult(uri)


async def restore_cell(call: Invocation, arguments: p.RestoreCellArguments) -> p.PositionResult:
    """Insert a removed cell, with its outputs, below the cell at the position.

    Raises:
        SessionError: There is no such removed cell, or the editor refused the edit.
    """
    context, notebook = call.context, call.context.notebook(arguments.uri)
    source = next(
        (one.run.cell_source for one in notebook.orphans() if one.cell_id == arguments.cell), None
    )
    if source is None:
        raise SessionError(
            f"There is no removed cell {arguments.cell}; "
            "cellbridge.showRemovedOutputs lists the removed cells."
        )
    at = context.convert.from_position(notebook.text, arguments.position)
    edit = _insertion(notebook, at, source)
    answer = await context.editor.request(
        lsp.WORKSPACE_APPLY_EDIT,
        lsp.ApplyWorkspaceEditParams(workspace_edit(context, notebook, edit), "Restore cell"),
    )
    if not isinstance(answer, lsp.ApplyWorkspaceEditResult) or not answer.applied:
        raise SessionError("The editor did not restore the cell; try again.")
    return p.PositionResult(cursor_after(context, notebook, edit))


def _insertion(notebook: Notebook, at: Position, source: str) -> Edit:
    """Return the edit that inserts a cell with this source, in the same way as an empty cell."""
    edit = insert_below(notebook.cells, at)
    (change,) = edit.changes
    ending = "\r\n" if "\r\n" in change.text else "\n"
    lines = change.text.split(ending)
    marker = next(number for number, line in enumerate(lines) if line.strip())
    text = ending.join([*lines[: marker + 1], *source.split("\n"), *lines[marker + 1 :]])
    return Edit((Change(change.range, text),), edit.cursor)
