"""The language server's two halves: the handshake, and serving.

Owns what is announced to the editor, and the order in which things begin and end. It must hold no
logic of any feature; which function answers which message is handlers.py's.

What is announced here is kept in announced.json, from which `initialize` is answered before this
module is there (greeting.py). What that answer does not need is imported after it.
"""

from __future__ import annotations

import gc
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from cellbridge import __version__
from cellbridge.core.escapes import label
from cellbridge.lsp.errors import own_fault
from cellbridge.lsp.greeting import Greeting
from cellbridge.lsp.pipes import Pipes
from cellbridge.lsp.protocol import COMMANDS, METHODS
from cellbridge.lsp.transport import Connection

if TYPE_CHECKING:
    from pygls.server import ServerErrors

    from cellbridge.analysis.static import StaticPython

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Any]

TRIGGERS = [".", "%", "[", "'", '"', "/"]
"""Characters after which editors ask for completions: attributes, magics, keys, paths."""

TOKEN_TYPES = ["keyword", "class", "macro"]
"""What features/tokens.py colours: markers, titles and headings, magics."""

REQUESTS: dict[str, Any] = {
    lsp.TEXT_DOCUMENT_CODE_LENS: lsp.CodeLensOptions(),
    lsp.TEXT_DOCUMENT_CODE_ACTION: lsp.CodeActionOptions(),
    lsp.TEXT_DOCUMENT_INLAY_HINT: lsp.InlayHintOptions(),
    lsp.INLAY_HINT_RESOLVE: None,
    lsp.TEXT_DOCUMENT_HOVER: lsp.HoverOptions(),
    lsp.TEXT_DOCUMENT_COMPLETION: lsp.CompletionOptions(
        trigger_characters=TRIGGERS, resolve_provider=True
    ),
    lsp.COMPLETION_ITEM_RESOLVE: None,
    lsp.TEXT_DOCUMENT_SIGNATURE_HELP: lsp.SignatureHelpOptions(trigger_characters=["(", ","]),
    lsp.TEXT_DOCUMENT_DEFINITION: lsp.DefinitionOptions(),
    lsp.TEXT_DOCUMENT_TYPE_DEFINITION: lsp.TypeDefinitionOptions(),
    lsp.TEXT_DOCUMENT_REFERENCES: lsp.ReferenceOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: lsp.DocumentHighlightOptions(),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: None,
    lsp.TEXT_DOCUMENT_RENAME: lsp.RenameOptions(),
    lsp.TEXT_DOCUMENT_FOLDING_RANGE: lsp.FoldingRangeOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: lsp.DocumentSymbolOptions(label="cells"),
    lsp.TEXT_DOCUMENT_SELECTION_RANGE: lsp.SelectionRangeOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_LINK: lsp.DocumentLinkOptions(),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: lsp.SemanticTokensLegend(TOKEN_TYPES, []),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: lsp.SemanticTokensLegend(TOKEN_TYPES, []),
    lsp.WORKSPACE_SYMBOL: lsp.WorkspaceSymbolOptions(),
    lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT: None,
    lsp.WORKSPACE_EXECUTE_COMMAND: None,
    **{m.name: None for m in METHODS if m.direction == "client to server" and m.kind == "request"},
}
"""The requests that are answered, each with what is announced of it."""

NOTIFICATIONS = (
    lsp.INITIALIZED,
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_SAVE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
    lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)
"""The notifications that are taken. Invariant: their handlers are plain functions, so that each has
taken effect before the next message is looked at."""


class Server(LanguageServer):
    """One language server with one editor, from the first message to the last."""

    def __init__(self) -> None:
        super().__init__("cellbridge", __version__, protocol_cls=Connection)  # pyright: ignore[reportUnknownMemberType]  # pygls takes **kwargs
        self.connection = cast("Connection", self.protocol)
        self.connection.commands = [command.name for command in COMMANDS]
        self.greeting: lsp.InitializeParams
        """What the editor said of itself; there once it has."""
        self._handlers: Mapping[str, Handler] = {}
        self.feature(lsp.INITIALIZE)(self._greeting_taker())
        for method, options in REQUESTS.items():
            self.feature(method, options)(self._request(method))
        for method in NOTIFICATIONS:
            self.feature(method)(self._notification(method))

    async def serve(self, pipes: Pipes, greeting: Greeting, static: StaticPython) -> int:
        """Serve the editor until it goes; returns the process's exit code.

        ``static`` analyses texts; it is ended by whoever has begun it.
        """
        await self.connection.listen(pipes, greeting)
        try:
            if self.connection.alive:
                from cellbridge.lsp.handlers import serving  # noqa: PLC0415 (see the invariant)

                async with serving(self.connection, self.greeting, static) as handlers:
                    self._handlers = handlers
                    # All that was imported lives as long as the process: a look through it for
                    # garbage would take longer than an answer.
                    gc.freeze()
                    gc.enable()
                    await self.connection.listen(pipes)
        finally:
            await self.connection.close()
        return self.connection.exit_code

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:  # noqa: ARG002
        """Show a fault that no request waits for, as that of a notification.

        An error of the protocol, as an unknown method, is no fault and has been answered.
        """
        if isinstance(error, JsonRpcException):
            return
        self.window_show_message(
            lsp.ShowMessageParams(lsp.MessageType.Error, label(own_fault(error)))
        )

    def _greeting_taker(self) -> Handler:
        def take(params: lsp.InitializeParams) -> None:
            self.greeting = params

        return take

    def _request(self, method: str) -> Handler:
        async def answer(params: Any) -> Any:
            result = self._handlers[method](params)
            return await result if inspect.isawaitable(result) else result

        return answer

    def _notification(self, method: str) -> Handler:
        def take(params: Any) -> None:
            if handler := self._handlers.get(method):
                handler(params)

        return take
