"""Changing what a cell is: code, markdown or raw, and how its text is written.

Owns: the actions that keep a cell's place and text and change its kind or spelling. What holds for
`edits` holds here: None if an action makes no sense, changes that come last in the document
first, untouched bytes kept.
"""

from __future__ import annotations

from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.markdown import find_quoted_text
from cellbridge.core.document.text import Change, Position, Range
from cellbridge.core.equal_ends import equal_ends

from .cell_positions import CellView, Edit, whole_lines
from .marker_writer import change_type, comment_lines, marker_line, quote_lines


def change_kind(cells: Cells, cursor: Position, kind: CellKind) -> Edit | None:
    """Make the cell at ``cursor`` code, markdown or raw; its text stays, as code or as comments."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    if view.cell.kind is kind or view.only_header:
        return None
    changes: list[Change] = []
    if CellKind.CODE in {kind, view.cell.kind} and not view.is_blank:
        changes += _as_code(view) if kind is CellKind.CODE else _as_comments(view)
    shift = 0
    string = find_quoted_text(view.cell.body_lines) if kind is CellKind.CODE else None
    if string and view.cell.markdown:  # the opening quotes go, with their line
        shift = -view.cell.markdown[0].line
    if view.cell.has_marker:
        old = view.line(view.first)
        new = change_type(old, kind, cells.language)
        start, same = equal_ends(old, new)
        area = Range(Position(view.first, start), Position(view.first, len(old) - same))
        changes.append(Change(area, new[start : len(new) - same]))
    else:
        at = Position(view.first, 0)
        changes.append(Change(Range(at, at), whole_lines(view, marker_line(cells, index, kind))))
    last = view.body + len(view.cell.markdown) - 1 if string else view.end
    line = max(view.first, min(cursor.line + shift, max(view.body, last)))
    return Edit(tuple(changes), Position(line + (not view.cell.has_marker), 0))


def _as_comments(view: CellView) -> list[Change]:
    """Make comments of the body's lines, last first."""
    language = view.cells.language
    changes: list[Change] = []
    for line in range(view.full_end, view.body - 1, -1):
        text = view.line(line)
        new = comment_lines([text], language)[0]
        if language.suffix:
            area = Range(Position(line, 0), Position(line, len(text)))
            changes.append(Change(area, new))
        else:
            at = Position(line, 0)
            changes.append(Change(Range(at, at), new[: len(new) - len(text)] if text else new))
    return changes


def _as_code(view: CellView) -> list[Change]:
    """Take the body's text out of its comments or its string, last line first."""
    string = find_quoted_text(view.cell.body_lines) if view.cells.language.syntax.python else None
    if string is not None:
        return [_change_body(view, [entry.text for entry in view.cell.markdown])]
    changes: list[Change] = []
    for entry in reversed(view.cell.markdown):
        line = view.body + entry.line
        end = entry.column + len(entry.text)
        width = len(view.line(line))
        if end < width:
            changes.append(Change(Range(Position(line, end), Position(line, width)), ""))
        if entry.column:
            changes.append(Change(Range(Position(line, 0), Position(line, entry.column)), ""))
    return changes


def markdown_as_comments(cells: Cells, cursor: Position) -> Edit | None:
    """Write the markdown cell at ``cursor``, which is one string, as comments."""
    view = CellView(cells, cells.at(cursor.line))
    if view.cell.kind is CellKind.CODE or find_quoted_text(view.cell.body_lines) is None:
        return None
    texts = comment_lines([entry.text for entry in view.cell.markdown], cells.language)
    return Edit((_change_body(view, texts),), Position(view.body, 0))


def markdown_as_string(cells: Cells, cursor: Position) -> Edit | None:
    """Write the markdown cell at ``cursor``, which is comments, as one triple-quoted string."""
    view = CellView(cells, cells.at(cursor.line))
    if view.cell.kind is CellKind.CODE or not cells.language.syntax.python:
        return None
    if find_quoted_text(view.cell.body_lines) is not None:
        return None
    texts = quote_lines([entry.text for entry in view.cell.markdown])
    if texts is None:
        return None
    return Edit((_change_body(view, texts),), Position(view.body, 0))


def _change_body(view: CellView, lines: list[str]) -> Change:
    end = Position(max(view.full_end, view.body), 0)
    end = Position(end.line, len(view.line(end.line)))
    return Change(Range(Position(view.body, 0), end), view.ending.join(lines))
