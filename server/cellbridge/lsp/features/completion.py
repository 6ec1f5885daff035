"""textDocument/completion: what the kernel and the text offer at a place.

Owns the translation of candidates. Which of them there are and in what order is analysis' matter.
"""

from __future__ import annotations

from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.analysis import completion as analysis
from cellbridge.analysis.details import details
from cellbridge.analysis.sources import Question
from cellbridge.core.text import to_units
from cellbridge.lsp.context import Context, Offered
from cellbridge.lsp.features.question import question_at
from cellbridge.lsp.transport import Plain

_KINDS = {
    ours: kind.value
    for ours, kind in {
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
    }.items()
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
    static = context.analyser(notebook) if context.config.static.completion else None
    found = await analysis.complete(question, context.live(notebook), static)
    number = context.offered.number + 1 if context.offered else 1
    context.offered = Offered(number, notebook.uri, question, found.receiver, found.items)

    return Plain(_listed(context, question, at.line, found))


def _listed(
    context: Context, question: Question, line: int, found: analysis.CompletionList
) -> dict[str, Any]:
    """Return the answer; what most items have in common is said once to editors that take that."""
    number = context.offered.number if context.offered else 0
    defaults, common = {}, (-1, -1)
    if found.items and context.client.edit_range_defaults:
        common = found.items[0].start, found.items[0].end
    ranges: dict[tuple[int, int], dict[str, Any]] = {}

    def area(start: int, end: int) -> dict[str, Any]:
        if (start, end) not in ranges:
            columns = (
                to_units(question.line_text, at, context.client.encoding) for at in (start, end)
            )
            first, last = ({"line": line, "character": column} for column in columns)
            ranges[start, end] = {"start": first, "end": last}
        return ranges[start, end]

    items: list[dict[str, Any]] = []
    for at, candidate in enumerate(found.items):
        text, span = candidate.text, (candidate.start, candidate.end)
        item: dict[str, Any] = {"label": text, "sortText": f"{at:05}", "data": (number, at)}
        if span != common:
            item["textEdit"] = {"range": area(*span), "newText": text}
        if kind := _KINDS.get(candidate.kind):
            item["kind"] = kind
        if candidate.detail:
            item["detail"] = candidate.detail
        items.append(item)
    if common != (-1, -1):
        defaults = {"itemDefaults": {"editRange": area(*common)}}
    return {"isIncomplete": found.incomplete, **defaults, "items": items}


async def resolve(context: Context, item: lsp.CompletionItem) -> lsp.CompletionItem:
    """Add documentation and signature to a candidate; one of an older list stays as it is."""
    offered, data = context.offered, item.data
    if offered is None or not isinstance(data, list | tuple) or data[:1] != [offered.number]:
        return item
    notebook = context.workspace.get(offered.uri)
    at = cast("list[Any]", data)[1]
    if notebook is None or not isinstance(at, int) or not 0 <= at < len(offered.items):
        return item
    candidate = offered.items[at]
    if candidate.kind in {"path", "key", "param", "keyword"}:
        return item
    static = context.analyser(notebook) if context.config.static.hover else None
    described = await details(
        offered.question, candidate, offered.receiver, context.live(notebook), static
    )
    if text := described.data.get("text/markdown"):
        kind = lsp.MarkupKind.Markdown if context.client.markdown else lsp.MarkupKind.PlainText
        item.documentation = lsp.MarkupContent(kind, text)
    return item
