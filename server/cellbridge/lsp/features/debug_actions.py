"""Code actions for debugging: the steps while code has stopped, and breakpoints.

Owns which of them are offered. The steps are offered wherever the cursor is in the document, and in
the file of a function in which its code has stopped.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.languages import PYTHON
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

STEPS: tuple[tuple[str, str], ...] = (
    ("Next line", "nextLine"),
    ("Step into", "stepInto"),
    ("Step out", "stepOut"),
    ("Continue", "continue"),
    ("Stop debugging", "stopDebugging"),
)
"""The title and the command of each step, in the order of the menu."""


def run_by_line_commands(document: Notebook, cell: dict[str, object]) -> list[lsp.Command]:
    """Return the action that runs a cell by line, if it is Python."""
    if document.language != PYTHON:
        return []
    # Emacs blocks until a command is answered, and gives up after ten seconds.
    argument = {**cell, "wait": False}
    return [lsp.Command("Run by line", "cellbridge.runByLine", arguments=[argument])]


def step_commands(context: Context, document: Notebook) -> list[lsp.Command]:
    """Return the steps that are possible while code has stopped; none while it has not."""
    debugged = context.stepping.stopped_in(document)
    if debugged is None:
        return []
    argument: dict[str, object] = {"uri": debugged.notebook.uri, "wait": False}
    return [lsp.Command(title, f"cellbridge.{name}", arguments=[argument]) for title, name in STEPS]


def breakpoint_commands(context: Context, document: Notebook, line: int) -> list[lsp.Command]:
    """Return the action that sets or removes a breakpoint at a line of Python code."""
    view = document.view(document.index_at(line))
    code = line - view.first_line - view.cell.body_offset
    source = view.cell.source.split("\n")
    python = document.language == PYTHON and view.cell.kind is CellKind.CODE
    if context.client.debugs or not python or not 0 <= code < len(source):
        return []
    is_set = any(one.line == line for one in context.stepping.breakpoints_of(document))
    if not is_set and not source[code].strip():
        return []
    title = f"{'Remove' if is_set else 'Set'} breakpoint"
    position = {"line": line, "character": 0}
    argument: dict[str, object] = {"uri": document.uri, "position": position}
    return [lsp.Command(title, "cellbridge.toggleBreakpoint", arguments=[argument])]
