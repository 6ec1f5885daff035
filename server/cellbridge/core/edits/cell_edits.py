"""Actions on whole cells, as edits of the text.

Owns: one function per action. Each takes the cells and the cursor and returns the changes to make
with the cursor's new place, or None if the action makes no sense there. It must not know the
editor or the protocol.

Invariant: the changes of one edit do not overlap and come last in the document first, so that they
have the same effect one after the other or all at once; together they are one step to undo. Text
outside the changes keeps its bytes: line endings, blank lines and the style of markers.

Invariant: the document's header stays at its top, and text that had no marker gets one before
anything is put above it.
"""

from __future__ import annotations

from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.lexing import states
from cellbridge.core.document.markdown import find_quoted_text
from cellbridge.core.document.text import Change, Position, Range

from .cell_positions import CellView, Edit, clamp, whole_lines
from .marker_writer import comment_lines, marker_line


def insert_above(cells: Cells, cursor: Position, kind: CellKind = CellKind.CODE) -> Edit | None:
    """Put an empty cell above the one at ``cursor``."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    if view.only_header:
        return None
    line = view.first
    text = whole_lines(view, marker_line(cells, index, kind), "")
    if not view.cell.has_marker:
        text += whole_lines(view, marker_line(cells, index, CellKind.CODE))
    elif line > 0 and view.line(line - 1).strip():
        text = view.ending + text
    return _insertion(Position(line, 0), text, marker_at=text.startswith(view.ending))


def insert_below(cells: Cells, cursor: Position, kind: CellKind = CellKind.CODE) -> Edit:
    """Put an empty cell below the one at ``cursor``."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    marker = marker_line(cells, index, kind)
    if index + 1 < len(cells):
        line = view.end + 1
        text = whole_lines(view, marker, "")
    else:
        line = view.end
        text = whole_lines(view, marker)
    at = Position(line, 0)
    if view.line(line).strip() and index + 1 == len(cells):
        at = Position(line, len(view.line(line)))  # the document does not end in a line ending
        text = view.ending + view.ending + text
        return _insertion(at, text, marker_at=2)
    apart = line > 0 and bool(view.line(line - 1).strip())
    return _insertion(at, view.ending * apart + text, marker_at=apart)


