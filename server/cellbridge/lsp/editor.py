"""What the server says to the editor unasked.

Owns the messages and requests that begin on our side, and who waits for whom: what is optional is
sent only as fast as the editor reads. It must not decide what is worth saying.
"""

from __future__ import annotations

from typing import Any

import attrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.output.escapes import label, lines
from cellbridge.lsp.transport.transport import Connection


class Editor:
    """The editor as someone to talk to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def show(self, sentence: str, kind: lsp.MessageType = lsp.MessageType.Error) -> None:
        """Show a person one sentence."""
        self._notify(lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(kind, label(sentence)))

    def log(self, sentence: str) -> None:
        """Note something for who looks into the editor's log of this server."""
        self._notify(
            lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(lsp.MessageType.Info, lines(sentence))
        )

    async def drain(self) -> None:
        """Wait until the editor has read nearly all it was sent."""
        await self._connection.drain()

    def publish(self, uri: str, version: int | None, diagnostics: list[lsp.Diagnostic]) -> None:
        """Replace the diagnostics of a document."""
        self._notify(
            lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            lsp.PublishDiagnosticsParams(uri, diagnostics, version),
        )

    def progress(self, token: lsp.ProgressToken, value: attrs.AttrsInstance) -> None:
        """Report progress under ``token``."""
        # The value may be of any kind for the protocol's type, so it is made plain here.
        plain = self._connection.plain(value)
        self._notify(lsp.PROGRESS, lsp.ProgressParams(token, plain))

    def custom(self, method: str, params: attrs.AttrsInstance) -> None:
        """Send one of the notifications of protocol.py."""
        self._notify(method, params)

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result; None where the editor answers with an error."""
        try:
            return await self._connection.send_request_async(method, params)
        except JsonRpcException:
            return None

    def _notify(self, method: str, params: Any) -> None:
        self._connection.notify(method, params)
