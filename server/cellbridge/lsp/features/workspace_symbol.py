"""workspace/symbol: cells, headings and names of the open scripts and of those in the open folders.

Owns which scripts are searched and which symbols match. Open scripts are searched in the editor's
text; other files are read, and read again only when they have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.document_symbol import flat_symbols
from cellbridge.lsp.positions import Converter
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.notebooks.script_search import script_at, scripts_in

LIMIT = 500
"""The maximum number of symbols in one answer; editors repeat the request with a longer query."""
_NAMES = frozenset(
    kind.value
    for kind in (
        lsp.SymbolKind.Class,
        lsp.SymbolKind.Function,
        lsp.SymbolKind.Method,
        lsp.SymbolKind.Variable,
    )
)
"""The kinds that another Python server also finds."""

Symbols = list[dict[str, Any]]


class WorkspaceSymbols:
    """The search, with a cache of the files it has read."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[tuple[int, int], Symbols]] = {}
        """For each file its time and size, and its symbols. Bound: the files of one search."""

    async def answer(self, context: Context, params: lsp.WorkspaceSymbolParams) -> JsonResult:
        """Return the symbols whose names match the query, the best first."""
        notebooks = list(context.workspace)
        opened = [(one.uri, one.text, one.cells) for one in notebooks]
        folders = [Path(folder) for folder in context.client.folders]
        # Reading files and outlining long scripts can take a second; all inputs are immutable.
        found = await asyncio.to_thread(self._search, context.convert, opened, folders)
        wanted = context.config
        if not (wanted.static.symbols and wanted.completion.static):
            found = [symbol for symbol in found if symbol["kind"] not in _NAMES]
        return JsonResult(best(found, params.query))

    def _search(
        self,
        convert: Converter,
        opened: Sequence[tuple[str, Text, Cells]],
        folders: list[Path],
    ) -> Symbols:
        uris = {uri for uri, _, _ in opened}
        found: Symbols = []
        for uri, text, cells in opened:
            found += flat_symbols(convert, text, cells, uri)
        read: dict[Path, tuple[tuple[int, int], Symbols]] = {}
        for path, stat in scripts_in(folders):
            if path.as_uri() in uris:
                continue
            stamp = stat.st_mtime_ns, stat.st_size
            known = self._read.get(path)
            symbols = known[1] if known and known[0] == stamp else _symbols_of(convert, path)
            read[path] = stamp, symbols
            found += symbols
        self._read = read
        return found


def _symbols_of(convert: Converter, path: Path) -> Symbols:
    content = script_at(path)
    if content is None:
        return []
    text = Text.of(content)
    return flat_symbols(convert, text, parse(text, PYTHON), path.as_uri())


def best(symbols: Symbols, query: str) -> Symbols:
    """Return the symbols whose names contain the query's characters in order.

    Names that start with the query come first, then names that contain it, then the rest.
    """
    typed = query.casefold()
    ranked = [
        (rank, symbol)
        for symbol in symbols
        if (rank := _rank(symbol["name"].casefold(), typed)) is not None
    ]
    ranked.sort(key=lambda pair: (pair[0], len(pair[1]["name"])))
    return [symbol for _, symbol in ranked[:LIMIT]]


def _rank(name: str, typed: str) -> int | None:
    if name.startswith(typed):
        return 0
    if typed in name:
        return 1
    left = iter(name)
    return 2 if all(character in left for character in typed) else None
