"""didOpen, didChange, didSave and didClose: the editor's text into the workspace, and its cursor.

Owns only the translation. Invariant: these are plain functions, so that each has taken effect
before the next message is handled (pygls runs an ``async`` handler only later).
"""

from __future__ import annotations

from functools import partial

from lsprotocol import types as lsp

from cellbridge.analysis import own_names
from cellbridge.core.document.header import header_of
from cellbridge.lsp.commands.conversion import update_paired_notebook
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.show_document import show_line
from cellbridge.lsp.ordered_edits import OrderedEdits
from cellbridge.lsp.protocol import CursorParams
from cellbridge.lsp.push.notifier import Notifier


def did_open(context: Context, notifier: Notifier, params: lsp.DidOpenTextDocumentParams) -> None:
    """Open a document, and start to analyse its imports in the background."""
    document = params.text_document
    language = getattr(document.language_id, "value", document.language_id)
    notebook = context.workspace.open(document.uri, language, document.version, document.text)
    context.edits[document.uri] = OrderedEdits(document.version)
    notebook.sharing.on_show = partial(_show_line, context, notebook.uri)
    notifier.document_changed(notebook)
    other = header_of(notebook.text.lines, notebook.language).other_format
    if other and other != "hydrogen":  # hydrogen scripts have percent's markers
        context.editor.show(
            f"{notebook.name} is in jupytext's {other} format, whose cells Cellbridge does not "
            "show; convert it with cellbridge convert.",
            lsp.MessageType.Info,
        )
    if context.config.kernel.prewarm:
        context.background.begin(notebook.warm())
    if analyser := context.analyser(notebook):
        path = None if notebook.path is None else str(notebook.path)
        analyser.warm(notebook.text.content, path)
        context.background.begin(own_names.read(notebook.names))


def did_change(
    context: Context, notifier: Notifier, params: lsp.DidChangeTextDocumentParams
) -> None:
    """Apply an edit."""
    uri = params.text_document.uri
    notebook = context.workspace.get(uri)
    if notebook is None:
        return  # The document was never opened, so the edit cannot be applied.
    edits = context.edits[uri]
    version, events = params.text_document.version, params.content_changes
    changes = edits.take(context.convert, notebook.text, version, events)
    context.workspace.change(uri, edits.version, changes)
    notifier.document_changed(notebook)


def cursor_moved(context: Context, _: Notifier, params: CursorParams) -> None:
    """Take the position of the cursor, which a page may follow."""
    notebook = context.workspace.get(params.uri)
    if notebook is not None:
        notebook.sharing.cursor_moved(params.position.line)


def did_save(context: Context, _: Notifier, params: lsp.DidSaveTextDocumentParams) -> None:
    """Have the script's notebook brought up to date in the background, if it has one."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is not None:
        context.background.begin(update_paired_notebook(context, notebook))


def did_close(context: Context, notifier: Notifier, params: lsp.DidCloseTextDocumentParams) -> None:
    """Close a document; its session keeps running."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is not None:
        context.engines.closed(notebook.uri, notebook.path)
    context.workspace.close(params.text_document.uri)
    context.edits.pop(params.text_document.uri, None)
    context.asked.pop(params.text_document.uri, None)
    context.refused.pop(params.text_document.uri, None)
    notifier.document_closed(params.text_document.uri)
    context.keeper.forget(params.text_document.uri)


def _show_line(context: Context, uri: str, line: int) -> None:
    """Show a line that the user has chosen on a page."""
    context.background.begin(show_line(context, uri, lsp.Position(line, 0)))
