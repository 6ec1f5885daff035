"""The queue of frames to be written to one client of a host.

Owns the order in which frames leave, and how far ahead of the client they are written. It must not
know their content, or when a client counts as lagging.

While a flood of output is queued for a client, the user may wait for the reply about an object:
such a reply overtakes the queue. It cannot overtake frames that the transport has already taken, so
the transport gets few at a time.

Bound: of the frames of one kind that `put_latest` takes, only the last one waits. The callers bound
all others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator

WRITE_AHEAD = 128 * 1024
"""Bytes beyond which the transport gets no more frames until the client has read."""


class Outbox:
    """Frames on their way to a client."""

    def __init__(self, writer: asyncio.StreamWriter, tasks: asyncio.TaskGroup) -> None:
        self._writer = writer
        self._tasks = tasks
        self._frames: deque[bytes | Iterator[bytes]] = deque()
        self._latest: dict[str, bytes] = {}
        """By kind, the last frame that waits; they leave after all others."""
        self._waiting = 0
        self._writing: asyncio.Task[None] | None = None
        writer.transport.set_write_buffer_limits(high=WRITE_AHEAD)

    @property
    def backlog(self) -> int:
        """Bytes that the client has not read yet."""
        return self._waiting + self._writer.transport.get_write_buffer_size()

    def put(self, frame: bytes) -> None:
        """Send a frame after all that are queued."""
        if self._writer.is_closing():
            return
        if self._writing is None and self.backlog < WRITE_AHEAD:
            self._writer.write(frame)
            return
        self._frames.append(frame)
        self._waiting += len(frame)
        if self._writing is None:
            self._writing = self._tasks.create_task(self._write())

    def put_all(self, frames: Iterator[bytes]) -> None:
        """Send frames before all that are queued later; each is created when the previous has left.

        They do not count as backlog: a frame that is not created yet takes no memory. If nothing is
        queued, the first one is sent at once: most states consist of one frame.
        """
        if self._writer.is_closing():
            return
        if self._writing is None and self.backlog < WRITE_AHEAD:
            self._writer.write(next(frames, b""))
        self._frames.append(frames)
        if self._writing is None:
            self._writing = self._tasks.create_task(self._write())

    def put_latest(self, kind: str, frame: bytes) -> None:
        """Send a frame after all that are queued, in place of one of its kind that waits."""
        if self._writer.is_closing():
            return
        if self._writing is None and self.backlog < WRITE_AHEAD:
            self._writer.write(frame)
            return
        self._waiting += len(frame) - len(self._latest.pop(kind, b""))
        self._latest[kind] = frame
        if self._writing is None:
            self._writing = self._tasks.create_task(self._write())

    def put_first(self, frame: bytes) -> None:
        """Send a frame before all that are queued."""
        if not self._writer.is_closing():
            self._writer.write(frame)

    async def wait_until_empty(self) -> None:
        """Wait until the client has read everything except the transport's buffer.

        Raises:
            OSError: the client has disconnected.
        """
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self._writer.drain()

    def close(self) -> None:
        """Close the connection after the queue; the client may read until the process ends."""
        while (frame := self._next()) is not None and not self._writer.is_closing():
            self._writer.write(frame)
        self._waiting = 0
        self._writer.close()

    async def _write(self) -> None:
        with contextlib.suppress(OSError):
            while self._frames or self._latest:
                await self._writer.drain()
                # Yield to other tasks, even when the client reads as fast as frames are created.
                await asyncio.sleep(0)
                if (frame := self._next()) is not None:
                    self._writer.write(frame)
        self._writing = None
        if self._writer.is_closing():
            self._frames.clear()
            self._latest.clear()
            self._waiting = 0

    def _next(self) -> bytes | None:
        """Take the next frame; None if none is queued."""
        while self._frames:
            first = self._frames[0]
            if isinstance(first, bytes):
                self._frames.popleft()
                self._waiting -= len(first)
                return first
            if (frame := next(first, None)) is not None:
                return frame
            self._frames.popleft()
        if self._latest:
            frame = self._latest.pop(next(iter(self._latest)))
            self._waiting -= len(frame)
            return frame
        return None
