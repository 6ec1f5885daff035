"""The order of queries to a kernel: one at a time, and none just after a cell was sent.

Owns the order between queries and cells. It must not know the queries.

A kernel answers queries one at a time, in a thread with which its main thread shares the
interpreter. Seven hovers that are sent at once delay a cell of a few milliseconds by all of them.
Sent one at a time, they leave the cell a gap after each. In the first moment after a cell was sent
no query is sent at all, and most short cells end within it.

Bound: once it is its turn, a query waits for cells no longer than `HEAD_START`, however many follow
each other. It waits for its turn no longer than its caller does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

HEAD_START = 0.03
"""Seconds that a cell runs without queries."""


class RequestScheduler:
    """The scheduler of one kernel's queries."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._idle = asyncio.Event()

    def cell_sent(self) -> None:
        """Note that a cell was sent to the kernel."""
        self._until = asyncio.get_running_loop().time() + HEAD_START
        self._idle.clear()

    def cells_ended(self) -> None:
        """Note that the kernel has no cell left to run."""
        self._idle.set()

    async def schedule(
        self, send: Callable[[float], Awaitable[T]], seconds: float, *, alone: bool
    ) -> T | None:
        """Send a query when its turn has come; return None if that takes longer than ``seconds``.

        ``send`` receives the seconds that are left. A query that is not ``alone`` is answered by a
        separate thread, and delays no other.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            async with asyncio.timeout_at(until):
                await self._lock.acquire()
        except TimeoutError:
            return None
        try:
            await self._head_start()
            if alone:
                return await send(until - loop.time())
        finally:
            self._lock.release()
        return await send(until - loop.time())

    async def _head_start(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() + HEAD_START
        while not self._idle.is_set() and (left := min(self._until, latest) - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._idle.wait()
