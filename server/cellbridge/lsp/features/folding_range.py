"""textDocument/foldingRange: cells with their sub-cells, sections under headings, the header."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.structure import FoldKind, folds
from cellbridge.lsp.context import Context
from cellbridge.lsp.transport.transport import JsonResult

_KINDS = {
    FoldKind.CELL: lsp.FoldingRangeKind.Region.value,
    FoldKind.SECTION: lsp.FoldingRangeKind.Region.value,
    FoldKind.HEADER: lsp.FoldingRangeKind.Comment.value,
}


def folding(context: Context, params: lsp.FoldingRangeParams) -> JsonResult:
    """Return the ranges that fold, as whole lines, which every editor supports."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return JsonResult([])
    return JsonResult(
        [
            {"startLine": fold.first, "endLine": fold.last, "kind": _KINDS[fold.kind]}
            for fold in folds(notebook.cells)
        ]
    )
