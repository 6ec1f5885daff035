"""The application of a server's edits, as an editor does it.

Owns the application of workspace edits to the texts of a test's documents.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.document.text import Change, PositionEncoding, Text
from cellbridge.lsp.positions import Converter


def edits_of(edit: lsp.WorkspaceEdit) -> dict[str, list[lsp.TextEdit]]:
    """Return the text edits by document, from either form of a workspace edit."""
    if edit.document_changes is None:
        return {uri: list(edits) for uri, edits in (edit.changes or {}).items()}
    found: dict[str, list[lsp.TextEdit]] = {}
    for change in edit.document_changes:
        assert isinstance(change, lsp.TextDocumentEdit)
        texts = [each for each in change.edits if isinstance(each, lsp.TextEdit)]
        found.setdefault(change.text_document.uri, []).extend(texts)
    return found


def apply_edits(
    content: str, edits: list[lsp.TextEdit], encoding: PositionEncoding
) -> tuple[str, list[lsp.TextDocumentContentChangePartial]]:
    """Return the text after all edits at once, and the changes as an editor reports them."""
    text, convert = Text.of(content), Converter(encoding)
    order = sorted(
        enumerate(edits),
        key=lambda item: (item[1].range.start.line, item[1].range.start.character, item[0]),
        reverse=True,
    )
    events: list[lsp.TextDocumentContentChangePartial] = []
    for _, edit in order:
        text = text.apply(Change(convert.from_range(text, edit.range), edit.new_text))
        events.append(lsp.TextDocumentContentChangePartial(edit.range, edit.new_text))
    return text.content, events
