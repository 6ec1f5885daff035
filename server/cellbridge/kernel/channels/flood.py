"""Detection of floods: a kernel publishes faster than a user can read.

Owns the decision when a flood begins and ends, during which messages may gather. It must not know
sockets or threads.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.kernel.channels.messages import Message

REST_MS = 8
"""Milliseconds in which messages gather during a flood; a screen shows a frame every 16."""
ROW = 32
"""Readings in a row within twice `REST_MS` after which there is a flood."""


class Flood:
    """The rate of messages on one channel, as they are read."""

    def __init__(self) -> None:
        self._row = 0
        self._read = 0.0

    @property
    def lasts(self) -> bool:
        """True if messages should gather for `REST_MS` before the next reading."""
        return self._row > ROW

    def read(self, batch: Sequence[Message], began: float, ended: float) -> None:
        """Note that messages were read, between two moments in seconds.

        The start or end of a run also ends a flood: the user waits for it, and the next run may be
        a short one.
        """
        quick = began - self._read < 2 * REST_MS / 1000
        self._row = self._row + 1 if quick and not any(map(_bounds, batch)) else 0
        self._read = ended


def _bounds(message: Message) -> bool:
    return message.msg_type == "status" and message.parent.get("msg_type") == "execute_request"
