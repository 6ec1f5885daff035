"""Frames to the editor, written without blocking.

Owns the queue of frames. Invariant: an editor that does not read never blocks the event loop. The
loop writes the part of a frame that the editor's end accepts at once. A thread writes the rest, or
all of it where the system does not report what is accepted: each change of threads delays an
answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import stat
import threading
from collections import deque
from collections.abc import Callable

_NONE = bytes(4)
"""The number 0 as the system returns it."""


def frame(body: bytes) -> bytes:
    """Return a message as it is sent: its header and its body."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def line(body: bytes) -> bytes:
    """Return a message as it is sent in a protocol with one line for each message."""
    return body + b"\n"


class Writer:
    """Writes frames; a thread writes the rest of a frame that was not accepted at once.

    The queue keeps every message: answers are never dropped. Senders of optional messages wait for
    `quiet` first, and merge or drop messages meanwhile. While more than `FULL` bytes are queued, no
    messages of the editor are read, so that it cannot request more answers.
    """

    QUIET = 1024 * 1024
    """Bytes in the queue up to which optional messages may be added."""
    FULL = 64 * 1024 * 1024
    """Bytes in the queue above which no messages of the editor are read."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        write_part: Callable[[bytes], int] | None = None,
        form: Callable[[bytes], bytes] = frame,
    ) -> None:
        """``write`` may block; ``write_part`` writes as much as is possible without.

        ``form`` returns a message as it is sent.
        """
        self._form = form
        self._write = write
        self._write_part = write_part
        self._loop = asyncio.get_running_loop()
        self._queue: deque[bytes] = deque()
        self._backlog = 0
        self._changed = threading.Condition()
        self._closing = False
        self._drained = asyncio.Event()
        self._drained.set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._room = asyncio.Event()
        self._room.set()
        self.broken = asyncio.Event()
        """Set once the editor's end is closed."""
        self._thread = threading.Thread(target=self._run, name="editor-writer", daemon=True)
        self._thread.start()

    def send(self, body: bytes) -> None:
        """Queue one message; called on the loop only. Without an editor it has no effect."""
        if self.broken.is_set():
            return
        left = self._form(body)
        if self._write_part is not None and not self._backlog:
            try:
                left = left[self._write_part(left) :]
            except (OSError, ValueError):
                self._break()
                return
            if not left:
                return
        with self._changed:
            self._queue.append(left)
            self._backlog += len(left)
            self._changed.notify()
        self._note()

    async def quiet(self) -> None:
        """Wait until the editor has read enough for optional messages to be sent."""
        await self._quiet.wait()

    @property
    def has_room(self) -> bool:
        """False while the queue is so long that no messages of the editor are read."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until the queue is short enough to read messages of the editor."""
        await self._room.wait()

    async def close(self, patience: float) -> None:
        """Write what is queued for at most ``patience`` seconds, then stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._drained.wait()
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _run(self) -> None:
        # A closed loop needs no updates.
        with contextlib.suppress(RuntimeError):
            while (whole := self._next()) is not None:
                try:
                    self._write(whole)
                except (OSError, ValueError):
                    self._loop.call_soon_threadsafe(self._break)
                    return
                with self._changed:
                    before, self._backlog = self._backlog, self._backlog - len(whole)
                    news = self._backlog == 0 or before > self.QUIET
                if news:
                    self._loop.call_soon_threadsafe(self._note)

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            return self._queue.popleft() if self._queue and not self._closing else None

    def _note(self) -> None:
        backlog = self._backlog
        for event, limit in (
            (self._drained, 0),
            (self._quiet, self.QUIET),
            (self._room, self.FULL),
        ):
            if backlog <= limit:
                event.set()
            else:
                event.clear()

    def _break(self) -> None:
        self.broken.set()
        for event in (self._drained, self._quiet, self._room):
            event.set()


def parts_to_socket(connection: socket.socket) -> Callable[[bytes], int] | None:
    """Return a function that writes as much of a frame as a socket accepts at once."""
    flag = getattr(socket, "MSG_DONTWAIT", 0)

    def write_part(whole: bytes) -> int:
        try:
            return connection.send(whole, flag)
        except BlockingIOError:
            return 0

    return write_part if flag else None


def parts_to_pipe(descriptor: int) -> Callable[[bytes], int] | None:
    """Return the same for a pipe; None for other files, or where the system does not support it."""
    if not hasattr(select, "poll") or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return None
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)
    capacity = _capacity(descriptor)

    def accepted() -> int:
        """Return a number of bytes that can be written without blocking."""
        if capacity and _is_empty(descriptor):
            return capacity
        return select.PIPE_BUF if ready.poll(0) else 0

    def write_part(whole: bytes) -> int:
        done = 0
        with contextlib.suppress(BlockingIOError):
            while done < len(whole) and (size := accepted()):
                done += os.write(descriptor, whole[done : done + size])
        return done

    return write_part


def _capacity(pipe: int) -> int:
    """Return the bytes that an empty pipe accepts; 0 if the system does not report it."""
    try:
        import fcntl  # noqa: PLC0415 (not on every system)

        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    except (ImportError, AttributeError, OSError):
        return 0


def _is_empty(pipe: int) -> bool:
    """Return True if the reader has read everything; only where `_capacity` is known."""
    import fcntl  # noqa: PLC0415
    import termios  # noqa: PLC0415

    return fcntl.ioctl(pipe, termios.FIONREAD, _NONE) == _NONE
