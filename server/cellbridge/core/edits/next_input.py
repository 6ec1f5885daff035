"""Text that a run has left for an input, as an edit of the document.

Owns where it goes: in place of the cell that requested it, as for ``%load``, or into a new cell
below. It must not know whether the document is still as it was.
"""

from __future__ import annotations

import re

from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.text import Change, Position, Range
from cellbridge.core.runs.runs import NextInput

from .cell_positions import CellView, Edit, clamp
from .marker_writer import marker_line

_LOADED = re.compile(r"# %load(?:py)?\b[^\n]*\n+")
"""The comment that IPython puts above the text it has loaded. In a script that comment is the magic
again, which would load once more at each run; so it is left out."""


def next_input_edit(cells: Cells, index: int, left: NextInput) -> Edit:
    """Return the edit that puts the text where it belongs."""
    view = CellView(cells, index)
    text = left.text.replace("\r\n", "\n")
    if cells.language.syntax.python and (found := _LOADED.match(text)):
        text = text[found.end() :]
    lines = view.ending.join(text.rstrip("\n").split("\n"))
    if left.replace:
        start = Position(min(view.body, view.full_end), 0)
        area = clamp(cells, Range(start, view.core_end))
        return Edit((Change(area, lines),), start)
    at = view.core_end
    new = marker_line(cells, index, CellKind.CODE)
    change = Change(Range(at, at), view.ending * 2 + new + view.ending + lines)
    return Edit((change,), Position(at.line + 3, 0))
