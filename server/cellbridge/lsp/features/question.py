"""A place in a document as the question that completion and hover put to their sources.

Owns the way from a document's line and column to the code a kernel is shown and an offset into it.
"""

from __future__ import annotations

from cellbridge.analysis.sources import Question
from cellbridge.core.cells import CellKind
from cellbridge.core.text import Position
from cellbridge.workspace.notebook import Notebook


def question_at(notebook: Notebook, at: Position) -> Question | None:
    """Return the question for a place in a code cell; None on markers and in cells without code."""
    view = notebook.view(notebook.index_at(at.line))
    relative = at.line - view.first_line - view.cell.body_offset
    if view.cell.kind is not CellKind.CODE or relative < 0:
        return None
    code = view.cell.source
    lines = code.split("\n")
    if relative >= len(lines):
        return None
    line = notebook.text.line(at.line)
    # A magic that is a comment in the document has lost its comment sign in the source.
    shift = len(line) - len(lines[relative])
    column = min(max(0, at.column - shift), len(lines[relative]))
    return Question(
        content=notebook.text.content,
        line=at.line,
        column=at.column,
        path=None if notebook.path is None else str(notebook.path),
        code=code,
        offset=sum(len(before) + 1 for before in lines[:relative]) + column,
        line_text=line,
    )
