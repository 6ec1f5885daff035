"""textDocument/inlayHint: each cell's result at the end of its last line of code; and resolve.

Owns the hints. Their text comes from status_text.py. The complete output is the tooltip of the hint
under the pointer, if the editor requests it.
"""

from __future__ import annotations

from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.line_values import value_hints
from cellbridge.lsp.features.output_hover import output_text


def inlay_hint(context: Context, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """Return the hints in the requested range."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not _enabled(context):
        return []
    first, last = params.range.start.line, params.range.end.line
    settings, now = context.config.hints, context.now()
    hints: list[lsp.InlayHint] = []
    for view in notebook.views():
        if settings.values and view.first_line <= last and view.last_line >= first:
            hints += value_hints(context, notebook, view)
        line = view.first_line if settings.place == "marker" else view.hint_line
        if view.run is None or not first <= line <= last:
            continue
        limit = settings.max_length
        label = status_text.hint(view.run, view.outputs, fresh=view.fresh, limit=limit, now=now)
        hints.append(
            lsp.InlayHint(
                position=context.convert.end_of_line(notebook.text, line),
                label=label,
                padding_left=True,
                data={"uri": notebook.uri, "cell": view.id}
                if context.client.hint_tooltips
                else None,
            )
        )
    return hints


def _enabled(context: Context) -> bool:
    return context.config.hints.enabled and not context.config.diagnostics.results


async def resolve(context: Context, hint: lsp.InlayHint) -> lsp.InlayHint:
    """Return the hint with the complete output of its cell as tooltip, if the cell still exists."""
    given: object = hint.data
    data = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    notebook = context.workspace.get(str(data.get("uri")))
    if notebook is not None:
        for view in notebook.views():
            if view.id == data.get("cell"):
                hint.tooltip = await output_text(context, notebook, view)
    return hint
