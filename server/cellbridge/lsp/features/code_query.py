"""The query that completion and hover send to their sources for a position in a document.

Owns the conversion from a document's line and column to a cell's code and an offset into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.text import Position, Text
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.lsp.current_frame import is_in_frame

if TYPE_CHECKING:
    from cellbridge.workspace.notebook import Notebook


def question_at(notebook: Notebook, at: Position) -> CursorQuery | None:
    """Return the query for a position in a code cell; None on markers and in other cells."""
    path = None if notebook.path is None else str(notebook.path)
    cells = notebook.cells
    question = question_in(notebook.text, cells, lambda: notebook.names_of(cells), path, at)
    if question is None or not is_in_frame(notebook, at):
        return question
    return replace(question, in_frame=True)


def question_in(
    text: Text, cells: Cells, find_names: Callable[[], ScriptNames], path: str | None, at: Position
) -> CursorQuery | None:
    """Return the same as `question_at`, for a text with its cells and names."""
    index = cells.at(at.line)
    cell = cells[index]
    relative = at.line - cells.first_line(index) - cell.body_offset
    if cell.kind is not CellKind.CODE or relative < 0:
        return None
    code = cell.source
    lines = code.split("\n")
    if relative >= len(lines):
        return None
    line = text.line(at.line)
    # A magic that is a comment in the document has no comment sign in the source.
    shift = len(line) - len(lines[relative])
    column = min(max(0, at.column - shift), len(lines[relative]))
    return CursorQuery(
        text=text,
        find_names=find_names,
        line=at.line,
        column=at.column,
        path=path,
        code=code,
        offset=sum(len(before) + 1 for before in lines[:relative]) + column,
        line_text=line,
    )
