"""Whether a kernel publishes faster than anybody can look, so that its messages may gather.

Owns when a flood begins and ends. It must not know sockets or threads.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.kernel.channels.messages import Message

REST_MS = 8
"""Milliseconds in which messages gather while a flood lasts; a screen shows a picture every 16."""
ROW = 32
"""Times in a row that something was there within twice `REST_MS`, from which on it is a flood."""


class Flood:
    """What comes on one channel, as it is read."""

    def __init__(self) -> None:
        self._row = 0
        self._read = 0.0

    @property
    def lasts(self) -> bool:
        """Whether to let messages gather for `REST_MS` before the next reading."""
        return self._row > ROW

    def read(self, batch: Sequence[Message], began: float, ended: float) -> None:
        """Note that messages were read, between two moments in seconds.

        Where a run begins or ends, a flood ends too: somebody waits for that, and the next run may
        be a short one.
        """
        quick = began - self._read < 2 * REST_MS / 1000
        self._row = self._row + 1 if quick and not any(map(_bounds, batch)) else 0
        self._read = ended


def _bounds(message: Message) -> bool:
    return message.msg_type == "status" and message.parent.get("msg_type") == "execute_request"
