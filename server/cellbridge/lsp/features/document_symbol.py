"""textDocument/documentSymbol: cells and headings as an outline, with the names defined in each.

Owns the conversion to LSP symbols, for one document and for workspace_symbol.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from lsprotocol import types as lsp

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.structure import Symbol, SymbolKind, outline
from cellbridge.core.document.text import Text
from cellbridge.lsp.context import Context
from cellbridge.lsp.positions import Converter
from cellbridge.lsp.transport.transport import JsonResult

_KINDS = {
    SymbolKind.CELL: lsp.SymbolKind.Module,
    SymbolKind.MARKDOWN: lsp.SymbolKind.String,
    SymbolKind.RAW: lsp.SymbolKind.File,
    SymbolKind.HEADING: lsp.SymbolKind.Namespace,
    SymbolKind.CLASS: lsp.SymbolKind.Class,
    SymbolKind.FUNCTION: lsp.SymbolKind.Function,
    SymbolKind.METHOD: lsp.SymbolKind.Method,
    SymbolKind.VARIABLE: lsp.SymbolKind.Variable,
}


async def symbols(context: Context, params: lsp.DocumentSymbolParams) -> JsonResult:
    """Return the outline, as a tree if the editor supports it."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return JsonResult([])
    convert, text, cells = context.convert, notebook.text, notebook.cells
    # A script of thousands of cells takes a second. Cells and text are immutable, so a thread can
    # do the work without blocking the loop.
    if context.client.symbol_trees:
        return JsonResult(await asyncio.to_thread(_trees, convert, text, cells))
    return JsonResult(await asyncio.to_thread(flat_symbols, convert, text, cells, notebook.uri))


def _trees(convert: Converter, text: Text, cells: Cells) -> list[dict[str, Any]]:
    return [_tree(convert, text, symbol) for symbol in outline(cells)]


def flat_symbols(convert: Converter, text: Text, cells: Cells, uri: str) -> list[dict[str, Any]]:
    """Return the outline as a plain list of ``SymbolInformation``."""
    return [
        {
            "name": symbol.name,
            "kind": _KINDS[symbol.kind].value,
            "location": {"uri": uri, "range": convert.plain_range(text, symbol.range)},
            **({"containerName": container} if container else {}),
        }
        for symbol, container in _flat(outline(cells), None)
    ]


def _tree(convert: Converter, text: Text, symbol: Symbol) -> dict[str, Any]:
    return {
        "name": symbol.name,
        "kind": _KINDS[symbol.kind].value,
        "range": convert.plain_range(text, symbol.range),
        "selectionRange": convert.plain_range(text, symbol.selection),
        "children": [_tree(convert, text, child) for child in symbol.children],
    }


def _flat(tree: Iterable[Symbol], container: str | None) -> Iterator[tuple[Symbol, str | None]]:
    for symbol in tree:
        yield symbol, container
        yield from _flat(symbol.children, symbol.name)
