"""textDocument/inlayHint: each cell's result at the end of its last line of code; and resolve.

Owns the hints. Their text comes from status_text.py. The complete output is the tooltip of the hint
under the pointer, if the editor requests it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import Run
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.current_frame import frame_hints
from cellbridge.lsp.features.debug_hints import debug_hints
from cellbridge.lsp.features.line_values import value_hints
from cellbridge.lsp.features.output_hover import output_text
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


def inlay_hint(context: Context, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """Return the hints in the requested range."""
    context.requested(lsp.TEXT_DOCUMENT_INLAY_HINT)
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or context.config.diagnostics.results:
        return []
    first, last = params.range.start.line, params.range.end.line
    enabled = context.config.hints.enabled
    hints = list(_result_hints(context, notebook, first, last)) if enabled else []
    # A client that draws the results itself still has no other means to show these.
    if enabled or not context.client.debugs:
        for line, text in (*frame_hints(context, notebook), *debug_hints(context, notebook)):
            if first <= line <= last:
                end = context.convert.end_of_line(notebook.text, line)
                hints.append(lsp.InlayHint(position=end, label=text, padding_left=True))
    return hints


def _result_hints(
    context: Context, notebook: Notebook, first: int, last: int
) -> Iterator[lsp.InlayHint]:
    settings = context.config.hints
    for view in notebook.views_with_runs():
        if settings.values and view.first_line <= last and view.last_line >= first:
            yield from value_hints(context, notebook, view)
        for shown in view.with_parts:
            at_marker = settings.place == "marker" and shown.part is None
            line = view.first_line if at_marker else shown.hint_line
            if shown.run is not None and first <= line <= last:
                yield _result_hint(context, notebook, shown, shown.run, line)


def _result_hint(
    context: Context, notebook: Notebook, view: CellView, run: Run, line: int
) -> lsp.InlayHint:
    """Return the hint about the result of a cell, or of selected lines, at the end of a line."""
    limit, now = context.config.hints.max_length, context.now()
    stop = status_text.stop_text(notebook)
    data = {"uri": notebook.uri, "cell": view.id, "part": None if view.part is None else run.id}
    return lsp.InlayHint(
        position=context.convert.end_of_line(notebook.text, line),
        label=status_text.hint(run, view.outputs, mark=view.mark, limit=limit, now=now, stop=stop),
        padding_left=True,
        data=data if context.client.hint_tooltips else None,
    )


async def resolve(context: Context, hint: lsp.InlayHint) -> lsp.InlayHint:
    """Return the hint with the complete output of its cell as tooltip, if the cell still exists."""
    given: object = hint.data
    data = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    notebook = context.workspace.get(str(data.get("uri")))
    if notebook is not None:
        for view in notebook.views_with_runs():
            for shown in view.with_parts if view.id == data.get("cell") else ():
                part = shown.run.id if shown.part is not None and shown.run else None
                if part == data.get("part"):
                    hint.tooltip = await output_text(context, notebook, shown)
    return hint
