"""The connection to a kernel's probe: a Unix socket for queries and answers.

Owns the connection and the pairing of answers with queries. It must not know the queries, nor the
kernel's other channels. The kernel's end, and the reason for it, is in probe/probe_socket.py.

Bound: a kernel that holds its interpreter collects at most `ABANDONED_LIMIT` queries that have
timed out; until it has answered one, no more are sent. Orders of the user, which are few and must
not be lost, are always sent.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import struct
from pathlib import Path
from typing import Any, cast

from cellbridge.kernel.channels.framing import read_json, write_json
from cellbridge.kernel.channels.requests import ABANDONED_LIMIT
from cellbridge.kernel.trust.ownership import is_own_peer

FRAME_LIMIT = 512 * 1024 * 1024
"""Bytes of one answer; a longer one is invalid and ends the connection."""

_LENGTH = struct.Struct(">I")
_log = logging.getLogger(__name__)


class ProbeSocket(asyncio.Protocol):
    """One connection. Created by `connect`."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._held = bytearray()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._abandoned: set[int] = set()

    @property
    def open(self) -> bool:
        """True while queries can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def query(
        self,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - passed on
        *,
        order: bool = False,
    ) -> dict[str, Any] | None:
        """Return the probe's answer; None if it does not come in time, or the connection breaks.

        An ``order`` of the user is sent even to a kernel that has not answered for a while.
        """
        transport = self._transport
        if transport is None or not self.open:
            return None
        if len(self._abandoned) >= ABANDONED_LIMIT and not order:
            return None
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        body = write_json({"id": number, "query": content})
        transport.write(_LENGTH.pack(len(body)) + body)
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            self._abandoned.add(number)
            return None
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Close the connection; pending queries return None."""
        if self._transport is not None:
            self._transport.close()
        self._end()

    # --- what asyncio calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take received data; each complete frame is an answer."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            end = _LENGTH.size + length
            if length > FRAME_LIMIT:
                _log.warning("The probe's socket is closed: the kernel sent an invalid answer")
                self.close()
                return
            if len(self._held) < end:
                return
            self._settle(bytes(self._held[_LENGTH.size : end]))
            del self._held[:end]

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the pending queries: the connection has ended."""
        if exc is not None:
            _log.debug("The connection to the probe broke: %s", exc)
        self._end()

    def _settle(self, frame: bytes) -> None:
        answer = read_json(frame)
        number, content = answer.get("id"), answer.get("answer")
        if not isinstance(number, int):
            _log.warning("The kernel sent an invalid answer of %d bytes", len(frame))
            return
        self._abandoned.discard(number)
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(
                cast("dict[str, Any]", content) if isinstance(content, dict) else None
            )

    def _end(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)


async def connect(path: Path) -> ProbeSocket | None:
    """Return a connection to ``path``; None if no kernel listens there."""
    try:
        transport, line = await asyncio.get_running_loop().create_unix_connection(
            ProbeSocket, str(path)
        )
    except OSError as error:
        _log.warning("The probe's socket cannot be reached: %s", error)
        return None
    if not is_own_peer(transport.get_extra_info("socket")):
        _log.warning("Another user's process listens on the probe's socket")
        transport.close()
        return None
    return line
