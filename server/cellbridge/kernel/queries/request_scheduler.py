"""When a question may be put to a kernel: one after the other, and not as a cell begins.

Owns the order between questions and cells. It must not know what is asked.

A kernel answers questions one by one whether they are sent so or not, in a thread, and its main
thread has to share the interpreter with it. Seven hovers that are sent at once keep a cell of a few
milliseconds waiting for all of them. Sent one by one they leave it a gap after each; and in the
first moment after a cell was sent none is sent at all, by when most short cells have ended.

Bound: a question waits for a cell no longer than `HEAD_START` once it is its turn, however many
cells follow each other, and for its turn no longer than its asker does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

HEAD_START = 0.03
"""Seconds that a cell has for itself."""


class Turns:
    """The turns of one kernel."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._until = 0.0
        self._ended = asyncio.Event()

    def cell_sent(self) -> None:
        """A cell is on its way to the kernel."""
        self._until = asyncio.get_running_loop().time() + HEAD_START
        self._ended.clear()

    def cells_ended(self) -> None:
        """The kernel has no cell left to run."""
        self._ended.set()

    async def ask(
        self, put: Callable[[float], Awaitable[T]], seconds: float, *, alone: bool
    ) -> T | None:
        """Put a question when its turn has come; None where that takes longer than ``seconds``.

        ``put`` is given the seconds that are left. A question that is not ``alone`` is answered by
        a thread of its own, and keeps no other waiting.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            async with asyncio.timeout_at(until):
                await self._one.acquire()
        except TimeoutError:
            return None
        try:
            await self._head_start()
            if alone:
                return await put(until - loop.time())
        finally:
            self._one.release()
        return await put(until - loop.time())

    async def _head_start(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() + HEAD_START
        while not self._ended.is_set() and (left := min(self._until, latest) - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._ended.wait()
