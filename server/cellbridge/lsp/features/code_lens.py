"""textDocument/codeLens: actions above each cell, and the result of its last run.

Owns the choice of lenses. Every lens has an equivalent code action, because not every editor has
code lenses.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.runs import marks
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.cell_views import CellView

NO_COMMAND = ""
"""The command of a lens that is only a text. Editors show it as text."""


def code_lens(context: Context, params: lsp.CodeLensParams) -> JsonResult:
    """Return the lenses of all cells of a document; none for a document that is not open."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not context.config.lenses.enabled:
        return JsonResult([])
    views, now = notebook.views(), context.now()
    lenses: list[dict[str, object]] = []
    for view in views:
        lenses += _cell_lenses(notebook.uri, view, now, last=view.index == len(views) - 1)
    return JsonResult(lenses)


def _cell_lenses(uri: str, view: CellView, now: float, *, last: bool) -> list[dict[str, object]]:
    """Return one cell's lenses; none for the blank start of a file."""
    code = view.cell.kind is CellKind.CODE
    if not view.cell.has_marker and (not code or view.cell.last_code_line is None):
        return []
    argument: dict[str, object] = {
        "uri": uri,
        "cell": view.id,
        "position": {"line": view.first_line, "character": 0},
        "wait": False,  # the answer is not used; see code_action.py
    }
    offered: list[tuple[str, str]] = []
    if code:
        offered.append(("▶ Run", "cellbridge.runCell"))
    if view.index > 0:
        offered.append(("Run above", "cellbridge.runAbove"))
    if not last or not code:
        offered.append(("Run below", "cellbridge.runBelow"))
    if view.run is not None:
        offered.append(
            (status_text.state(view.run, view.outputs, mark=view.mark, now=now), NO_COMMAND)
        )
    if view.active is not None:
        if view.active.part is not None:
            said = status_text.state(view.active, (), now=now)
            offered.append((f"{said} · {marks.SELECTION}", NO_COMMAND))
        offered.append(("Interrupt", "cellbridge.interrupt"))
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
