"""The control socket: other programs of the user get addresses, or end this process.

Owns the Unix socket and its messages, which `cellbridge.workspace.page_process` declares. A peer is
checked before a byte is read. It must not know browsers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from cellbridge.kernel.trust.ownership import is_own_peer
from cellbridge.session.errors import SessionError
from cellbridge.workspace.page_process import LINE_LIMIT, Answer, Request

REQUEST_SECONDS = 10.0
"""Seconds that a program has to send its request."""

log = logging.getLogger(__name__)

Serve = Callable[[Request], Awaitable[Answer]]


def bind_socket(path: Path) -> socket.socket:
    """Return a listening, private Unix socket; a socket of the user at its path is replaced.

    Raises:
        OSError: it cannot be created, for example because the path belongs to another file.
    """
    if path.is_socket() and path.lstat().st_uid == os.getuid():
        path.unlink()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.setblocking(False)  # noqa: FBT003 (socket's own)
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(16)
    except BaseException:
        listening.close()
        raise
    return listening


@asynccontextmanager
async def serving(listening: socket.socket, serve: Serve) -> AsyncGenerator[None]:
    """Answer the requests on a socket by ``serve`` while the block runs."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if is_own_peer(writer.get_extra_info("socket")):
                await _answer(reader, writer, serve)
            else:
                log.warning("A connection of another user to the control socket was refused")
        finally:
            writer.close()

    server = await asyncio.start_unix_server(connected, sock=listening, limit=LINE_LIMIT)
    async with server:
        yield


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, serve: Serve) -> None:
    with contextlib.suppress(OSError, TimeoutError, ValueError):  # The program has gone.
        async with asyncio.timeout(REQUEST_SECONDS):
            line = await reader.readline()
        try:
            answer = await serve(msgspec.json.decode(line, type=Request))
        except msgspec.MsgspecError:
            answer = Answer(error="The request to the page's process cannot be read.")
        except SessionError as error:
            answer = Answer(error=str(error))
        writer.write(msgspec.json.encode(answer) + b"\n")
        await writer.drain()
