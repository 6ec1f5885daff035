"""Scripts with a cursor or a selection marked in them.

``$0`` marks the cursor; two of them enclose a selection. ``$`` is not valid in Python outside
strings, so it cannot collide with a script's own text.
"""

from __future__ import annotations

from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Position, Range, Text
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.lsp.features.code_query import question_in

CURSOR = "$0"


def without_cursor(marked: str) -> tuple[str, Position]:
    """Return a script without its one ``$0``, and its position."""
    content, area = without_selection(marked)
    assert area.start == area.end, "one $0 expected, found two"
    return content, area.start


def without_selection(marked: str) -> tuple[str, Range]:
    """Return a script without its ``$0…$0``, and the range between them."""
    before, *rest = marked.split(CURSOR)
    assert 1 <= len(rest) <= 2, f"one $0 or two expected, found {len(rest)}"
    start = end = end_of(before)
    if len(rest) == 2:
        end = end_of(before + rest[0])
    return before + "".join(rest), Range(start, end)


def question(marked: str, path: str | None = None) -> CursorQuery:
    """Return the query of completion and hover at the ``$0`` of a Python script."""
    content, at = without_cursor(marked)
    text = Text.of(content)
    cells = parse(text, PYTHON)
    names = ScriptNames.of(cells)
    found = question_in(text, cells, lambda: names, path, at)
    assert found is not None, "the $0 is not in code"
    return found


def with_cursor(content: str, cursor: Position) -> str:
    """Return a script with ``$0`` at ``cursor``; the inverse of `without_cursor`."""
    text = Text.of(content)
    at = text.clamp(cursor)
    assert at == cursor, f"the cursor {cursor} is outside the text"
    lines = list(text.lines)
    line = lines[at.line]
    lines[at.line] = line[: at.column] + CURSOR + line[at.column :]
    return "".join(lines)


def end_of(content: str) -> Position:
    """Return the position after the last character."""
    return Text.of(content).end