def split(cells: Cells, cursor: Position) -> Edit | None:
    """Begin a new cell of the same kind at ``cursor``; None on a marker and inside a string."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    if cursor.line < view.body or view.only_header:
        return None
    text = view.line(cursor.line)
    column = min(cursor.column, len(text))
    before, after = text[:column], text[column:]
    line = cursor.line
    if before.strip() and not after.strip():
        line, before = line + 1, ""  # at a line's end: the new cell begins with the next one
    if not before.strip():
        column = 0
    string = find_quoted_text(view.cell.body_lines) if view.cell.kind is not CellKind.CODE else None
    if string is None and _in_string(view, line):
        return None
    marker = marker_line(cells, index, view.cell.kind)
    if column == 0 and line > view.end:
        return insert_below(cells, cursor, view.cell.kind)
    above, below = _string_halves(view, line, column) if string else ("", "")
    apart = bool(above or column) or (line > view.body and bool(view.line(line - 1).strip()))
    lead = (view.ending if column else "") + above + view.ending * apart
    return _insertion(
        Position(line, column),
        lead + whole_lines(view, marker) + below,
        marker_at=lead.count(view.ending),
        lines_below=below.count(view.ending),
    )


def _in_string(view: CellView, line: int) -> bool:
    """Return whether a marker put at ``line`` would be text."""
    lines = view.cell.body_lines
    begins = list(states(lines, view.cells.language))
    at = line - view.body
    return at < len(begins) and bool(begins[at])


def _string_halves(view: CellView, line: int, column: int) -> tuple[str, str]:
    """Return how to close the string above the cut and how to open it again below."""
    string = find_quoted_text(view.cell.body_lines)
    if string is None:
        return "", ""
    start, end = string.text_start, string.closing
    at = (line - view.body, column)
    if not start <= at or at > string.text_end:
        return "", ""
    first = view.cell.body_lines[string.opening[0]]
    opening = first[string.opening[1] : start[1]]
    closing = view.cell.body_lines[end[0]][string.text_end[1] : end[1]]
    return closing + view.ending, opening + view.ending


def merge_above(cells: Cells, cursor: Position) -> Edit | None:
    """Join the cell at ``cursor`` to the one above it."""
    index = cells.at(cursor.line)
    if index == 0:
        return None
    return merge_below(cells, Position(cells.first_line(index - 1), 0))


def merge_below(cells: Cells, cursor: Position) -> Edit | None:
    """Join the cell at ``cursor`` and the one below it; the upper one gives kind, title, metadata.

    Only what can be read as one: cells of one kind, or comments below code.
    """
    index = cells.at(cursor.line)
    if index + 1 >= len(cells) or CellView(cells, index).only_header:
        return None
    upper, lower = CellView(cells, index), CellView(cells, index + 1)
    if upper.cell.kind is lower.cell.kind is CellKind.CODE:
        area = Range(Position(lower.first, 0), Position(lower.body, 0))
        return Edit((Change(clamp(cells, area), ""),), Position(lower.first, 0))
    if upper.cell.kind is CellKind.CODE or lower.cell.kind is CellKind.CODE:
        return None
    return _merge_texts(upper, lower)


def _merge_texts(upper: CellView, lower: CellView) -> Edit:
    """Join two cells of text in the style of the upper one."""
    above, below = find_quoted_text(upper.cell.body_lines), find_quoted_text(lower.cell.body_lines)
    if above is None and below is None:
        area = Range(Position(lower.first, 0), Position(lower.body, 0))
        return Edit((Change(clamp(upper.cells, area), ""),), Position(lower.first, 0))
    texts = [entry.text for entry in lower.cell.markdown]
    end = Position(lower.full_end, len(lower.line(lower.full_end)))
    if above is None:
        text = upper.ending.join(comment_lines(texts, upper.cells.language))
        start = Position(lower.first, 0)
        return Edit((Change(Range(start, end), text),), start)
    # The upper string's end moves below the lower cell's text.
    row, column = above.text_end
    start = Position(upper.body + row, column)
    closing = upper.cell.body_lines[above.closing[0]][column : above.closing[1]]
    text = upper.ending.join(texts) + (upper.ending if column == 0 else "") + closing
    lead = upper.ending if column == 0 else upper.ending * 2
    cursor = Position(start.line + lead.count(upper.ending), 0)
    return Edit((Change(Range(start, end), lead + text),), cursor)


def move_up(cells: Cells, cursor: Position) -> Edit | None:
    """Swap the cell at ``cursor`` with the one above it; the cursor goes with it."""
    index = cells.at(cursor.line)
    return _swap(cells, index - 1, cursor, moves_down=False) if index > 0 else None


def move_down(cells: Cells, cursor: Position) -> Edit | None:
    """Swap the cell at ``cursor`` with the one below it; the cursor goes with it."""
    index = cells.at(cursor.line)
    return _swap(cells, index, cursor, moves_down=True) if index + 1 < len(cells) else None


def _swap(cells: Cells, index: int, cursor: Position, *, moves_down: bool) -> Edit | None:
    """Swap a cell with the one below it, leaving the blank lines between and after them in place.

    ::

        upper gap lower rest   →   lower gap upper rest
    """
    upper, lower = CellView(cells, index), CellView(cells, index + 1)
    if upper.is_blank or upper.only_header:
        return None
    marker = ""
    if not upper.cell.has_marker:
        marker = whole_lines(upper, marker_line(cells, index, CellKind.CODE))
    # "upper gap" goes from above, "gap upper" comes below: of the two cells, the upper one moves.
    gap = upper.text(upper.core_end, Position(lower.first, 0))
    core = upper.text(Position(upper.first, 0), upper.core_end)
    cut = Change(Range(Position(upper.first, 0), Position(lower.first, 0)), "")
    paste = Change(Range(lower.core_end, lower.core_end), gap + marker + core)
    grown = (gap + marker).count(upper.ending)
    if moves_down:
        line = lower.core_end.line - (lower.first - upper.first) + grown
        line += max(0, cursor.line - upper.first)
    else:
        line = cursor.line - (lower.first - upper.first)
    return Edit((paste, cut), Position(line, cursor.column))


def duplicate(cells: Cells, cursor: Position) -> Edit | None:
    """Put a copy of the cell at ``cursor`` below it; the cursor goes to the copy."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    if view.is_blank or view.only_header:
        return None
    text = view.text(Position(view.first, 0), view.core_end)
    if not view.cell.has_marker:
        text = whole_lines(view, marker_line(cells, index, CellKind.CODE)) + text
    gap = view.ending * 2
    at = view.core_end
    line = at.line + 2 + max(0, cursor.line - view.first) + (not view.cell.has_marker)
    return Edit((Change(Range(at, at), gap + text),), Position(line, cursor.column))


def delete(cells: Cells, cursor: Position) -> Edit | None:
    """Take the cell at ``cursor`` out; the cursor goes to what follows, else to the cell above."""
    index = cells.at(cursor.line)
    view = CellView(cells, index)
    if view.only_header:
        return None
    if index + 1 < len(cells):
        area = Range(Position(view.first, 0), Position(view.end + 1, 0))
        return Edit((Change(area, ""),), Position(view.first, 0))
    if index == 0 or view.first > cells.first_line(index):
        start = Position(view.first, 0)
        return Edit((Change(Range(start, view.core_end), ""),), start)
    above = CellView(cells, index - 1)
    start = above.core_end
    return Edit((Change(Range(start, view.core_end), ""),), Position(start.line, 0))


def _insertion(at: Position, text: str, *, marker_at: int, lines_below: int = 0) -> Edit:
    """Insert ``text``, whose line ``marker_at`` is a marker; the cursor goes below that."""
    cursor = Position(at.line + marker_at + 1 + lines_below, 0)
    return Edit((Change(Range(at, at), text),), cursor)
