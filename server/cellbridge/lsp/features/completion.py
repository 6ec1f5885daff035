"""textDocument/completion: candidates from the kernel and the text.

Owns the translation of candidates. The analysis package finds and orders them.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from lsprotocol import types as lsp

from cellbridge.analysis import completion as analysis
from cellbridge.analysis import unresponsive
from cellbridge.analysis.completion_details import details
from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.code_info import Source
from cellbridge.lsp.completion_list import ListFormat, candidate_of
from cellbridge.lsp.context import CompletionRequest, Context, SentCompletions
from cellbridge.lsp.features.code_query import question_at
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.notebook import Notebook

_EARLIER_SECONDS = 0.02
"""Seconds that a request waits for the answer to the one before it."""


async def completion(context: Context, params: lsp.CompletionParams) -> JsonResult | None:
    """Return the candidates; None if there is nothing to complete."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    at = context.convert.from_position(notebook.text, params.position)
    question = question_at(notebook, at)
    if question is None:
        return None
    before = context.asked.get(notebook.uri)
    context.asked[notebook.uri] = request = CompletionRequest(question)
    try:
        if before is not None:
            await _wait_briefly(before)
        found = await _find(context, notebook, question)
    finally:
        request.answered.set()
    number = context.offered.number + 1 if context.offered else 1
    context.offered = SentCompletions(
        number, notebook.uri, question, found.receiver, found.items, found.silent
    )
    form = ListFormat(context.client.encoding, context.client.item_defaults)
    return JsonResult(form.render(question, found, number))


async def _wait_briefly(request: CompletionRequest) -> None:
    """Wait for an earlier request, so that the kernel is queried once for keys typed in a row."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_EARLIER_SECONDS):
            await request.answered.wait()


async def _find(
    context: Context, notebook: Notebook, question: CursorQuery
) -> analysis.CompletionList:
    def wanted() -> bool:
        """Return False once the user has typed on, and completions were requested there."""
        last = context.asked.get(notebook.uri)
        place = (question.line, question.column)
        return last is not None and (last.question.line, last.question.column) == place

    if not wanted():
        return analysis.CompletionList([], incomplete=True)
    static = context.analyser(notebook) if context.config.static.completion else None
    return await analysis.complete(
        question, context.live(notebook, question), static, wanted=wanted
    )


async def resolve(context: Context, item: lsp.CompletionItem) -> lsp.CompletionItem:
    """Add documentation and signature to a candidate; one of an older list stays unchanged."""
    offered = context.offered
    if offered is None or item.data != offered.number:
        return item
    notebook = context.workspace.get(offered.uri)
    candidate = candidate_of(offered.items, item.label, item.sort_text)
    if notebook is None or candidate is None:
        return item
    if candidate.kind in {"path", "key", "param", "keyword"}:
        return item
    static = context.analyser(notebook) if context.config.static.hover else None
    described = await details(
        offered.question,
        candidate,
        offered.receiver,
        context.live(notebook, offered.question),
        static,
    )
    text = described.data.get("text/markdown")
    if offered.silent and isinstance(text, str) and candidate.source is not Source.LIVE:
        text = unresponsive.append_to_markdown(text)
    if text:
        kind = lsp.MarkupKind.Markdown if context.client.markdown else lsp.MarkupKind.PlainText
        item.documentation = lsp.MarkupContent(kind, text)
    return item
