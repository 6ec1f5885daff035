"""textDocument/semanticTokens: colours for markers, their titles, headings and magics.

Owns the tokens and their types. A client that draws outputs receives none, because our own plugins
draw markers themselves, and in some editors the tokens of one server replace those of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lsprotocol import types as lsp

from cellbridge.core.document.cells import Cell, CellKind
from cellbridge.core.document.magics import mask
from cellbridge.core.document.text import Text, to_units, without_ending
from cellbridge.lsp.capabilities import TOKEN_TYPES
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

_KEYWORD, _CLASS, _MACRO = map(TOKEN_TYPES.index, ("keyword", "class", "macro"))
_MAGIC = re.compile(r"%%?\w+|!!?|\?\??")
_SIGNS = frozenset("%!?")


class _Token(NamedTuple):
    line: int
    start: int
    end: int
    kind: int


def full(context: Context, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
    """Return the tokens of the whole document."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or context.client.draws_outputs:
        return None
    return _encode(context, notebook, range(len(notebook.cells)))


def within(context: Context, params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens | None:
    """Return the tokens of the cells that a range touches."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or context.client.draws_outputs:
        return None
    first, last = (notebook.index_at(at.line) for at in (params.range.start, params.range.end))
    return _encode(context, notebook, range(first, last + 1))


def _encode(context: Context, notebook: Notebook, indexes: range) -> lsp.SemanticTokens:
    """Return tokens in the protocol's encoding: each relative to the previous token."""
    data: list[int] = []
    line = start = 0
    for index in indexes:
        for token in _cell_tokens(notebook.cells[index], notebook.cells.first_line(index)):
            first, end = _units(context, notebook.text, token)
            data += [token.line - line, first - (start if token.line == line else 0)]
            data += [end - first, token.kind, 0]
            line, start = token.line, first
    return lsp.SemanticTokens(data)


def _units(context: Context, text: Text, token: _Token) -> tuple[int, int]:
    line = text.line(token.line)
    encoding = context.client.encoding
    return to_units(line, token.start, encoding), to_units(line, token.end, encoding)


def _cell_tokens(cell: Cell, first: int) -> Iterator[_Token]:
    if cell.has_marker:
        yield from _marker(without_ending(cell.lines[0]), cell.title, first)
    body = first + cell.marker_lines
    if cell.kind is CellKind.MARKDOWN:
        for heading in cell.headings:
            line = without_ending(cell.lines[cell.marker_lines + heading.line])
            if (start := line.find(heading.text)) >= 0 and heading.text:
                yield _Token(body + heading.line, start, start + len(heading.text), _CLASS)
    elif cell.kind is CellKind.CODE:
        for number in _magic_lines(cell.source):
            line = without_ending(cell.lines[cell.body_offset + number])
            if found := _MAGIC.search(line):
                yield _Token(first + cell.body_offset + number, *found.span(), _MACRO)


def _marker(line: str, title: str, number: int) -> Iterator[_Token]:
    """Yield the marker up to its title, and the title."""
    start = len(line) - len(line.lstrip())
    at = line.find(title) if title else -1
    end = at if at > start else len(line)
    yield _Token(number, start, start + len(line[start:end].rstrip()), _KEYWORD)
    if at > start:
        yield _Token(number, at, at + len(title), _CLASS)


@lru_cache(maxsize=4096)
def _magic_lines(source: str) -> tuple[int, ...]:
    """Return the lines on which a magic, a shell line or a help line begins."""
    if not _SIGNS & set(source):
        return ()
    lines, masked = source.split("\n"), mask(source).split("\n")
    changed = [number for number, line in enumerate(lines) if line != masked[number]]
    if lines and masked and source.lstrip().startswith("%%"):
        return tuple(changed[:1])  # The code below a cell magic is in another language.
    return tuple(changed)
