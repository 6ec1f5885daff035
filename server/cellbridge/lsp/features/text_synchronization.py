"""didOpen, didChange, didSave, didClose: the editor's text into the workspace.

Owns nothing but the translation. Invariant: these are plain functions, so that each has happened
before the next message is looked at (pygls runs an ``async`` handler only later).
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp.commands.conversion import saved
from cellbridge.lsp.context import Context
from cellbridge.lsp.ordered_edits import Edits
from cellbridge.lsp.push.notifier import Hub


def did_open(context: Context, hub: Hub, params: lsp.DidOpenTextDocumentParams) -> None:
    """Take up a document, and have what it imports looked at in the background."""
    document = params.text_document
    language = getattr(document.language_id, "value", document.language_id)
    notebook = context.workspace.open(document.uri, language, document.version, document.text)
    context.edits[document.uri] = Edits(document.version)
    hub.document_changed(notebook)
    if context.config.kernel.prewarm:
        context.background.begin(notebook.warm())
    if analyser := context.analyser(notebook):
        path = None if notebook.path is None else str(notebook.path)
        analyser.warm(notebook.text.content, path)


def did_change(context: Context, hub: Hub, params: lsp.DidChangeTextDocumentParams) -> None:
    """Follow an edit."""
    uri = params.text_document.uri
    notebook = context.workspace.get(uri)
    if notebook is None:
        return  # An edit of a document that was never opened has nothing to apply to.
    edits = context.edits[uri]
    version, events = params.text_document.version, params.content_changes
    _, changes = edits.take(context.convert, notebook.text, version, events)
    context.workspace.change(uri, edits.version, changes)
    hub.document_changed(notebook)


def did_save(context: Context, _: Hub, params: lsp.DidSaveTextDocumentParams) -> None:
    """Have the script's notebook brought up to date in the background, if it has one."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is not None:
        context.background.begin(saved(context, notebook))


def did_close(context: Context, hub: Hub, params: lsp.DidCloseTextDocumentParams) -> None:
    """Let go of a document; its session lives on."""
    context.workspace.close(params.text_document.uri)
    context.edits.pop(params.text_document.uri, None)
    context.refused.pop(params.text_document.uri, None)
    hub.document_closed(params.text_document.uri)
    context.keeper.forget(params.text_document.uri)
