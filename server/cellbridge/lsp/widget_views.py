"""Conversion of the messages of widgets to the types of the custom protocol, and back.

Owns the only conversion of these types, and the base64 of their buffers. It must not decide what is
sent, or when.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from cellbridge.lsp import protocol as p
from cellbridge.lsp.errors import ArgumentError

if TYPE_CHECKING:
    from cellbridge.core.widgets.messages import WidgetMessage


def to_protocol(message: WidgetMessage) -> p.WidgetMessage:
    """Return a message of a model as the client receives it."""
    parts = [
        p.WidgetBuffer(list(part.path), base64.b64encode(part.data).decode())
        for part in message.buffers
    ]
    return p.WidgetMessage(message.kind, message.model, message.state, message.content, parts)


def from_protocol(message: p.WidgetMessage) -> WidgetMessage:
    """Return a message of a client.

    Raises:
        ArgumentError: a buffer is not base64.
    """
    from cellbridge.core.widgets.messages import Buffer, WidgetMessage  # noqa: PLC0415 (on demand)

    try:
        parts = [
            Buffer(tuple(part.path), base64.b64decode(part.data, validate=True))
            for part in message.buffers
        ]
    except (binascii.Error, ValueError) as error:
        raise ArgumentError("A buffer of a widget is not valid base64.") from error
    state: dict[str, Any] = message.state
    return WidgetMessage(message.kind, message.model, state, message.content, parts)
