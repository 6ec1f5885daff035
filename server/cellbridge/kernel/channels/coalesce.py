"""Coalescing of a kernel's many small stream messages into fewer equivalent ones.

Owns which messages may be joined. It must not know sockets, nor the use of the text.

Invariant: nothing is lost, added or moved. Two messages are joined only if the second is the next
that the kernel has published, in answer to the same request and for the same stream.
"""

from __future__ import annotations

import msgspec

from cellbridge.kernel.channels.messages import Message

JOINED_LIMIT = 64 * 1024
"""Bytes after which nothing is joined to a message: a larger one occupies the loop for too long."""


def add(batch: list[Message], message: Message) -> None:
    """Append a message to a batch, or join it to the last message."""
    last = batch[-1] if batch else None
    if last is None or not _follows(last, message):
        batch.append(message)
        return
    text = last.content["text"] + message.content["text"]
    batch[-1] = msgspec.structs.replace(
        last,
        content={**last.content, "text": text},
        size=last.size + message.size,
        joined=last.joined + 1 + message.joined,
    )


def _follows(last: Message, message: Message) -> bool:
    return (
        last.msg_type == message.msg_type == "stream"
        and last.parent_id == message.parent_id
        and last.content.get("name") == message.content.get("name")
        and isinstance(last.content.get("text"), str)
        and isinstance(message.content.get("text"), str)
        and last.channel == message.channel
        and last.metadata == message.metadata
        and not last.buffers
        and not message.buffers
        and last.size < JOINED_LIMIT
        # A gap in the numbers must be reported before the message that follows it.
        and message.number == (last.number + last.joined + 1 if last.number else 0)
    )
