"""The line to a kernel's probe: a Unix socket on which it is asked, and answers.

Owns the connection and the pairing of answers with questions. It must not know what is asked, nor
what else leads to the kernel; the kernel's end, and why there is one, is probe/probe_socket.py.

Bound: a kernel that holds its interpreter collects no more than `ABANDONED_LIMIT` questions whose
askers have given up; until it has answered one, no more are sent.
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
"""Bytes of one answer; a longer one cannot be meant and ends the connection."""

_LENGTH = struct.Struct(">I")
_log = logging.getLogger(__name__)


class Line(asyncio.Protocol):
    """One connection. Made by `reach`."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._held = bytearray()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._abandoned: set[int] = set()

    @property
    def open(self) -> bool:
        """True while the kernel can be asked here."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Return the probe's answer; None where it does not come in time, or the line breaks."""
        transport = self._transport
        if transport is None or not self.open or len(self._abandoned) >= ABANDONED_LIMIT:
            return None
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        body = write_json({"id": number, "asked": content})
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
        """Let go of the line; who waits for an answer gets none."""
        if self._transport is not None:
            self._transport.close()
        self._end()

    # --- what asyncio calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what has come; each frame that is whole is an answer."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            end = _LENGTH.size + length
            if length > FRAME_LIMIT:
                _log.warning("what the kernel sent is no answer; its line is given up")
                self.close()
                return
            if len(self._held) < end:
                return
            self._take(bytes(self._held[_LENGTH.size : end]))
            del self._held[:end]

    def connection_lost(self, exc: Exception | None) -> None:
        """End, with the kernel or before it."""
        if exc is not None:
            _log.debug("the line to the kernel broke: %s", exc)
        self._end()

    def _take(self, frame: bytes) -> None:
        answer = read_json(frame)
        number, told = answer.get("id"), answer.get("told")
        if not isinstance(number, int):
            _log.warning("the kernel sent %d bytes that are no answer", len(frame))
            return
        self._abandoned.discard(number)
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(cast("dict[str, Any]", told) if isinstance(told, dict) else None)

    def _end(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)


async def reach(path: Path) -> Line | None:
    """Return the line at ``path``; None where no kernel listens there."""
    try:
        transport, line = await asyncio.get_running_loop().create_unix_connection(Line, str(path))
    except OSError as error:
        _log.warning("The kernel cannot be asked on a line of its own: %s", error)
        return None
    if not is_own_peer(transport.get_extra_info("socket")):
        _log.warning("Another user's process listens in the place of the kernel's line")
        transport.close()
        return None
    return line
