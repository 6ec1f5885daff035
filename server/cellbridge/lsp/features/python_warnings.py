"""Python's warnings as diagnostics on the lines that caused them.

Owns the parsing of warnings in a cell's stderr, in the format of Python's
``warnings.formatwarning``: ``path:line: Category: message``, then the line as it ran. The probe
names the script there, so the line numbers are those of the script at the start of the run that
defined the code. Warnings that a library prints in another format are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.outputs import Stream
from cellbridge.core.runs.frames import Frame
from cellbridge.lsp.context import Context
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import places

LIMIT = 50
"""The maximum number of warnings that are reported for one cell."""
_MESSAGE_LIMIT = 500


def warnings_of(
    context: Context, notebook: Notebook, views: Sequence[CellView]
) -> Iterator[lsp.Diagnostic]:
    """Return the warnings of all cells, each once, on lines that still exist."""
    for view in views:
        seen: set[tuple[int, str, str]] = set()
        for line, category, message, text in _read(view):
            if (line, category, message) in seen or len(seen) >= LIMIT:
                continue
            seen.add((line, category, message))
            frame = Frame(notebook.name, line, "<module>", text=text)
            for place in places(notebook, views, view, [frame]):
                if place.area is not None:
                    area = context.convert.to_range(notebook.text, place.area)
                    yield lsp.Diagnostic(
                        area,
                        f"{category}: {message}"[:_MESSAGE_LIMIT],
                        lsp.DiagnosticSeverity.Warning,
                        category,
                        source="cellbridge",
                    )


def _read(view: CellView) -> Iterator[tuple[int, str, str, str]]:
    """Return the line from 0, category, message and text of the line of a cell's warnings.

    The text is empty if it is unknown, or a magic in IPython's translation.
    """
    if view.shown is None:
        return
    start = f"{view.shown.origin.path}:"
    for output in view.outputs:
        if not isinstance(output, Stream) or output.name != "stderr":
            continue
        lines = strip_ansi(f"{output.text}\n{output.tail}").split("\n")
        for text, below in zip(lines, [*lines[1:], ""], strict=True):
            number, colon, said = text.removeprefix(start).partition(": ")
            category, _, message = said.partition(": ")
            written = text.startswith(start) and number.isdecimal() and bool(colon)
            if written and category.isidentifier() and message:
                ran = below.strip() if below.startswith("  ") else ""
                ran = "" if "get_ipython()" in ran else ran
                yield max(0, int(number) - 1), category, message, ran
