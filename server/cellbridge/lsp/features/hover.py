"""textDocument/hover: a cell's complete output over its marker or hint, elsewhere help on a name.

Owns the choice between the two.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.analysis import hover as analysis
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Position
from cellbridge.core.output.mime_types import Medium
from cellbridge.core.python.completion_context import is_name_at
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.code_query import question_at
from cellbridge.lsp.features.kernel_hover import kernel_text
from cellbridge.lsp.features.output_hover import medium_of, output_text
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


async def hover(context: Context, params: lsp.HoverParams) -> lsp.Hover | JsonResult | None:
    """Return the hover for a position."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    at = context.convert.from_position(notebook.text, params.position)
    view = notebook.view(notebook.index_at(at.line))
    for one in reversed(view.with_parts):
        if _shows_output(notebook, one, at):
            shown = await output_text(context, notebook, one)
            if shown is not None:
                return lsp.Hover(shown)
    if said := await kernel_text(notebook, at):
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.PlainText, said))
    question = question_at(notebook, at)
    if question is None or (
        notebook.language == PYTHON and not is_name_at(question.code, question.offset)
    ):
        return None
    static = context.analyser(notebook) if context.config.static.hover else None
    pictures = medium_of(context.client) is Medium.PICTURES
    found = await analysis.hover(
        question, context.live(notebook, question), static, pictures=pictures
    )
    text = found.data.get("text/markdown") or found.data.get("text/plain")
    if not isinstance(text, str) or not text:
        return None
    kind = lsp.MarkupKind.Markdown if context.client.markdown else lsp.MarkupKind.PlainText
    return JsonResult({"contents": {"kind": kind.value, "value": text}})


def _shows_output(notebook: Notebook, view: CellView, at: Position) -> bool:
    """Return True for the cell's marker, and for the end of the line that has the hint."""
    if view.part is None and view.cell.has_marker and at.line == view.first_line:
        return True
    return at.line == view.hint_line and at.column >= len(notebook.text.line(at.line))
