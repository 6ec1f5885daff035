"""Diagnostics for the problems that an engine has found.

Owns their ranges in the current document, and which repeat another diagnostic. The problems are
found by push/type_problems.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from cellbridge.core.document.text import Position, Range
from cellbridge.core.output.escapes import lines
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

_MESSAGE_LIMIT = 2000


def type_problems_of(
    context: Context, notebook: Notebook, reported: Iterable[lsp.Diagnostic]
) -> Iterator[lsp.Diagnostic]:
    """Yield the problems of the cells that have not been edited since.

    Left out are those at a range that is ``reported`` already: an unknown name, for example.
    """
    known = context.type_problems.get(notebook.uri)
    if not known:
        return
    taken = {_key(one.range) for one in reported}
    for index, cell_id in enumerate(notebook.ids):
        found = known.get(cell_id)
        cells = notebook.cells
        if found is None or found.text != cells[index].slice:
            continue
        for one in (problem.moved(cells.first_line(index)) for problem in found.problems):
            start = Position(one.line, one.column)
            end = Position(one.end_line, one.end_column)
            area = context.convert.to_range(notebook.text, Range(start, end))
            if _key(area) not in taken:
                yield lsp.Diagnostic(
                    range=area,
                    message=lines(one.message)[:_MESSAGE_LIMIT],
                    severity=lsp.DiagnosticSeverity(one.severity),
                    code=one.code or None,
                    source=found.engine,
                )


def _key(area: lsp.Range) -> tuple[int, int, int, int]:
    return (area.start.line, area.start.character, area.end.line, area.end.character)
