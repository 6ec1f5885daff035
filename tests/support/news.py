"""The cells that a client which draws outputs builds from its notifications.

Owns the replay of notifications. It is written from the protocol's page alone, so that a test shows
whether that page is complete.
"""

from __future__ import annotations

import attrs

from cellbridge.core.document.text import PositionEncoding, from_units, to_units
from cellbridge.lsp import protocol as p
from support.editor import Editor


def latest(editor: Editor, uri: str) -> dict[str, p.Cell]:
    """Replay all notifications of a document; return its cells by title."""
    encoding = PositionEncoding(editor.announced.position_encoding or "utf-16")
    cells: dict[str, p.Cell] = {}
    for news in editor.cell_news:
        if news.uri != uri:
            continue
        for gone in news.removed:
            cells.pop(gone)
        for cell in news.cells:
            cells[cell.id] = merge_cell(cells.get(cell.id), cell, encoding)
    return {cell.title: cell for cell in cells.values()}


def merge_cell(before: p.Cell | None, told: p.Cell, encoding: PositionEncoding) -> p.Cell:
    """Return a cell with all its outputs, of which the notification holds only the new ones."""
    outputs = before.outputs[: told.kept_outputs] if before else []
    assert len(outputs) == told.kept_outputs
    for append in told.extended:
        known = outputs[append.output]
        assert isinstance(known, p.TextOutput)
        units = to_units(known.text, len(known.text), encoding) - append.drop
        text = known.text[: from_units(known.text, units, encoding)] + append.text
        outputs[append.output] = attrs.evolve(
            known, text=text, chars=append.chars, lines=append.lines, tail=append.tail
        )
    return attrs.evolve(told, kept_outputs=0, extended=[], outputs=[*outputs, *told.outputs])
