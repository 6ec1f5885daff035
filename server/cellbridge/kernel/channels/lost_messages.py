"""What a kernel published and nobody received: found by the numbers that messages carry.

Owns the count. It must not know what a lost message may have said, or who is told of the loss.

A kernel's publishing socket drops, silently, what a reader leaves behind beyond a mark. The probe
numbers what is published, so that a gap shows with the first message after it. Without the probe
nothing of the kind can be known, but for a lost "idle".
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cellbridge.kernel.channels.messages import Message


class Gaps:
    """The gaps in what one kernel process has published since we connected."""

    def __init__(self) -> None:
        self._last = 0
        self._untold = 0

    def marked(self, batch: Sequence[Message]) -> list[Message]:
        """Return the batch, each message that follows a gap with how many are lost before it."""
        return [self._marked(message) if message.number else message for message in batch]

    def untold(self, lost: int) -> None:
        """Tell with the next message that so many were lost: the one that told it was dropped."""
        self._untold += lost

    def _marked(self, message: Message) -> Message:
        # The first that is heard has no number before it to be compared with.
        missing = max(0, message.number - self._last - 1) if self._last else 0
        self._last = max(self._last, message.number + message.joined)
        lost, self._untold = missing + self._untold, 0
        return msgspec.structs.replace(message, lost=lost) if lost else message
