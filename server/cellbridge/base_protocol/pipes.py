"""The byte stream to and from the editor: non-blocking message frames in both directions.

Owns the reading of frames (Language Server Protocol 3.17 and Debug Adapter Protocol, "Base
Protocol") and of lines (Model Context Protocol) from the standard input and from a connection, and
the choice of a writer for the other direction. It must not know what a message means.

Invariant: a silent editor never blocks the event loop. The loop reads the bytes that have arrived.
Where it cannot wait for them, as on Windows and for files, a thread reads; each change of threads
delays an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from cellbridge.base_protocol.frame_writer import Writer, frame, parts_to_pipe, parts_to_socket

_CHUNK = 64 * 1024
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


class Feeder(asyncio.ReadTransport):
    """Feeds an `asyncio.StreamReader` from a read function that may block.

    asyncio's pipe transports make pipes non-blocking for all their owners, and reject files. Above
    twice the reader's limit, nothing is read until the reader has caught up.
    """

    def __init__(self, read: Callable[[int], bytes], descriptor: int | None = None) -> None:
        """Read in the loop when ``descriptor`` is ready; without one, in a thread."""
        super().__init__()
        self.reader = asyncio.StreamReader(limit=_READ_AHEAD)
        self.reader.set_transport(self)
        self._loop = asyncio.get_running_loop()
        self._from_editor = read
        self._descriptor = descriptor
        self._wanted = threading.Event()
        self.resume_reading()
        if self._descriptor is None:
            # A daemon: a read that never returns must not keep the process alive.
            threading.Thread(target=self._read, name="editor-reader", daemon=True).start()

    def pause_reading(self) -> None:
        """Stop reading; called by the reader when its buffer is full."""
        self._wanted.clear()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        """Continue to read; called by the reader when its buffer has room."""
        self._wanted.set()
        if self._descriptor is not None:
            try:
                self._loop.add_reader(self._descriptor, self._feed)
            except (OSError, NotImplementedError):
                self._descriptor = None  # A file, or Windows.

    def _feed(self) -> None:
        if chunk := self._chunk():
            self.reader.feed_data(chunk)
        elif self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            self._descriptor = None
            self.reader.feed_eof()

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


async def read_line(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next line with its end, or None if the stream has ended.

    Of a line longer than `BODY_LIMIT`, a part is missing.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        try:
            return b"".join([*parts, await reader.readuntil(b"\n")])
        except asyncio.LimitOverrunError as error:
            parts.append(await reader.readexactly(error.consumed))
            size += error.consumed
            if size > BODY_LIMIT:
                parts.clear()
        except asyncio.IncompleteReadError as error:
            return b"".join([*parts, error.partial]) or None


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


def over_standard_streams(form: Callable[[bytes], bytes] = frame) -> Pipes:
    """Return the pipes over standard input and output, and shield them.

    ``form`` returns a message as it is sent.

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

    is_socket = stat.S_ISSOCK(os.fstat(sink).st_mode)
    parts = parts_to_socket(socket.socket(fileno=sink)) if is_socket else parts_to_pipe(sink)
    return Pipes(
        Feeder(lambda size: os.read(source, size), source).reader, Writer(write, parts, form)
    )


def over_socket(connection: socket.socket) -> Pipes:
    """Return the pipes over a connected socket, which becomes a blocking socket."""
    connection.setblocking(True)  # noqa: FBT003 (the socket's own signature)
    reader = Feeder(connection.recv, connection.fileno()).reader
    return Pipes(reader, Writer(connection.sendall, parts_to_socket(connection)))
