"""textDocument/codeLens: actions above each cell, and the result of its last run.

Owns the choice of lenses. Every lens has an equivalent code action, because not every editor has
code lenses.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.runs import marks
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.cell_views import CellView

NO_COMMAND = ""
"""The command of a lens that is only a text. Editors show it as text."""

DEBUG_CELL = "cellbridge.debugCell"
"""A command of clients that have a debugger."""


def code_lens(context: Context, params: lsp.CodeLensParams) -> JsonResult:
    """Return the lenses of all cells of a document; none for a document that is not open."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not context.config.lenses.enabled:
        return JsonResult([])
    views, now = notebook.views(), context.now()
    debug = context.client.debugs and notebook.language is PYTHON
    lenses: list[dict[str, object]] = []
    for view in views:
        last = view.index == len(views) - 1
        lenses += _cell_lenses(notebook.uri, view, _offered(view, now, last=last, debug=debug))
    return JsonResult(lenses)


def _offered(view: CellView, now: float, *, last: bool, debug: bool) -> list[tuple[str, str]]:
    """Return the titles and commands of one cell; none for the blank start of a file."""
    code = view.cell.kind is CellKind.CODE
    if not view.cell.has_marker and (not code or view.cell.last_code_line is None):
        return []
    offered: list[tuple[str, str]] = []
    if code:
        offered.append(("▶ Run", "cellbridge.runCell"))
    if view.index > 0:
        offered.append(("Run above", "cellbridge.runAbove"))
    if not last or not code:
        offered.append(("Run below", "cellbridge.runBelow"))
    if code and debug:
        offered.append(("Debug", DEBUG_CELL))
    if view.run is not None:
        offered.append(
            (status_text.state(view.run, view.outputs, mark=view.mark, now=now), NO_COMMAND)
        )
    if view.active is not None:
        if view.active.part is not None:
            said = status_text.state(view.active, (), now=now)
            offered.append((f"{said} · {marks.SELECTION}", NO_COMMAND))
        offered.append(("Interrupt", "cellbridge.interrupt"))
    return offered


def _cell_lenses(
    uri: str, view: CellView, offered: list[tuple[str, str]]
) -> list[dict[str, object]]:
    """Return the lenses of one cell."""
    argument: dict[str, object] = {
        "uri": uri,
        "cell": view.id,
        "position": {"line": view.first_line, "character": 0},
        "wait": False,  # the answer is not used; see code_action.py
    }
    # One range and one argument for all lenses of a cell: a long script has thousands of lenses.
    start = argument["position"]
    area = {"start": start, "end": start}
    given = {NO_COMMAND: {}, "cellbridge.interrupt": {"arguments": [{"uri": uri}]}}
    usual = {"arguments": [argument]}
    return [
        {
            "range": area,
            "command": {"title": title, "command": command, **given.get(command, usual)},
        }
        for title, command in offered
    ]
