"""The time after which a run counts as over although its reply or its idle status is missing.

Owns the timer. It must not know runs, except for the id of the one that it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GRACE_SECONDS = 2.0
"""Seconds without output after which a run counts as over if its reply came without an idle status,
or the other way round. A kernel that is interrupted as it begins or ends a cell loses the reply."""


class GraceTimer:
    """One timer, for the run that is executed."""

    def __init__(self, over: Callable[[str], None]) -> None:
        """Create the timer; ``over`` is called with the run when its time is over."""
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    @property
    def runs(self) -> bool:
        """True while the time runs."""
        return self._timer is not None

    def start(self, run_id: str) -> None:
        """Start the time of a run, or start it again."""
        self.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(GRACE_SECONDS, self._over, run_id)

    def cancel(self) -> None:
        """Stop the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
