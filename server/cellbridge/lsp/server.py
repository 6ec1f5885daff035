"""The language server: the handshake, then the handling of messages.

Owns the order of start and end. It must not contain the logic of any feature: handlers.py maps
messages to functions, and capabilities.py holds the announced capabilities. Modules that the answer
to `initialize` does not need are imported after it.
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
from cellbridge.base_protocol.pipes import Pipes
from cellbridge.core.output.escapes import label
from cellbridge.lsp.capabilities import NOTIFICATIONS, REQUESTS
from cellbridge.lsp.errors import internal_error_message
from cellbridge.lsp.protocol import COMMANDS
from cellbridge.lsp.transport.initialize import FirstMessage
from cellbridge.lsp.transport.transport import Connection

if TYPE_CHECKING:
    from pygls.server import ServerErrors

    from cellbridge.analysis.static_analysis import StaticPython

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Any]


class Server(LanguageServer):
    """One language server with one editor, from the first message to the last."""

    def __init__(self) -> None:
        super().__init__("cellbridge", __version__, protocol_cls=Connection)  # pyright: ignore[reportUnknownMemberType]  # pygls takes **kwargs
        self.connection = cast("Connection", self.protocol)
        self.connection.commands = [command.name for command in COMMANDS]
        self.initialize_params: lsp.InitializeParams
        """The params of the editor's ``initialize`` request, once it has arrived."""
        self._handlers: Mapping[str, Handler] = {}
        self.feature(lsp.INITIALIZE)(self._initialize_handler())
        for method, options in REQUESTS.items():
            self.feature(method, options)(self._request(method))
        for method in NOTIFICATIONS:
            self.feature(method)(self._notification(method))

    async def serve(self, pipes: Pipes, first: FirstMessage, static: StaticPython) -> int:
        """Serve the editor until it disconnects; return the process's exit code.

        ``static`` analyses texts; the caller ends it.
        """
        await self.connection.listen(pipes, first)
        try:
            if self.connection.alive:
                from cellbridge.lsp.handlers import running_handlers  # noqa: PLC0415 (see the invariant)

                async with running_handlers(
                    self.connection, self.initialize_params, static
                ) as handlers:
                    self._handlers = handlers
                    # All imported objects live as long as the process. A garbage collection of
                    # them would take longer than an answer.
                    gc.freeze()
                    gc.enable()
                    await self.connection.listen(pipes)
        finally:
            await self.connection.close()
        return self.connection.exit_code

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:  # noqa: ARG002
        """Show an error for which no request waits, such as that of a notification.

        A protocol error, such as an unknown method, is not shown because it has been answered.
        """
        if isinstance(error, JsonRpcException):
            return
        self.window_show_message(
            lsp.ShowMessageParams(lsp.MessageType.Error, label(internal_error_message(error)))
        )

    def _initialize_handler(self) -> Handler:
        def take(params: lsp.InitializeParams) -> None:
            self.initialize_params = params

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
