"""Doing the latest of something in the background, once at a time, as often as it is asked for.

Owns nothing but that rhythm. Whoever uses it keeps what is to be done; asking twice before it is
done is asking once, so nothing can pile up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Pump:
    """Runs ``work`` after each `wake`, never twice at a time."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Have the work done soon, once more if it is being done now."""
        self._awake.set()

    async def run(self) -> None:
        """Do the work whenever it is asked for; until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            try:
                await self._work()
            except Exception:
                self._awake.set()  # What waits behind the fault is done when this runs again.
                raise
