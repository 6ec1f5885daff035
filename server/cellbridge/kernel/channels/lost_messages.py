"""Detection of published messages that were lost, by the numbers that messages carry.

Owns the count. It must not know the content of messages, nor how a loss is reported.

When a reader lags too far behind, a kernel's publishing socket drops messages silently. The probe
numbers the messages, so that the first message after a gap shows it. Without the probe only a lost
"idle" can be noticed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cellbridge.kernel.channels.messages import Message


class LostMessages:
    """The lost messages of one kernel process since we connected."""

    def __init__(self) -> None:
        self._last = 0
        self._unreported = 0

    def mark(self, batch: Sequence[Message]) -> list[Message]:
        """Return the batch; a message after a gap gets the number of messages lost before it."""
        return [self._mark(message) if message.number else message for message in batch]

    def report_later(self, lost: int) -> None:
        """Add to the next message's count: the message that carried ``lost`` was dropped."""
        self._unreported += lost

    def _mark(self, message: Message) -> Message:
        # The first message has no number before it to compare with.
        missing = max(0, message.number - self._last - 1) if self._last else 0
        self._last = max(self._last, message.number + message.joined)
        lost, self._unreported = missing + self._unreported, 0
        return msgspec.structs.replace(message, lost=lost) if lost else message
