"""textDocument/selectionRange: line, paragraph, cell, its section, the document."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.structure import levels
from cellbridge.lsp.context import Context


def selection(
    context: Context, params: lsp.SelectionRangeParams
) -> list[lsp.SelectionRange] | None:
    """Return for each position the ranges to which a selection expands."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    grown: list[lsp.SelectionRange] = []
    for position in params.positions:
        at = context.convert.from_position(notebook.text, position)
        around: lsp.SelectionRange | None = None
        for area in reversed(levels(notebook.cells, at)):
            around = lsp.SelectionRange(context.convert.to_range(notebook.text, area), around)
        # The whole document is always one of the ranges.
        grown.append(around or lsp.SelectionRange(lsp.Range(position, position)))
    return grown
