"""What waits to be written to one client of a host.

Owns the order in which frames leave, and how far ahead of the client they are written. It must not
know what is in them, or when a client counts as being behind.

A flood of output may wait for a client, and a person waits for the answer about an object: such an
answer overtakes what waits here. It cannot overtake what the transport has taken already, so that
gets little at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator

AHEAD = 128 * 1024
"""Bytes beyond which the transport is given no more frames until the client has read."""


class Outbox:
    """Frames on their way to a client."""

    def __init__(self, writer: asyncio.StreamWriter, tasks: asyncio.TaskGroup) -> None:
        self._writer = writer
        self._tasks = tasks
        self._frames: deque[bytes | Iterator[bytes]] = deque()
        self._waiting = 0
        self._pump: asyncio.Task[None] | None = None
        writer.transport.set_write_buffer_limits(high=AHEAD)

    @property
    def backlog(self) -> int:
        """Bytes that the client has not read yet."""
        return self._waiting + self._writer.transport.get_write_buffer_size()

    def put(self, frame: bytes) -> None:
        """Send a frame after all that were put here before."""
        if self._writer.is_closing():
            return
        if self._pump is None and self.backlog < AHEAD:
            self._writer.write(frame)
            return
        self._frames.append(frame)
        self._waiting += len(frame)
        if self._pump is None:
            self._pump = self._tasks.create_task(self._write())

    def put_all(self, frames: Iterator[bytes]) -> None:
        """Send frames, each made when the one before has left, before all that is put here later.

        They do not count as a backlog: what is not made yet takes no memory.
        """
        if self._writer.is_closing():
            return
        self._frames.append(frames)
        if self._pump is None:
            self._pump = self._tasks.create_task(self._write())

    def overtake(self, frame: bytes) -> None:
        """Send a frame before all that wait."""
        if not self._writer.is_closing():
            self._writer.write(frame)

    async def emptied(self) -> None:
        """Wait until the client has read all, but for what the transport may hold.

        Raises:
            OSError: the client has gone.
        """
        if self._pump is not None:
            await asyncio.wait([self._pump])
        await self._writer.drain()

    def close(self) -> None:
        """Hang up, after what waits; the client has the time until the process ends."""
        while (frame := self._next()) is not None and not self._writer.is_closing():
            self._writer.write(frame)
        self._waiting = 0
        self._writer.close()

    async def _write(self) -> None:
        with contextlib.suppress(OSError):
            while self._frames:
                await self._writer.drain()
                # In turns with others, also where the client reads as fast as frames are made.
                await asyncio.sleep(0)
                if (frame := self._next()) is not None:
                    self._writer.write(frame)
        self._pump = None
        if self._writer.is_closing():
            self._frames.clear()
            self._waiting = 0

    def _next(self) -> bytes | None:
        """Take the next frame; None where none waits."""
        while self._frames:
            first = self._frames[0]
            if isinstance(first, bytes):
                self._frames.popleft()
                self._waiting -= len(first)
                return first
            if (frame := next(first, None)) is not None:
                return frame
            self._frames.popleft()
        return None
