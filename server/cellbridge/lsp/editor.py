"""The messages and requests that the server sends to the editor on its own.

Owns these messages and their flow control: optional messages are sent only as fast as the editor
reads. It must not decide what to send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

import attrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.output.escapes import label, lines


class EditorConnection(Protocol):
    """The connection to an editor, or to a program that takes the place of one."""

    def notify(self, method: str, params: Any) -> None:
        """Send a notification; it never waits."""
        ...

    def send_request_async(self, method: str, params: Any = None) -> Awaitable[Any]:
        """Send a request and return its result.

        Raises:
            JsonRpcException: the answer is an error.
        """
        ...

    async def drain(self) -> None:
        """Wait until nearly all messages have been read."""
        ...

    def plain(self, value: Any) -> Any:
        """Return a value of the protocol's types as plain JSON."""
        ...


class Editor:
    """The editor as the receiver of messages."""

    def __init__(self, connection: EditorConnection) -> None:
        self._connection = connection

    def show(self, sentence: str, kind: lsp.MessageType = lsp.MessageType.Error) -> None:
        """Show one sentence to the user."""
        self._notify(lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(kind, label(sentence)))

    def log(self, sentence: str) -> None:
        """Write a line to the editor's log of this server."""
        self._notify(
            lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(lsp.MessageType.Info, lines(sentence))
        )

    async def drain(self) -> None:
        """Wait until the editor has read nearly all messages."""
        await self._connection.drain()

    def publish(self, uri: str, version: int | None, diagnostics: list[lsp.Diagnostic]) -> None:
        """Replace the diagnostics of a document."""
        self._notify(
            lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            lsp.PublishDiagnosticsParams(uri, diagnostics, version),
        )

    def progress(self, token: lsp.ProgressToken, value: attrs.AttrsInstance) -> None:
        """Report progress under ``token``."""
        # The protocol's type allows any value, so it is converted to JSON here.
        plain = self._connection.plain(value)
        self._notify(lsp.PROGRESS, lsp.ProgressParams(token, plain))

    def custom(self, method: str, params: attrs.AttrsInstance) -> None:
        """Send one of the custom notifications."""
        self._notify(method, params)

    async def choose(
        self, sentence: str, titles: Sequence[str], kind: lsp.MessageType = lsp.MessageType.Warning
    ) -> str | None:
        """Show one sentence with choices; return the title that the user chose.

        It is empty if the user closed the message, and None if the editor cannot show choices.
        """
        actions = [lsp.MessageActionItem(title) for title in titles]
        question = lsp.ShowMessageRequestParams(kind, label(sentence), actions)
        try:
            answer = await self._connection.send_request_async(
                lsp.WINDOW_SHOW_MESSAGE_REQUEST, question
            )
        except JsonRpcException:
            return None
        return answer.title if isinstance(answer, lsp.MessageActionItem) else ""

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result; None if the editor answers with an error."""
        try:
            return await self._connection.send_request_async(method, params)
        except JsonRpcException:
            return None

    def _notify(self, method: str, params: Any) -> None:
        self._connection.notify(method, params)
