"""Which function answers which message, and the things they work with.

Owns the table of handlers, and the life of the workspace and the analyser: they begin after
`initialize` has been answered and end with the editor.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from lsprotocol import types as lsp

from cellbridge.analysis.static import StaticPython
from cellbridge.lsp.background import Background
from cellbridge.lsp.client import features_of
from cellbridge.lsp.commands.execute import execute_command
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.content import content
from cellbridge.lsp.editor import Editor
from cellbridge.lsp.errors import fault_of
from cellbridge.lsp.features import (
    code_action,
    code_lens,
    completion,
    configuration,
    custom,
    documents,
    folding,
    hover,
    inlay_hint,
    kernels,
    links,
    notebook_view,
    places,
    rename,
    selection,
    signature,
    symbols,
    tables,
    tokens,
    variables,
)
from cellbridge.lsp.features.workspace_symbols import WorkspaceSymbols
from cellbridge.lsp.push.hub import Hub
from cellbridge.lsp.transport import Connection
from cellbridge.workspace.workspace import Workspace

Handlers = Mapping[str, Callable[[Any], Any]]


@asynccontextmanager
async def serving(
    connection: Connection, greeting: lsp.InitializeParams, static: StaticPython
) -> AsyncGenerator[Handlers]:
    """Hold what the handlers work with for as long as the editor is there.

    On leaving, sessions are let go, which live on in their hosts, and the analyser is ended.
    """
    client, editor, hub = features_of(greeting), Editor(connection), Hub()

    def fault(name: str, error: Exception) -> None:
        editor.show(fault_of(name, error))

    async with (
        Workspace(hub, client=client.name, fault=fault) as workspace,
        Background(editor.show) as background,
    ):
        context = Context(client, editor, workspace, static, background)
        hub.bind(context)
        configuration.apply(context, hub, greeting.initialization_options)
        yield table(context, hub)


def table(context: Context, hub: Hub) -> Handlers:
    """Return the handler of each message."""

    def later(handler: Callable[..., Any]) -> Callable[[Any], None]:
        """Make of an ``async`` handler of a notification one that begins it."""
        return lambda params: context.background.begin(handler(context, hub, params))

    def cancel_progress(_: Context, hub: Hub, params: lsp.WorkDoneProgressCancelParams) -> Any:
        return hub.progress.cancelled(params)

    return {
        lsp.INITIALIZED: later(configuration.initialized),
        lsp.WORKSPACE_DID_CHANGE_CONFIGURATION: later(configuration.did_change),
        lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL: later(cancel_progress),
        lsp.TEXT_DOCUMENT_CODE_LENS: lambda params: code_lens.code_lens(context, params),
        lsp.TEXT_DOCUMENT_CODE_ACTION: lambda params: code_action.code_action(context, params),
        lsp.TEXT_DOCUMENT_INLAY_HINT: lambda params: inlay_hint.inlay_hint(context, params),
        lsp.INLAY_HINT_RESOLVE: lambda hint: inlay_hint.resolve(context, hint),
        lsp.TEXT_DOCUMENT_HOVER: lambda params: hover.hover(context, params),
        lsp.TEXT_DOCUMENT_COMPLETION: lambda params: completion.completion(context, params),
        lsp.COMPLETION_ITEM_RESOLVE: lambda item: completion.resolve(context, item),
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP: lambda params: signature.signature_help(context, params),
        lsp.TEXT_DOCUMENT_DEFINITION: lambda params: places.definition(context, params),
        lsp.TEXT_DOCUMENT_TYPE_DEFINITION: lambda params: places.type_definition(context, params),
        lsp.TEXT_DOCUMENT_REFERENCES: lambda params: places.references(context, params),
        lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: lambda params: places.highlight(context, params),
        lsp.TEXT_DOCUMENT_PREPARE_RENAME: lambda params: rename.prepare(context, params),
        lsp.TEXT_DOCUMENT_RENAME: lambda params: rename.rename(context, params),
        lsp.TEXT_DOCUMENT_FOLDING_RANGE: lambda params: folding.folding(context, params),
        lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: lambda params: symbols.symbols(context, params),
        lsp.TEXT_DOCUMENT_SELECTION_RANGE: lambda params: selection.selection(context, params),
        lsp.TEXT_DOCUMENT_DOCUMENT_LINK: lambda params: links.document_links(context, params),
        lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: lambda params: tokens.full(context, params),
        lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: lambda params: tokens.within(context, params),
        lsp.WORKSPACE_SYMBOL: WorkspaceSymbols(context).answer,
        lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT: lambda params: content(context, params),
        lsp.WORKSPACE_EXECUTE_COMMAND: lambda params: execute_command(context, hub, params),
        **_documents(context, hub),
        **_custom(context, hub),
    }


def _documents(context: Context, hub: Hub) -> Handlers:
    """Return the handlers of what happens to documents."""
    return {
        lsp.TEXT_DOCUMENT_DID_OPEN: lambda params: documents.did_open(context, hub, params),
        lsp.TEXT_DOCUMENT_DID_CHANGE: lambda params: documents.did_change(context, hub, params),
        lsp.TEXT_DOCUMENT_DID_SAVE: lambda params: documents.did_save(context, params),
        lsp.TEXT_DOCUMENT_DID_CLOSE: lambda params: documents.did_close(context, hub, params),
    }


def _custom(context: Context, hub: Hub) -> Handlers:
    """Return the handlers of the requests that are our own."""
    return {
        "cellbridge/cells": lambda params: custom.cells(context, hub, params),
        "cellbridge/kernels": lambda params: kernels.kernels(context, params),
        "cellbridge/sessions": lambda params: kernels.sessions(context, params),
        "cellbridge/outputs": lambda params: custom.outputs(context, params),
        "cellbridge/variables": lambda params: variables.variables(context, params),
        "cellbridge/table": lambda params: tables.table(context, params),
        "cellbridge/tableSummary": lambda params: tables.summary(context, params),
        "cellbridge/tableExport": lambda params: tables.export(context, params),
        "cellbridge/readNotebook": notebook_view.read_notebook,
        "cellbridge/writeNotebook": lambda params: notebook_view.write_notebook(context, params),
        "cellbridge/notebookText": notebook_view.notebook_text,
    }
