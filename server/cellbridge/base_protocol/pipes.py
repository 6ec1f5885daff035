"""The byte stream to and from the editor: non-blocking message frames in both directions.

Owns reading and writing of frames (Language Server Protocol 3.17 and Debug Adapter Protocol, "Base
Protocol") over the standard streams and over a connection. It must not know what a message means.

Invariant: neither a slow nor a silent editor blocks the event loop. One thread reads and another
thread writes, with bounded buffers between them and the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_CHUNK = 256 * 1024
_READ_AHEAD = 8 * 1024 * 1024
"""Bytes that are read ahead from the editor; asyncio doubles the limit."""
_HEADER_LIMIT = 64 * 1024
BODY_LIMIT = 512 * 1024 * 1024
"""The maximum size of one message in bytes; a larger length must be an error."""
_LENGTH = b"content-length:"


class FrameError(Exception):
    """The input is not a frame of the base protocol; the message contains the reason.

    The next frame is found again, because reading continues at the next ``Content-Length``.
    """


class EndOfConnection(Exception):  # noqa: N818 (not an error)
    """The server received a signal to end while it waited for a message."""


class ThreadPipe(asyncio.ReadTransport):
    """Feeds an `asyncio.StreamReader` from a blocking read function, in a thread.

    asyncio's pipe transports reject files, and on Windows also the standard input. Above twice the
    reader's limit, the thread stops reading until the loop has caught up.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        super().__init__()
        self.reader = asyncio.StreamReader(limit=_READ_AHEAD)
        self.reader.set_transport(self)
        self._loop = asyncio.get_running_loop()
        self._from_editor = read
        self._wanted = threading.Event()
        self._wanted.set()
        # A daemon: a read that never returns must not keep the process alive.
        threading.Thread(target=self._read, name="editor-reader", daemon=True).start()

    def pause_reading(self) -> None:
        """Stop reading; called by the reader when its buffer is full."""
        self._wanted.clear()

    def resume_reading(self) -> None:
        """Continue to read; called by the reader when its buffer has room."""
        self._wanted.set()

    def _read(self) -> None:
        # A closed loop needs no more data.
        with contextlib.suppress(RuntimeError):
            while chunk := self._chunk():
                self._loop.call_soon_threadsafe(self.reader.feed_data, chunk)
                self._wanted.wait()
            self._loop.call_soon_threadsafe(self.reader.feed_eof)

    def _chunk(self) -> bytes:
        try:
            return self._from_editor(_CHUNK)
        except OSError:
            return b""  # The editor's end is closed.


def frame(body: bytes) -> bytes:
    """Return a message as it is sent: its header and its body."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Return the body of the next message, or None if the stream has ended.

    Raises:
        FrameError: The input is not a frame; the next call reads the next frame.
    """
    length: int | None = None
    seen = 0
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
            raise FrameError("a header line without an end") from error
        seen += len(line)
        if seen > _HEADER_LIMIT:
            raise FrameError("a header that is too long")
        if not line.strip():
            if length is None:
                raise FrameError("a message without Content-Length")
            break
        # After a body that was not read as one, the next header starts in the middle of a line.
        at = line.lower().rfind(_LENGTH)
        if at >= 0:
            length = _length(line[at + len(_LENGTH) :].strip())
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def _length(value: bytes) -> int:
    if not value.isdigit():
        raise FrameError(f"a Content-Length that is not a number: {value[:40]!r}")
    # Python does not parse numbers with thousands of digits.
    if len(value) > len(str(BODY_LIMIT)) or int(value) > BODY_LIMIT:
        raise FrameError(f"a Content-Length that is too large: {value[:40].decode()}")
    return int(value)


class Writer:
    """Writes frames in a separate thread, so that an editor that does not read blocks nothing else.

    The queue keeps every message: answers are never dropped. Senders of optional messages wait for
    `quiet` first, and merge or drop messages meanwhile. While more than `FULL` bytes are queued, no
    messages of the editor are read, so that it cannot request more answers.
    """

    QUIET = 1024 * 1024
    """Bytes in the queue up to which optional messages may be added."""
    FULL = 64 * 1024 * 1024
    """Bytes in the queue above which no messages of the editor are read."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
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
        whole = frame(body)
        with self._changed:
            self._queue.append(whole)
            self._backlog += len(whole)
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


@dataclass(frozen=True, slots=True)
class Pipes:
    """Both directions to one editor."""

    reader: asyncio.StreamReader
    writer: Writer
    ahead: deque[asyncio.Future[bytes | None]] = field(
        default_factory=deque[asyncio.Future[bytes | None]]
    )
    """Messages that were read, or are being read, before their handlers existed."""

    async def next(self) -> bytes | None:
        """Return the body of the next message, or None if the stream has ended.

        Raises:
            FrameError: The input is not a frame.
        """
        return await (self.ahead.popleft() if self.ahead else read_frame(self.reader))


def over_standard_streams() -> Pipes:
    """Return the pipes over standard input and output, and shield them.

    Only the protocol may use the standard output: everything else that is printed, here or by a
    child process, goes to the standard error from now on. No child inherits the editor's input.
    """
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    def write(whole: bytes) -> None:
        left = memoryview(whole)
        while left:
            left = left[os.write(sink, left) :]

    return Pipes(ThreadPipe(lambda size: os.read(source, size)).reader, Writer(write))


def over_socket(connection: socket.socket) -> Pipes:
    """Return the pipes over a connected socket, which becomes a blocking socket."""
    connection.setblocking(True)  # noqa: FBT003 (the socket's own signature)
    return Pipes(ThreadPipe(connection.recv).reader, Writer(connection.sendall))
