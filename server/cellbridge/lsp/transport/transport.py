# Size: every way in which this differs from pygls's protocol, in one place.
"""JSON-RPC with the editor: pygls's protocol, with corrections.

Owns the conversion of messages to calls of handlers, and of their results to answers. It must not
know cells; server.py registers the handlers.

Differences from pygls:

* its text store is removed, because it splits lines at form feeds and corrupts the text. Our own
  code stores documents;
* a request's handler runs up to its first wait before the next message is handled, so that it uses
  the document as it was at the time of the request;
* an invalid request is answered with a description of the error, and no message ends the
  connection;
* `workspace/executeCommand` gets its arguments unchanged, and cancelling it cancels the handler;
* a message reaches its handler directly, and the error of a notification is shown;
* writing never blocks the loop (base_protocol/frame_writer.py), and msgspec encodes answers, once;
* the server ends by returning, not by raising SystemExit in a handler.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import attrs
import cattrs
from lsprotocol import types as lsp
from pygls.exceptions import FeatureNotificationError, JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

from cellbridge.base_protocol.frame_writer import Writer
from cellbridge.base_protocol.message_bodies import decode, encode, outline
from cellbridge.base_protocol.pipes import EndOfConnection, FrameError, Pipes
from cellbridge.core import json_depth
from cellbridge.lsp import errors
from cellbridge.lsp.documents.document_uri import SCHEME
from cellbridge.lsp.protocol import METHODS, PROTOCOL, Method
from cellbridge.lsp.transport.initialize import FirstMessage

if TYPE_CHECKING:
    from pygls.server import JsonRPCServer

logger = logging.getLogger(__name__)

_OVERRIDDEN = (
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.NOTEBOOK_DOCUMENT_DID_OPEN,
    lsp.NOTEBOOK_DOCUMENT_DID_CHANGE,
    lsp.NOTEBOOK_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_EXECUTE_COMMAND,
    lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)
"""The methods that pygls handles itself and must leave to our handlers."""

_NO_PARAMS: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}

_CLOSE_TIMEOUT = 1.0
"""Seconds that a slow editor gets to read the last messages."""


@attrs.frozen
class JsonResult:
    """A result that msgspec encodes, for answers with thousands of items, where cattrs is slow."""

    value: Any


class Connection(LanguageServerProtocol):
    """The protocol with one editor, from its first message to its last."""

    def __init__(self, server: JsonRPCServer, converter: cattrs.Converter) -> None:
        self._ended = False
        super().__init__(cast("Any", server), converter)
        self._builtin = cast("dict[str, Any]", self.fm.builtin_features)  # pyright: ignore[reportUnknownMemberType]  # pygls has no types there
        self._features = cast("dict[str, Callable[[Any], Any]]", self.fm.features)  # pyright: ignore[reportUnknownMemberType]  # nor here
        for method in _OVERRIDDEN:
            self._builtin.pop(method, None)
        self._types = {method.name: _message_type(method) for method in METHODS}
        self._out: Writer | None = None
        self._reader: asyncio.StreamReader | None = None
        self._initialized = False
        self._skipping = False
        """True between an invalid frame and the next frame."""
        self._first = FirstMessage(None)
        self.commands: list[str] = []
        """The commands that are announced to the editor."""
        self.exit_code = 1
        """The exit code of the process: 0 after a ``shutdown`` request, as LSP requires."""

    # --- from the editor -------------------------------------------------------------------------

    async def listen(self, pipes: Pipes, first: FirstMessage | None = None) -> None:
        """Handle messages until ``initialize`` has been answered, or until the end.

        The next call continues from there until the end. ``first`` is a first message that was
        read from the pipes before, and may have been answered.
        """
        self._out, self._reader = pipes.writer, pipes.reader
        started = self._initialized
        if first is not None and first.body is not None:
            self._first = first
            self._handle_body(first.body)
            await asyncio.sleep(0)
        while not self._ended and self._initialized == started:
            await pipes.writer.room()
            try:
                body = await pipes.next()
            except EndOfConnection:
                return
            except FrameError as error:
                self._refuse_frame(error)
                continue
            if body is None:
                self.end()
                return
            self._skipping = False
            self._handle_body(body)
            # A handler that waits for something is a task. This lets it run its first step, in
            # which it gets the document as it is now, before the next message changes it.
            await asyncio.sleep(0)

    @property
    def alive(self) -> bool:
        """False once the editor has sent ``exit`` or closed, or the process must end."""
        return not self._ended

    def end(self) -> None:
        """End immediately: no further message is handled."""
        self._ended = True
        if self._reader is not None:
            self._reader.set_exception(EndOfConnection())  # Wakes `listen`.

    async def close(self) -> None:
        """Cancel the remaining requests and write the queued messages."""
        for future in [*self._request_futures.values()]:
            future.cancel()
        if self._out is not None:
            await self._out.close(_CLOSE_TIMEOUT)

    def _refuse_frame(self, error: FrameError) -> None:
        """Report an invalid frame, once until the next valid frame."""
        if not self._skipping:
            logger.error("The editor sent %s; it is skipped.", error)
            self._refuse(None, lsp.ErrorCodes.ParseError, f"The server received {error}.")
        self._skipping = True

    def _handle_body(self, body: bytes) -> None:
        try:
            data = decode(body)
        except json_depth.TooDeepError as error:
            return self._refuse_deep(outline(body), f"The message cannot be read: {error}.")
        except ValueError:
            return self._refuse(None, lsp.ErrorCodes.ParseError, "The message is not JSON.")
        if not isinstance(data, dict) or "jsonrpc" not in data:
            return self._refuse(
                None, lsp.ErrorCodes.InvalidRequest, "The message is not a JSON-RPC object."
            )
        message = cast("dict[str, Any]", data)
        method, identity = message.get("method"), message.get("id")
        asks = method is not None and identity is not None
        if asks and not self._initialized and method != lsp.INITIALIZE:
            return self._refuse(
                identity,
                lsp.ErrorCodes.ServerNotInitialized,
                "The first request must be initialize.",
            )
        if asks and self._shutdown:
            return self._refuse(
                identity, lsp.ErrorCodes.InvalidRequest, "After shutdown only exit is allowed."
            )
        try:
            if (structured := self._structured(message)) is not None:
                self.handle_message(structured)
        except Exception as error:  # Boundary: no message may end the connection.
            sentence = errors.internal_error_message(error)
            if asks:
                self._refuse(identity, lsp.ErrorCodes.InternalError, sentence)

    def handle_message(self, message: Any) -> None:
        """Call the handler of a message; pygls does the rest, such as its own methods.

        pygls compares each message with four protocols, and makes a future even for notifications.
        That takes longer than most handlers.
        """
        method: Any = getattr(message, "method", None)
        handler = None if method in self._builtin else self._features.get(method)
        if handler is None or self._shutdown or message.jsonrpc != self.VERSION:
            super().handle_message(message)
        elif (identity := getattr(message, "id", None)) is not None:
            send = partial(self._send_handler_result, msg_id=identity)
            self._execute_handler(identity, handler, send, (message.params,))
        else:
            self._notify(handler, message)

    def _notify(self, handler: Callable[[Any], Any], message: Any) -> None:
        """Call the handler of a notification; an error is shown, because no request waits."""
        try:
            handler(message.params)
        except Exception as error:  # Boundary: no message may end the connection.
            logger.exception("The notification %s failed", message.method)
            self._server.report_server_error(error, FeatureNotificationError)

    def _refuse_deep(self, known: dict[str, Any], sentence: str) -> None:
        """Answer a message that is nested too deeply, of which only ``known`` could be read."""
        method, identity = known.get("method"), known.get("id")
        logger.warning("A message for %s was refused. %s", method, sentence)
        if not isinstance(identity, int | str) or json_depth.is_replacement_text(identity):
            if "id" in known or not known:
                self._refuse(None, lsp.ErrorCodes.ParseError, sentence)
        elif method is not None:
            self._refuse(identity, lsp.ErrorCodes.InvalidRequest, sentence)
        else:
            self._fail(identity, sentence)

    def _structured(self, message: dict[str, Any]) -> Any:
        """Return a typed message; refuse an invalid message and return None."""
        method, identity = message.get("method"), message.get("id")
        try:
            return self.structure_message(message)
        except JsonRpcException as error:
            logger.warning("A message for %s could not be read: %s", method, error)
            if identity is None or method is None:
                return self._fail(identity, "The answer cannot be read.")
            if identity == self._first.answered:
                # It has our capabilities already; we assume an editor without capabilities.
                return self.structure_message({**message, "params": _NO_PARAMS})
            self._refuse(
                identity, lsp.ErrorCodes.InvalidParams, errors.invalid_params_message(method, error)
            )
            return None

    def _refuse(self, identity: Any, code: lsp.ErrorCodes, sentence: str) -> None:
        self._send_response(identity, error=lsp.ResponseError(code, sentence))

    def _fail(self, identity: Any, sentence: str) -> None:
        """End the wait for an answer to one of our requests, because the answer is invalid."""
        if isinstance(identity, int | str) and identity in self._request_futures:
            error = lsp.ResponseError(lsp.ErrorCodes.InvalidRequest, sentence)
            self.handle_message(cast("Any", lsp.ResponseErrorMessage(identity, error)))

    def _send_handler_result(self, future: Future[Any], *, msg_id: Any) -> None:
        """Answer a request. Invariant: the only way from an exception to an answer is `errors`."""
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            code = lsp.LSPErrorCodes.RequestCancelled
            self._send_response(msg_id, error=lsp.ResponseError(code, "The request was cancelled."))
        elif error := future.exception():
            self._send_response(msg_id, error=errors.response_error(error))
        else:
            self._send_response(msg_id, result=future.result())

    def _handle_response(
        self, msg_id: Any, result: Any | None = None, error: lsp.ResponseError | None = None
    ) -> None:
        asked = self._request_futures.get(msg_id)
        if not isinstance(asked, Future) or asked.done():
            # The request was cancelled or was not sent by us: pygls would raise an exception.
            return
        super()._handle_response(msg_id, result, error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        # pygls would forget the request here, so that `close` could not cancel it. An unknown
        # request has been answered meanwhile, which need not be logged.
        if future := self._request_futures.get(msg_id):
            future.cancel()

    # --- to the editor ---------------------------------------------------------------------------

    async def drain(self) -> None:
        """Wait until the editor has read nearly all messages; called before optional messages."""
        if self._out is not None:
            await self._out.quiet()

    def plain(self, value: Any) -> Any:
        """Return a value of the protocol as JSON."""
        return self._converter.unstructure(value)

    def _send_data(self, data: Any) -> None:
        if self._out is not None:
            self._out.send(encode(self._converter.unstructure(data)))

    def _send_response(
        self, msg_id: Any, result: Any | None = None, error: lsp.ResponseError | None = None
    ) -> None:
        if self._out is None:
            return
        if msg_id is not None and msg_id == self._first.answered:
            self._first = FirstMessage(None)  # An editor may use the id again.
            return
        if error is not None:
            said = {"error": self.plain(error)}
        else:
            said = {
                "result": result.value if isinstance(result, JsonResult) else self.plain(result)
            }
        self._out.send(encode({"jsonrpc": "2.0", "id": msg_id, **said}))

    # --- the life of the connection --------------------------------------------------------------

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(
        self, params: lsp.InitializeParams
    ) -> Generator[Any, Any, lsp.InitializeResult]:
        """Answer with the server's capabilities."""
        if self._initialized:
            raise JsonRpcException("initialize was already sent.", lsp.ErrorCodes.InvalidRequest)
        result = yield from super().lsp_initialize(params)
        result.capabilities.execute_command_provider = lsp.ExecuteCommandOptions(self.commands)
        if result.capabilities.workspace is not None:
            # pygls supports the request but does not announce it.
            content = lsp.TextDocumentContentOptions([SCHEME])
            result.capabilities.workspace.text_document_content = content
        result.capabilities.experimental = {"cellbridge": {"protocol": PROTOCOL}}
        self._initialized = True
        return result

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *_: Any) -> Generator[Any, Any, None]:
        """End the server."""
        self.exit_code = 0 if self._shutdown else 1
        self.end()
        yield from ()

    def get_message_type(self, method: str) -> type[Any] | None:  # pyright: ignore[reportIncompatibleVariableOverride]  # a cached function there
        """Return the type of a message by its method, including our own methods."""
        return self._types.get(method) or super().get_message_type(method)


def _message_type(method: Method) -> type[Any]:
    """Create the class of a custom message's envelope."""
    fields: dict[str, Any] = {
        "method": attrs.field(type=str),
        "params": attrs.field(type=method.params),
        "jsonrpc": attrs.field(type=str),
    }
    if method.kind == "request":
        fields["id"] = attrs.field(type=int | str)
    # Nothing compares or prints envelopes, and attrs compiles these methods for each class.
    return attrs.make_class(method.name.replace("/", "_"), fields, eq=False, repr=False)
