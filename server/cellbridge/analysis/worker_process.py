"""The worker's process and the stream to it.

Owns the process: its start, its stream and its end. It must not know the messages.

The language server starts the analyser as the first thing it does, before it imports asyncio, so
that both import what they need at the same time; hence this module imports little, and the stream
is joined to the event loop only later. One socket carries both directions, as any loop can take
that over from the code that opened it.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_START = "import gc; gc.set_threshold(0); from cellbridge.analysis.jedi_worker import main; main()"
COMMAND = (sys.executable, "-P", "-c", _START)
"""The worker. ``-P``: a ``queue.py`` next to the script must not replace the standard library's.
Garbage is not looked for from the first import on: see jedi_worker.py."""

_BUFFER = 1024 * 1024
"""Bytes that are read ahead; the process waits beyond twice as many."""


class Child:
    """A process with whose standard input and output this one speaks."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """Start the process, which needs a while until it can answer; needs no event loop.

        Raises:
            OSError: it cannot be started.
        """
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                end = theirs.fileno()
                self._process = subprocess.Popen(command, stdin=end, stdout=end)
            except OSError:
                self._socket.close()
                raise
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the process runs, as far as the system has reported by now."""
        return self._process.poll() is None

    async def send(self, data: bytes) -> None:
        """Write to the process; waits while it does not read.

        Raises:
            OSError: it has gone.
        """
        _, writer = await self._joined()
        writer.write(data)
        await writer.drain()

    async def receive(self, size: int) -> bytes:
        """Read exactly ``size`` bytes.

        Raises:
            EOFError: it has ended before.
        """
        reader, _ = await self._joined()
        return await reader.readexactly(size)

    async def end(self, patience: float = 0) -> None:
        """Close the stream; a process that has not gone within ``patience`` seconds is killed."""
        import asyncio  # noqa: PLC0415 (see the module's text)

        reader, writer = await self._joined()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(patience):
                writer.write_eof()
                await reader.read()  # To its end, which is the process's.
        self._process.kill()
        # It is dead or about to be: this wait cannot last.
        await asyncio.to_thread(self._process.wait)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _joined(self) -> tuple[StreamReader, StreamWriter]:
        import asyncio  # noqa: PLC0415 (see the module's text)

        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._socket, limit=_BUFFER)
        return self._streams
