"""The liveness of a session's host, as one of its clients sees it.

Owns when a host counts as silent, when a client stops waiting for it, and when it is heard again.
It must not know what is sent, or what silence means to a user.

A host that is well answers a ping within milliseconds, whatever its kernel does. A ping is sent
only when nothing else has come for a moment, and only one is ever on its way.

Time is counted in looks, not in seconds: a machine that was asleep makes one look afterwards, so
its hosts get as long as ever to answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.5
QUIET_LOOKS = 2
"""Looks without a message after which a ping is sent."""
SILENT_LOOKS = 7
"""Looks without a message after which a host counts as silent: about three seconds."""
GIVE_UP_LOOKS = 20
"""Looks without a message after which nothing waits for the host any more: ten seconds."""


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
        self._looks = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def silent(self) -> bool:
        """True while the host has not been heard for about three seconds."""
        return self._looks >= SILENT_LOOKS

    @property
    def given_up(self) -> bool:
        """True while the host has been silent for too long to be waited for."""
        return self._looks >= GIVE_UP_LOOKS

    def begin(self) -> None:
        """Start to look."""
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def end(self) -> None:
        """Look no more: the connection is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._looks = 0

    def heard(self) -> None:
        """Note that a message has come."""
        was_silent, self._looks = self.silent, 0
        if was_silent:
            self._changed()

    def _look(self) -> None:
        self.begin()
        self._looks += 1
        match self._looks:
            case looks if looks == QUIET_LOOKS:
                self._ping()
            case looks if looks == SILENT_LOOKS:
                self._changed()
            case looks if looks == GIVE_UP_LOOKS:
                self._gave_up()
            case _:
                pass
