# Size: every way in which this differs from pygls's protocol, in one place.
"""JSON-RPC with the editor: pygls's protocol, with what it gets wrong for us put right.

Owns how messages become calls of handlers and how their results become answers. It must not know
cells; handlers are registered by server.py.

What differs from pygls:

* its text store is gone: it splits lines at form feeds and corrupts the text. Documents are ours;
* a request's handler runs up to its first wait before the next message is looked at, so that it
  sees the document as it was when the editor asked;
* a request that cannot be understood is answered, with what is wrong with it, and no message ends
  the connection;
* `workspace/executeCommand` gets its arguments as they came, and cancelling it cancels the handler;
* nothing is written on the loop (pipes.py), and answers are encoded once, by msgspec;
* the server ends by returning, not by raising SystemExit within a handler.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

import attrs
import cattrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

from cellbridge.core import json_depth
from cellbridge.lsp import errors
from cellbridge.lsp.documents.document_uri import SCHEME
from cellbridge.lsp.protocol import METHODS, PROTOCOL, Method
from cellbridge.lsp.transport.initialize import Greeting
from cellbridge.lsp.transport.message_bodies import decode, encode, outline
from cellbridge.lsp.transport.pipes import EndOfConnection, FrameError, Pipes, Writer

if TYPE_CHECKING:
    from pygls.server import JsonRPCServer

logger = logging.getLogger(__name__)

_OURS = (
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.NOTEBOOK_DOCUMENT_DID_OPEN,
    lsp.NOTEBOOK_DOCUMENT_DID_CHANGE,
    lsp.NOTEBOOK_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_EXECUTE_COMMAND,
    lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)
"""What pygls handles by itself and must leave to us."""

_NO_PARAMS: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}

_CLOSING_PATIENCE = 1.0
"""Seconds that an editor which reads slowly gets for the last messages."""


@attrs.frozen
class Plain:
    """A result that is JSON already. For answers with thousands of items, where cattrs is slow."""

    value: Any


class Connection(LanguageServerProtocol):
    """The protocol with one editor, from its first message to its last."""

    def __init__(self, server: JsonRPCServer, converter: cattrs.Converter) -> None:
        self._ended = False
        super().__init__(cast("Any", server), converter)
        builtin = cast("dict[str, Any]", self.fm.builtin_features)  # pyright: ignore[reportUnknownMemberType]  # pygls has no types there
        for method in _OURS:
            builtin.pop(method, None)
        self._types = {method.name: _message_type(method) for method in METHODS}
        self._out: Writer | None = None
        self._reader: asyncio.StreamReader | None = None
        self._initialized = False
        self._astray = False
        """True between something that was no frame and the next frame."""
        self._greeting = Greeting(None)
        self.commands: list[str] = []
        """The commands that are announced to the editor."""
        self.exit_code = 1
        """What the process should end with: 0 after the editor has said goodbye, as LSP has it."""

    # --- from the editor -------------------------------------------------------------------------

    async def listen(self, pipes: Pipes, greeting: Greeting | None = None) -> None:
        """Handle messages until the editor has been answered its ``initialize``, or its end.

        Called again, it goes on from there until the end. ``greeting`` is a first message that was
        taken from the pipes before, and may have been answered.
        """
        self._out, self._reader = pipes.writer, pipes.reader
        started = self._initialized
        if greeting is not None and greeting.body is not None:
            self._greeting = greeting
            self._handle_body(greeting.body)
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
            self._astray = False
            self._handle_body(body)
            # A handler that waits for something is a task. This lets it take its first step, in
            # which it takes hold of the document as it is now, before the next message changes it.
            await asyncio.sleep(0)

    @property
    def alive(self) -> bool:
        """False once the editor has said ``exit``, is gone, or the process was told to end."""
        return not self._ended

    def end(self) -> None:
        """End at once: no further message is handled."""
        self._ended = True
        if self._reader is not None:
            self._reader.set_exception(EndOfConnection())  # Wakes whoever waits for a message.

    async def close(self) -> None:
        """Stop what requests are still doing and write what is left to write."""
        for future in [*self._request_futures.values()]:
            future.cancel()
        if self._out is not None:
            await self._out.close(_CLOSING_PATIENCE)

    def _refuse_frame(self, error: FrameError) -> None:
        """Report what is no frame, once until the next frame."""
        if not self._astray:
            logger.error("The editor sent %s; it is passed over.", error)
            self._refuse(None, lsp.ErrorCodes.ParseError, f"The server was sent {error}.")
        self._astray = True

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
                identity, lsp.ErrorCodes.ServerNotInitialized, "The first request is initialize."
            )
        if asks and self._shutdown:
            return self._refuse(
                identity, lsp.ErrorCodes.InvalidRequest, "After shutdown only exit may come."
            )
        try:
            if (structured := self._structured(message)) is not None:
                self.handle_message(structured)
        except Exception as error:  # Boundary: no message may end the connection.
            sentence = errors.own_fault(error)
            if asks:
                self._refuse(identity, lsp.ErrorCodes.InternalError, sentence)

    def _refuse_deep(self, known: dict[str, Any], sentence: str) -> None:
        """Answer a message that is nested too deeply, of which only this much is known."""
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
        """Return a message with its types; None for one that cannot be read, which is refused."""
        method, identity = message.get("method"), message.get("id")
        try:
            return self.structure_message(message)
        except JsonRpcException as error:
            logger.warning("A message for %s could not be read: %s", method, error)
            if identity is None or method is None:
                return self._fail(identity, "The answer cannot be read.")
            if identity == self._greeting.answered:
                # It knows what we can do already; we take it for an editor that can do nothing.
                return self.structure_message({**message, "params": _NO_PARAMS})
            self._refuse(identity, lsp.ErrorCodes.InvalidParams, errors.complaint(method, error))
            return None

    def _refuse(self, identity: Any, code: lsp.ErrorCodes, sentence: str) -> None:
        self._send_response(identity, error=lsp.ResponseError(code, sentence))

    def _fail(self, identity: Any, sentence: str) -> None:
        """End the wait for an answer to a request of ours that came and cannot be read."""
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
            # An answer to a request that was given up, or to none of ours: pygls would raise.
            return
        super()._handle_response(msg_id, result, error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        # Unlike pygls, which forgets the request here, so that it could not be ended in `close`.
        # One that is unknown has been answered meanwhile, which is nothing to log.
        if future := self._request_futures.get(msg_id):
            future.cancel()

    # --- to the editor ---------------------------------------------------------------------------

    async def keeps_up(self) -> None:
        """Wait until the editor has read nearly all it was sent; before each optional message."""
        if self._out is not None:
            await self._out.quiet()

    def plain(self, value: Any) -> Any:
        """Return one of the protocol's values as JSON."""
        return self._converter.unstructure(value)

    def _send_data(self, data: Any) -> None:
        if self._out is not None:
            self._out.send(encode(self._converter.unstructure(data)))

    def _send_response(
        self, msg_id: Any, result: Any | None = None, error: lsp.ResponseError | None = None
    ) -> None:
        if self._out is None:
            return
        if msg_id is not None and msg_id == self._greeting.answered:
            self._greeting = Greeting(None)  # Ids may come again.
            return
        if error is not None:
            said = {"error": self.plain(error)}
        else:
            said = {"result": result.value if isinstance(result, Plain) else self.plain(result)}
        self._out.send(encode({"jsonrpc": "2.0", "id": msg_id, **said}))

    # --- the life of the connection --------------------------------------------------------------

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(
        self, params: lsp.InitializeParams
    ) -> Generator[Any, Any, lsp.InitializeResult]:
        """Answer with what the server can do."""
        if self._initialized:
            raise JsonRpcException("initialize comes once.", lsp.ErrorCodes.InvalidRequest)
        result = yield from super().lsp_initialize(params)
        result.capabilities.execute_command_provider = lsp.ExecuteCommandOptions(self.commands)
        if result.capabilities.workspace is not None:
            # pygls knows the request but does not announce it.
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
        """Return the type of a message by its method, ours included."""
        return self._types.get(method) or super().get_message_type(method)


def _message_type(method: Method) -> type[Any]:
    """Make the class of a custom message's envelope."""
    fields: dict[str, Any] = {
        "method": attrs.field(type=str),
        "params": attrs.field(type=method.params),
        "jsonrpc": attrs.field(type=str),
    }
    if method.kind == "request":
        fields["id"] = attrs.field(type=int | str)
    return attrs.make_class(method.name.replace("/", "_"), fields)
