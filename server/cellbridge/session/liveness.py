"""The liveness of a session's host, as one of its clients sees it.

Owns when a host counts as silent, when a client stops waiting for it, and when it is live again.
It must not know the messages, or what a silence means to a user.

A healthy host answers a ping within milliseconds, whatever its kernel does. A ping is sent only
when no other message has come for a moment, and at most one is under way.

Time is counted in ticks, not in seconds: a machine that was asleep makes one tick afterwards, so
its hosts get as much time as ever to answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK_SECONDS = 0.5
PING_TICKS = 2
"""Ticks without a message after which a ping is sent."""
SILENT_TICKS = 7
"""Ticks without a message after which a host counts as silent: about three seconds."""
GIVE_UP_TICKS = 20
"""Ticks without a message after which no request waits for the host any more: ten seconds."""


class Liveness:
    """The signs of life of one host."""

    def __init__(
        self,
        ping: Callable[[], None],
        changed: Callable[[], None],
        gave_up: Callable[[], None],
    ) -> None:
        self._ping = ping
        self._changed = changed
        self._gave_up = gave_up
        self._ticks = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def silent(self) -> bool:
        """True while no message has come from the host for about three seconds."""
        return self._ticks >= SILENT_TICKS

    @property
    def given_up(self) -> bool:
        """True while the host has been silent for too long to wait for it."""
        return self._ticks >= GIVE_UP_TICKS

    def start(self) -> None:
        """Start the timer."""
        self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Stop for good: the connection is over. Releases the callbacks, and with them the client.

        Otherwise the whole mirror of each ended connection waits for the garbage collector.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._ticks = 0
        self._ping = self._changed = self._gave_up = _do_nothing

    def message_received(self) -> None:
        """Reset the count of ticks, since a message has come."""
        was_silent, self._ticks = self.silent, 0
        if was_silent:
            self._changed()

    def _tick(self) -> None:
        self.start()
        self._ticks += 1
        match self._ticks:
            case looks if looks == PING_TICKS:
                self._ping()
            case looks if looks == SILENT_TICKS:
                self._changed()
            case looks if looks == GIVE_UP_TICKS:
                self._gave_up()
            case _:
                pass


def _do_nothing() -> None:
    """Replace the callbacks of a client whose connection is over."""
