"""The browsers in place of an editor, for the handlers of the language server.

Owns the conversion between the protocol's types and JSON, and the answers to questions, which a
page does not show. It must not know tabs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import cattrs
from lsprotocol import types as lsp
from pygls.protocol import default_converter

from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import METHODS
from cellbridge.lsp.transport.transport import JsonResult

_PARAMS = {method.name: method.params for method in METHODS}

Receive = Callable[[str, Any], None]
"""A function that takes the method and the params of a notification, as JSON."""
Drain = Callable[[], Awaitable[None]]


class BrowserConnection:
    """See `cellbridge.lsp.editor.EditorConnection`."""

    def __init__(self, receive: Receive, drain: Drain) -> None:
        """Pass notifications to ``receive``; ``drain`` waits until they have been read."""
        self._receive = receive
        self._drain = drain
        self._converter: cattrs.Converter = default_converter()

    def notify(self, method: str, params: Any) -> None:
        """Pass a notification on."""
        self._receive(method, self.plain(params))

    async def send_request_async(self, method: str, params: Any = None) -> Any:  # noqa: ARG002 (the signature of the protocol)
        """Return None: a page answers no questions, such as that for trust in a folder.

        The sentence of a question about a problem is shown.
        """
        if isinstance(params, lsp.ShowMessageRequestParams) and params.type is not LOWEST:
            self.notify(lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(params.type, params.message))

    async def drain(self) -> None:
        """Wait until nearly all messages have been read."""
        await self._drain()

    def plain(self, value: Any) -> Any:
        """Return a value of the protocol's types as plain JSON."""
        return value.value if isinstance(value, JsonResult) else self._converter.unstructure(value)

    def read_params(self, method: str, params: object) -> Any:
        """Return the params of a custom request as the type that its handler takes.

        Raises:
            ArgumentError: they do not match the protocol.
        """
        try:
            return self._converter.structure(params, _PARAMS[method])
        except (cattrs.BaseValidationError, TypeError, ValueError, KeyError, AttributeError):
            raise ArgumentError(
                f"The params of {method} do not match the protocol; reload the page."
            ) from None


LOWEST = lsp.MessageType.Info
"""The kind of questions that are not about a problem, such as that of an agent for permission."""
