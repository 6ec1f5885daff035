"""The connection to pydevd in the kernel, which speaks the Debug Adapter Protocol.

Owns the socket, the pairing of responses with requests, and their time limits. It must not know
the meaning of requests and events.

The host listens on a Unix socket in the kernel's private directory for one connection, and the
kernel connects to it. So nothing ever listens in the kernel, and no port is open.

Bounds: `PENDING_LIMIT` requests under way. `EVENT_LIMIT` events wait to be handled; beyond it,
events of the kinds in `OPTIONAL` are dropped, and one notice takes their place. pydevd sends few of
the others, because code that has stopped causes none.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from cellbridge.base_protocol.message_bodies import decode, encode
from cellbridge.base_protocol.pipes import FrameError, read_frame
from cellbridge.kernel.trust.ownership import is_own_peer
from cellbridge.session.errors import SessionError

CONNECT_SECONDS = 25.0
"""Seconds that the kernel may take to connect."""
ANSWER_SECONDS = 5.0
"""Seconds that pydevd may take for a request, unless the caller gives it more."""
PENDING_LIMIT = 64
EVENT_LIMIT = 1000
READ_AHEAD = 8 * 1024 * 1024
OPTIONAL = frozenset({"output", "module", "loadedSource", "thread", "process"})
"""The events that may be dropped: requests return the same, or a user reads only the last ones."""
DROPPED = "The code wrote more messages than the debugger could show; some are missing.\n"
LATE = "The debugger did not answer within {:g} seconds. Try again, or interrupt the cell."
"""Message for a request that pydevd has not answered in time."""

log = logging.getLogger(__name__)


class DebuggerGone(SessionError):  # noqa: N818 (an end, not a fault)
    """The connection to pydevd has ended."""

    def __init__(self) -> None:
        super().__init__("The debugger in the kernel has ended. Attach again.")


class PydevdConnection:
    """One connection. Created by `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._events: deque[tuple[str, dict[str, Any]]] = deque()
        self._arrived = asyncio.Event()
        self._dropping = False
        self.closed = False

    def post(self, command: str, arguments: Mapping[str, Any]) -> asyncio.Future[dict[str, Any]]:
        """Send a request; its whole response arrives in the future.

        Raises:
            SessionError: the connection has ended, or too many requests wait.
        """
        if self.closed or self._writer.is_closing():
            raise DebuggerGone
        if len(self._waiting) >= PENDING_LIMIT:
            raise SessionError(
                "The debugger has not answered many requests yet; continue the code, or interrupt "
                "the cell, and try again."
            )
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        body = encode(
            {"seq": number, "type": "request", "command": command, "arguments": dict(arguments)}
        )
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        answer.add_done_callback(lambda _: self._waiting.pop(number, None))
        return answer

    async def request(
        self, command: str, arguments: Mapping[str, Any], seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """Send a request and return the body of its response.

        Raises:
            SessionError: the connection has ended, pydevd refuses, or does not answer in time.
        """
        return await self.body_of(self.post(command, arguments), seconds, LATE)

    async def body_of(
        self, answer: asyncio.Future[dict[str, Any]], seconds: float, late: str
    ) -> dict[str, Any]:
        """Return the body of a response; ``late`` is the sentence if it does not come in time.

        Raises:
            SessionError: the connection has ended, pydevd refuses, or does not answer in time.
        """
        try:
            async with asyncio.timeout(seconds):
                # It still counts as under way if it is late.
                response = await asyncio.shield(answer)
        except TimeoutError:
            raise SessionError(late.format(seconds)) from None
        if not response.get("success"):
            reason = response.get("message") or f"The debugger refused {response.get('command')}."
            raise SessionError(str(reason))
        body = response.get("body")
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the name and the body of each event, until the connection ends."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self.closed:
                return
            if self._dropping:
                self._dropping = False
                yield "output", {"category": "important", "output": DROPPED}
                continue
            self._arrived.clear()
            await self._arrived.wait()

    async def disconnect(self, seconds: float) -> list[tuple[str, dict[str, Any]]]:
        """Let the code continue without breakpoints, and end the connection.

        Returns the events that pydevd sent before, and that have not been handled.
        """
        with contextlib.suppress(SessionError):
            arguments = {"restart": False, "terminateDebuggee": False}
            await self.request("disconnect", arguments, seconds)
        left = [*self._events]
        self._events.clear()
        self.close()
        return left

    async def read(self) -> None:
        """Receive messages until the connection ends."""
        try:
            while True:
                try:
                    body = await read_frame(self._reader)
                    if body is None:
                        return
                    message = decode(body)
                except (FrameError, ValueError) as error:
                    log.warning("pydevd sent an invalid message: %s", error)
                    continue
                if isinstance(message, dict):
                    self._take(cast("dict[str, Any]", message))
                await asyncio.sleep(0)  # Other tasks run, however fast messages arrive.
        except OSError as error:
            log.info("The connection to pydevd broke: %s", error)
        finally:
            self.close()

    def close(self) -> None:
        """End the connection; requests under way fail."""
        self.closed = True
        self._writer.close()
        self._arrived.set()
        for waiting in list(self._waiting.values()):
            if not waiting.done():
                waiting.set_exception(DebuggerGone())
                waiting.exception()  # Read: the caller may have given up.

    def _take(self, message: dict[str, Any]) -> None:
        body = message.get("body")
        match message.get("type"):
            case "response":
                number = message.get("request_seq")
                waiting = self._waiting.get(number) if isinstance(number, int) else None
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            case "event":
                known = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
                self._add_event(str(message.get("event")), known)
            case other:
                # Requests of pydevd, such as for a terminal, have no use in a kernel.
                log.info("pydevd sent a message of the type %s", other)

    def _add_event(self, event: str, body: dict[str, Any]) -> None:
        if len(self._events) >= EVENT_LIMIT and event in OPTIONAL:
            self._dropping = True
            return
        self._events.append((event, body))
        self._arrived.set()


async def connect(
    path: Path, ask: Callable[[Path], Awaitable[None]], seconds: float = CONNECT_SECONDS
) -> PydevdConnection:
    """Return the connection that the kernel opens after ``ask`` has requested it.

    Raises:
        SessionError: it does not connect in time, or ``ask`` raises it.
    """
    arrived: asyncio.Future[PydevdConnection] = asyncio.get_running_loop().create_future()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if arrived.done() or not is_own_peer(writer.get_extra_info("socket")):
            log.warning("Refused a connection to the socket of the debugger")
            writer.close()
            return
        arrived.set_result(PydevdConnection(reader, writer))

    _remove(path)
    try:
        server = await asyncio.start_unix_server(accept, path, limit=READ_AHEAD)
    except OSError as error:
        raise SessionError(f"The debugger cannot start: {error}. Restart the kernel.") from error
    try:
        async with asyncio.timeout(seconds):
            await ask(path)
            return await arrived
    except TimeoutError:
        raise SessionError(
            "The kernel does not start its debugger, because it is in a long native call. Try "
            "again when that has ended."
        ) from None
    finally:
        server.close()
        _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
