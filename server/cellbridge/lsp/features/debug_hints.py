"""The texts at the ends of lines while code is debugged by commands: values, and breakpoints.

Owns these texts and their lines. A value is at the end of the line that bound its name. The line
at which the code has stopped has none: it has not run yet, and current_frame.py shows the values
that it uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from cellbridge.core.output.preview import shorten
from cellbridge.core.runs.parts import follow_line
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

_MARK = "● breakpoint"


def debug_hints(context: Context, notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Yield each line of a document that has such a text, with the text."""
    limit = context.config.hints.max_length
    for one in context.stepping.breakpoints_of(notebook):
        yield one.line, shorten(f"{_MARK}: {one.problem}" if one.problem else _MARK, limit)
    stop = notebook.debugging.status.stopped
    for line, said in sorted(_values(context, notebook).items()):
        if stop is None or stop.line != line:
            yield line, shorten(", ".join(said), limit)


def _values(context: Context, notebook: Notebook) -> dict[int, list[str]]:
    """Return the values of the names that each line bound, where the line still exists."""
    found: dict[int, list[str]] = {}
    for scope in context.stepped_values.get(notebook.uri, ()):
        if scope.cell not in notebook.ids:
            continue
        view = notebook.view(notebook.ids.index(scope.cell))
        ran, now = scope.source.split("\n"), view.cell.source.split("\n")
        for name, at in scope.values.shown.items():
            if (line := follow_line(ran, now, at)) is not None:
                place = view.first_line + view.cell.body_offset + line
                found.setdefault(place, []).append(f"{name} = {scope.values.known[name]}")
    return found
