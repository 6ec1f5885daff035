"""The table of message handlers, and the objects that they use.

Owns the table of handlers, and the lifetime of the workspace and the background tasks: they start
after `initialize` has been answered and end with the editor.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from lsprotocol import types as lsp

from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.lsp.background_tasks import BackgroundTasks
from cellbridge.lsp.client_capabilities import features_of
from cellbridge.lsp.commands.execute_command import execute_command
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.text_document_content import content
from cellbridge.lsp.editor import Editor, EditorConnection
from cellbridge.lsp.engines import Engines
from cellbridge.lsp.errors import document_error_message
from cellbridge.lsp.features import (
    cells,
    code_action,
    code_lens,
    completion,
    configuration,
    definition,
    document_link,
    document_symbol,
    folding_range,
    hover,
    inlay_hint,
    kernels,
    notebook_view,
    plots,
    rename,
    selection_range,
    semantic_tokens,
    signature_help,
    tables,
    text_synchronization,
    variables,
    widgets,
)
from cellbridge.lsp.features.workspace_symbol import WorkspaceSymbols
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.lsp.stepping_on_demand import SteppingOnDemand
from cellbridge.workspace.workspace import Workspace

Handlers = Mapping[str, Callable[[Any], Any]]
P = TypeVar("P")


@asynccontextmanager
async def running_handlers(
    connection: EditorConnection, params: lsp.InitializeParams, static: StaticPython
) -> AsyncGenerator[Handlers]:
    """Provide the handlers as long as the editor is connected; see `running_context`."""
    async with running_context(connection, params, static) as (context, notifier):
        yield table(context, notifier)


@asynccontextmanager
async def running_context(
    connection: EditorConnection,
    params: lsp.InitializeParams,
    static: StaticPython,
    kind: ClientKind = ClientKind.EDITOR,
) -> AsyncGenerator[tuple[Context, Notifier]]:
    """Provide the context of handlers as long as the client is connected.

    ``kind`` is the kind of client that sessions see. On exit, the server disconnects from its
    sessions, which keep running in their hosts.
    """
    client, editor, notifier = features_of(params), Editor(connection), Notifier()
    own = ClientInfo(client.name, kind)

    def fault(name: str, error: Exception) -> None:
        editor.show(document_error_message(name, error))

    async with (
        Workspace(notifier, client=own, fault=fault) as workspace,
        BackgroundTasks(editor.show) as background,
    ):
        engines = Engines(background.begin, editor)
        stepping = SteppingOnDemand(workspace, background.begin)
        context = Context(client, editor, workspace, static, background, engines, stepping)
        notifier.bind(context)
        configuration.apply(context, notifier, params.initialization_options)
        yield context, notifier


class Table:
    """The handlers of all messages, each registered by the way in which it runs."""

    def __init__(self, context: Context, notifier: Notifier) -> None:
        self.handlers: dict[str, Callable[[Any], Any]] = {}
        self._context = context
        self.notifier = notifier

    def state(self, method: str, handler: Callable[[Context, Notifier, P], None]) -> None:
        """Add the handler of a notification that changes state.

        Invariant: it is a plain function, so that it has taken effect before the next message.
        """
        self._add(method, lambda params: handler(self._context, self.notifier, params))

    def answer(self, method: str, handler: Callable[[Context, P], object]) -> None:
        """Add the handler of a request; it returns the answer, or a coroutine for it."""
        self._add(method, lambda params: handler(self._context, params))

    def background(
        self, method: str, handler: Callable[[Context, Notifier, P], Coroutine[Any, Any, None]]
    ) -> None:
        """Add the handler of a slow notification, for which the next message does not wait."""
        begin = self._context.background.begin
        self._add(method, lambda params: begin(handler(self._context, self.notifier, params)))

    def _add(self, method: str, handler: Callable[[Any], Any]) -> None:
        self.handlers[method] = handler


def table(context: Context, notifier: Notifier) -> Handlers:
    """Return the handler of each message."""
    made = Table(context, notifier)
    for add in (_add_documents, _add_cells, _add_code, _add_workspace, _add_custom):
        add(made)
    return made.handlers


def _add_documents(table: Table) -> None:
    """Add the notifications about documents."""
    table.state(lsp.TEXT_DOCUMENT_DID_OPEN, text_synchronization.did_open)
    table.state(lsp.TEXT_DOCUMENT_DID_CHANGE, text_synchronization.did_change)
    table.state(lsp.TEXT_DOCUMENT_DID_SAVE, text_synchronization.did_save)
    table.state(lsp.TEXT_DOCUMENT_DID_CLOSE, text_synchronization.did_close)
    table.state("cellbridge/cursor", text_synchronization.cursor_moved)


def _add_cells(table: Table) -> None:
    """Add the requests about cells."""
    table.answer(lsp.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lens)
    table.answer(lsp.TEXT_DOCUMENT_CODE_ACTION, code_action.code_action)
    table.answer(lsp.TEXT_DOCUMENT_INLAY_HINT, inlay_hint.inlay_hint)
    table.answer(lsp.INLAY_HINT_RESOLVE, inlay_hint.resolve)
    table.answer(lsp.TEXT_DOCUMENT_FOLDING_RANGE, folding_range.folding)
    table.answer(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, document_symbol.symbols)
    table.answer(lsp.TEXT_DOCUMENT_SELECTION_RANGE, selection_range.selection)
    table.answer(lsp.TEXT_DOCUMENT_DOCUMENT_LINK, document_link.document_links)
    table.answer(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, semantic_tokens.full)
    table.answer(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, semantic_tokens.within)


def _add_code(table: Table) -> None:
    """Add the requests about names and calls."""
    table.answer(lsp.TEXT_DOCUMENT_HOVER, hover.hover)
    table.answer(lsp.TEXT_DOCUMENT_COMPLETION, completion.completion)
    table.answer(lsp.COMPLETION_ITEM_RESOLVE, completion.resolve)
    table.answer(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, signature_help.signature_help)
    table.answer(lsp.TEXT_DOCUMENT_DEFINITION, definition.definition)
    table.answer(lsp.TEXT_DOCUMENT_TYPE_DEFINITION, definition.type_definition)
    table.answer(lsp.TEXT_DOCUMENT_REFERENCES, definition.references)
    table.answer(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, definition.highlight)
    table.answer(lsp.TEXT_DOCUMENT_PREPARE_RENAME, rename.prepare)
    table.answer(lsp.TEXT_DOCUMENT_RENAME, rename.rename)


def _add_workspace(table: Table) -> None:
    """Add the messages that are not about a single document."""

    async def cancel(
        _: Context, notifier: Notifier, params: lsp.WorkDoneProgressCancelParams
    ) -> None:
        await notifier.progress.cancelled(params)

    table.background(lsp.INITIALIZED, configuration.initialized)
    table.background(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, configuration.did_change)
    table.background(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL, cancel)
    table.answer(lsp.WORKSPACE_SYMBOL, WorkspaceSymbols().answer)
    table.answer(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT, content)
    table.answer(lsp.WORKSPACE_EXECUTE_COMMAND, partial(execute_command, notifier=table.notifier))


def _add_custom(table: Table) -> None:
    """Add the requests beyond the Language Server Protocol."""
    table.answer("cellbridge/cells", partial(cells.cells, notifier=table.notifier))
    table.answer("cellbridge/kernels", kernels.kernels)
    table.answer("cellbridge/sessions", kernels.sessions)
    table.answer("cellbridge/outputs", cells.outputs)
    table.answer("cellbridge/variables", variables.variables)
    table.answer("cellbridge/table", tables.table)
    table.answer("cellbridge/tableSummary", tables.summary)
    table.answer("cellbridge/tableExport", tables.export)
    table.answer("cellbridge/plots", partial(plots.plots, notifier=table.notifier))
    table.answer("cellbridge/plot", plots.plot)
    table.answer("cellbridge/widgets", partial(widgets.widgets, notifier=table.notifier))
    table.answer("cellbridge/widgetSend", widgets.send)
    table.answer("cellbridge/widgetModule", widgets.module)
    table.answer("cellbridge/readNotebook", notebook_view.read_notebook)
    table.answer("cellbridge/writeNotebook", notebook_view.write_notebook)
    table.answer("cellbridge/notebookText", notebook_view.notebook_text)
