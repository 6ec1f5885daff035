"""textDocument/completion: what the kernel and the text offer at a place.

Owns the translation of candidates. Which of them there are and in what order is analysis' matter.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types as lsp

from cellbridge.analysis import completion as analysis
from cellbridge.core.items import Candidate
from cellbridge.core.text import to_units
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.question import question_at
from cellbridge.lsp.transport import Plain

_KINDS = {
    "function": lsp.CompletionItemKind.Function,
    "class": lsp.CompletionItemKind.Class,
    "module": lsp.CompletionItemKind.Module,
    "instance": lsp.CompletionItemKind.Variable,
    "statement": lsp.CompletionItemKind.Variable,
    "keyword": lsp.CompletionItemKind.Keyword,
    "path": lsp.CompletionItemKind.File,
    "magic": lsp.CompletionItemKind.Event,
    "param": lsp.CompletionItemKind.Variable,
    "property": lsp.CompletionItemKind.Property,
    "key": lsp.CompletionItemKind.Field,
}


async def completion(context: Context, params: lsp.CompletionParams) -> Plain | None:
    """Return the candidates; None where there is nothing to complete."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    at = context.convert.from_position(notebook.text, params.position)
    question = question_at(notebook, at)
    if question is None:
        return None
    live, static = context.live(notebook), context.analyser(notebook)
    found = await analysis.complete(question, live, static)

    def column(position: int) -> int:
        return to_units(question.line_text, position, context.client.encoding)

    def place(position: int) -> dict[str, int]:
        return {"line": at.line, "character": column(position)}

    def item(number: int, candidate: Candidate) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "label": candidate.text,
            "sortText": f"{number:05}",
            "filterText": candidate.text,
            "textEdit": {
                "range": {"start": place(candidate.start), "end": place(candidate.end)},
                "newText": candidate.text,
            },
        }
        if kind := _KINDS.get(candidate.kind):
            plain["kind"] = kind.value
        if candidate.detail:
            plain["detail"] = candidate.detail
        return plain

    items = [item(number, candidate) for number, candidate in enumerate(found.items)]
    return Plain({"isIncomplete": found.incomplete, "items": items})
