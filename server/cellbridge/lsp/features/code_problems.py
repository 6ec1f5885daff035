"""Diagnostics for unknown names and for cells that are not valid Python.

Owns their messages, and their ranges in the current document. The problems are found by
push/code_problems.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.text import Position, Range
from cellbridge.core.python.unbound import known_names
from cellbridge.lsp.context import Context
from cellbridge.lsp.positions import Converter
from cellbridge.workspace.notebook import Notebook

LIMIT = 200
"""The maximum number of diagnostics for one document."""
_LEVELS = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "information": lsp.DiagnosticSeverity.Information,
    "hint": lsp.DiagnosticSeverity.Hint,
}


def problems_of(context: Context, notebook: Notebook, reported: set[int]) -> list[lsp.Diagnostic]:
    """Return the problems of the cells, except on the lines in ``reported``."""
    if not context.problems.get(notebook.uri):
        return []
    reports = _reports(context, notebook)
    kept = (report for report in reports if report.range.start.line not in reported)
    return [report for _, report in zip(range(LIMIT), kept, strict=False)]


def _reports(context: Context, notebook: Notebook) -> Iterator[lsp.Diagnostic]:
    known = context.problems.get(notebook.uri, {})
    settings = context.config.diagnostics
    place = _SourceRanges(context.convert, notebook)
    bound: list[str] | None = None
    for index, cell in enumerate(notebook.cells):
        found = known.get(cell.source) if cell.kind is CellKind.CODE else None
        if found is None:
            continue
        if found.fault is not None and settings.syntax in _LEVELS:
            fault = found.fault
            area = place.area(index, fault.line, fault.column, fault.end)
            yield _report(area, f"SyntaxError: {fault.message}", "SyntaxError", settings.syntax)
        for use in found.names if settings.names in _LEVELS else ():
            if bound is None:
                bound = known_names([one.source for one in notebook.cells])
            area = place.area(index, use.line, use.column, use.end)
            message = f"“{use.name}” is not defined in the script or the kernel"
            near = get_close_matches(use.name, bound, 1, 0.75)
            message += f"; did you mean “{near[0]}”?" if near else "."
            yield _report(area, message, "unknown-name", settings.names)


class _SourceRanges:
    """Conversion from ranges in cells' sources to ranges in the document."""

    def __init__(self, convert: Converter, notebook: Notebook) -> None:
        self._convert = convert
        self._notebook = notebook

    def area(self, index: int, line: int, start: int, end: int) -> lsp.Range:
        """Return a part of a line of a cell's source as the editor's range."""
        cells, text = self._notebook.cells, self._notebook.text
        cell = cells[index]
        at = cells.first_line(index) + cell.body_offset + line
        # A magic that is a comment in the document has no comment sign in the source.
        shift = len(text.line(at)) - len(cell.source.split("\n")[line])
        area = Range(Position(at, max(0, start + shift)), Position(at, max(0, end + shift)))
        return self._convert.to_range(text, area)


def _report(area: lsp.Range, message: str, code: str, level: str) -> lsp.Diagnostic:
    return lsp.Diagnostic(area, message, _LEVELS[level], code, source="cellbridge")
