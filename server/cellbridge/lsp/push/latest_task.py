"""A background task that runs on request, never twice at the same time.

Owns only the scheduling; its user stores the work to do. Two requests before the work starts count
as one, so requests cannot accumulate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class LatestTask:
    """Runs ``work`` after each `wake`, never twice at a time."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Request the work; if it is running now, it runs once more."""
        self._awake.set()

    async def run(self) -> None:
        """Do the work whenever it is requested, until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            try:
                await self._work()
            except Exception:
                self._awake.set()  # The remaining work is done when this runs again.
                raise
