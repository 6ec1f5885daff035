"""Edits of whole cells: their names, and their translation to workspace edits.

Owns the names of the edits and their translation; core implements the changes of the text. The
names are public, because plugins bind keys to them (`cellbridge.editCell`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.text import Position
from cellbridge.core.edits import cell_edits, cell_kind_edits
from cellbridge.core.edits.cell_positions import Edit
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One edit of the cell at the cursor."""

    title: str
    kind: str
    """The code action's kind."""
    make: Callable[[Cells, Position], Edit | None]


_REFACTOR = "refactor.cellbridge"

CELL_EDITS: dict[str, CellEdit] = {
    "insertAbove": CellEdit("Insert cell above", f"{_REFACTOR}.insert", cell_edits.insert_above),
    "insertBelow": CellEdit("Insert cell below", f"{_REFACTOR}.insert", cell_edits.insert_below),
    "insertMarkdownAbove": CellEdit(
        "Insert markdown cell above",
        f"{_REFACTOR}.insert",
        partial(cell_edits.insert_above, kind=CellKind.MARKDOWN),
    ),
    "insertMarkdownBelow": CellEdit(
        "Insert markdown cell below",
        f"{_REFACTOR}.insert",
        partial(cell_edits.insert_below, kind=CellKind.MARKDOWN),
    ),
    "split": CellEdit("Split cell at cursor", f"{_REFACTOR}.split", cell_edits.split),
    "mergeAbove": CellEdit("Merge with cell above", f"{_REFACTOR}.merge", cell_edits.merge_above),
    "mergeBelow": CellEdit("Merge with cell below", f"{_REFACTOR}.merge", cell_edits.merge_below),
    "moveUp": CellEdit("Move cell up", f"{_REFACTOR}.move", cell_edits.move_up),
    "moveDown": CellEdit("Move cell down", f"{_REFACTOR}.move", cell_edits.move_down),
    "duplicate": CellEdit("Duplicate cell", f"{_REFACTOR}.duplicate", cell_edits.duplicate),
    "delete": CellEdit("Delete cell", f"{_REFACTOR}.delete", cell_edits.delete),
    "toCode": CellEdit(
        "Change cell to code",
        f"{_REFACTOR}.type",
        partial(cell_kind_edits.change_kind, kind=CellKind.CODE),
    ),
    "toMarkdown": CellEdit(
        "Change cell to markdown",
        f"{_REFACTOR}.type",
        partial(cell_kind_edits.change_kind, kind=CellKind.MARKDOWN),
    ),
    "toRaw": CellEdit(
        "Change cell to raw",
        f"{_REFACTOR}.type",
        partial(cell_kind_edits.change_kind, kind=CellKind.RAW),
    ),
    "markdownAsComments": CellEdit(
        "Write markdown as comments", f"{_REFACTOR}.type", cell_kind_edits.markdown_as_comments
    ),
    "markdownAsString": CellEdit(
        "Write markdown as string", f"{_REFACTOR}.type", cell_kind_edits.markdown_as_string
    ),
}
"""The edits by their names in `cellbridge.editCell`, in the order of the menu."""


def workspace_edit(context: Context, notebook: Notebook, edit: Edit) -> lsp.WorkspaceEdit:
    """Return a workspace edit, bound to the document version if the editor supports that."""
    changes = [
        lsp.TextEdit(context.convert.to_range(notebook.text, change.range), change.text)
        for change in edit.changes
        if change.range is not None
    ]
    if not context.client.versioned_edits:
        return lsp.WorkspaceEdit(changes={notebook.uri: changes})
    document = lsp.OptionalVersionedTextDocumentIdentifier(notebook.uri, notebook.version)
    return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, changes)])


def cursor_after(context: Context, notebook: Notebook, edit: Edit) -> lsp.Position:
    """Return the cursor position in the text after the edit."""
    text = notebook.text
    for change in edit.changes:
        text = text.apply(change)
    return context.convert.to_position(text, edit.cursor)
