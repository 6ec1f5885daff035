"""textDocument/codeLens: actions above each cell, and the result of its last run.

Owns the choice of lenses. Every lens has an equivalent code action, because not every editor has
code lenses.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.runs import marks
from cellbridge.core.runs.runs import RunState
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.debug_actions import STEPS
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.cell_views import CellView

_SLICE = 1_000
"""Cells between which the loop does other work."""
NO_COMMAND = ""
"""The command of a lens that is only a text. Editors show it as text."""

CANCEL_AGENT = "cellbridge.cancelAgentRuns"
DEBUG_CELL = "cellbridge.debugCell"
"""A command of clients that have a debugger."""


@dataclass(frozen=True, slots=True)
class _Running:
    """The state of the cell that is running."""

    now: float
    stop: str
    """The text about the place at which its code has stopped; empty while it runs."""
    steps: tuple[tuple[str, str], ...]
    """The titles and commands of the steps that are possible."""


async def code_lens(context: Context, params: lsp.CodeLensParams) -> JsonResult:
    """Return the lenses of all cells of a document; none for a document that is not open."""
    context.requested(lsp.TEXT_DOCUMENT_CODE_LENS)
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not context.config.lenses.enabled:
        return JsonResult([])
    views, debug = notebook.views(), context.client.debugs and notebook.language == PYTHON
    steps = STEPS if context.stepping.stopped_in(notebook) is not None else ()
    running = _Running(context.now(), status_text.stop_text(notebook), steps)
    lenses: list[dict[str, object]] = []
    for view in views:
        if view.index % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)  # Wait: for nothing; a long script must not hold the loop.
        last = view.index == len(views) - 1
        lenses += _cell_lenses(notebook.uri, view, _offered(view, running, last=last, debug=debug))
    return JsonResult(lenses)


def _offered(
    view: CellView, running: _Running, *, last: bool, debug: bool
) -> list[tuple[str, str]]:
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
        now, stop = running.now, running.stop
        said = status_text.state(view.run, view.outputs, mark=view.mark, now=now, stop=stop)
        offered.append((said, NO_COMMAND))
    if view.active is not None:
        if view.active.part is not None:
            said = status_text.state(view.active, (), now=running.now, stop=running.stop)
            offered.append((f"{said} · {marks.SELECTION}", NO_COMMAND))
        if view.active.state is RunState.RUNNING:
            offered += [(title, f"cellbridge.{name}") for title, name in running.steps]
        if view.active.agent:
            offered.append(("Cancel agent", CANCEL_AGENT))
        if not view.active.agent or view.active.state is RunState.RUNNING:
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
    whole = {"arguments": [{"uri": uri}]}
    given = {NO_COMMAND: {}, "cellbridge.interrupt": whole, CANCEL_AGENT: whole}
    usual = {"arguments": [argument]}
    return [
        {
            "range": area,
            "command": {"title": title, "command": command, **given.get(command, usual)},
        }
        for title, command in offered
    ]
