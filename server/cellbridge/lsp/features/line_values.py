"""The values of top-level assignments as inlay hints at their lines.

Owns these hints for each cell that has run, on lines that are unchanged since the run. The value of
a name that is bound twice in a cell is shown on the last line that binds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cellbridge.core.output.preview import shorten
from cellbridge.core.python.assignments import assignments
from cellbridge.lsp.context import Context
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


def value_hints(context: Context, notebook: Notebook, view: CellView) -> Iterator[lsp.InlayHint]:
    """Return the hints of one cell, in line order."""
    if view.shown is None or view.earlier_kernel:
        return
    known = context.values.get(notebook.uri, {}).get(view.shown.id, {})
    lines = assignments(view.shown.source)
    last = {name: line for line, names in lines for name in names}
    for line, names in lines if known else ():
        now = view.current_line(view.shown.origin.line + line)
        here = [name for name in names if name in known and last[name] == line]
        if now is None or not here:
            continue
        many = len(names) > 1
        said = ", ".join(f"{name} = {known[name]}" if many else f"= {known[name]}" for name in here)
        yield lsp.InlayHint(
            position=context.convert.end_of_line(notebook.text, now),
            label=shorten(said, context.config.hints.max_length),
            padding_left=True,
        )
