"""The process of an engine, and the messages to and from it.

Owns the process, the frames of JSON-RPC, and which answer belongs to which request. It must not
know the meaning of a message, apart from the requests that every server may send to its client.

At most one request of each method waits: a newer one replaces it, and the older is cancelled in the
engine. So the requests that a slow engine has yet to answer cannot accumulate.

Invariant: a message that cannot be read is an `EngineError`, which ends the connection: after it,
the two sides may disagree about where a message begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cellbridge.analysis.engine.command import EngineCommand
from cellbridge.core.json_depth import too_deep

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of the longest message that is accepted."""
_HEADER_LIMIT = 8 * 1024
"""Bytes of the longest header, with all its fields."""
_ERROR_LIMIT = 500
"""Bytes of an engine's error that are kept for the log."""
_UNREAD_LIMIT = 64 * 1024 * 1024
"""Bytes that may wait for an engine to read them; beyond, it counts as ended."""
_READ_AHEAD = 1024 * 1024
"""Bytes that are read ahead; the engine waits beyond twice as many."""
_GOODBYE = 1.0
"""Seconds in which the process may end by itself."""
_METHOD_NOT_FOUND = -32601
_DONE = frozenset(
    {
        "client/registerCapability",
        "client/unregisterCapability",
        "window/workDoneProgress/create",
        "window/showMessageRequest",
    }
)
"""Requests of an engine that are answered with null."""

_UNREADABLE = (asyncio.LimitOverrunError, msgspec.MsgspecError)

NotificationHandler = Callable[[str, msgspec.Raw], None]


class EngineError(Exception):
    """The engine ended, sent something else than a message, or reported an error."""


class _Incoming(msgspec.Struct):
    id: int | str | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"null")
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"null")


class _Item(msgspec.Struct):
    section: str | None = None


class _Items(msgspec.Struct):
    items: list[_Item] = []


class _Waiting(msgspec.Struct):
    number: int
    answer: asyncio.Future[msgspec.Raw | None]


class Connection:
    """A running engine."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        settings: Mapping[str, Any],
        notify: NotificationHandler,
    ) -> None:
        """Speak to ``process``. ``settings`` are the sections that it may request."""
        self._process = process
        self._writer, self._reader = _streams(process)
        self._settings = settings
        self._notify = notify
        self._number = 0
        self._ended = False
        self.answered = 0
        """The number of answers so far, to notice an engine that is stuck."""
        self._waiting: dict[str, _Waiting] = {}
        """By method, the request that waits."""

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def waits(self) -> bool:
        """True while a request has no answer."""
        return bool(self._waiting)

    async def request(self, method: str, params: object) -> msgspec.Raw | None:
        """Return the result of a request; None if a newer one replaced it.

        Raises:
            EngineError: the engine reported an error, or has ended.
        """
        self._number += 1
        waiting = _Waiting(self._number, asyncio.get_running_loop().create_future())
        replaced = self._waiting.pop(method, None)
        self._waiting[method] = waiting
        if replaced is not None:
            _settle(replaced.answer, None)
            self._write({"method": "$/cancelRequest", "params": {"id": replaced.number}})
        self._write({"id": waiting.number, "method": method, "params": params})
        return await waiting.answer

    def notify(self, method: str, params: object) -> None:
        """Send a notification.

        Raises:
            EngineError: the engine has ended, or does not read.
        """
        self._write({"method": method, "params": params})

    async def receive(self) -> str:
        """Handle the engine's messages until it ends; return why it ended."""
        try:
            while True:
                self._handle(await self._message())
        except EOFError:
            return "it has ended"
        except (EngineError, OSError, ValueError, *_UNREADABLE) as error:
            return f"it sent no message that can be read ({error})"
        finally:
            for waiting in self._waiting.values():
                _settle(waiting.answer, EngineError("it has ended"))
            self._waiting.clear()
            self._ended = True

    async def end(self, *, gently: bool) -> None:
        """End the process: by request, or at once if it does not follow."""
        with contextlib.suppress(EngineError, OSError, TimeoutError):
            async with asyncio.timeout(_GOODBYE if gently else 0):
                await self.request("shutdown", None)
                self.notify("exit", None)
                self._writer.close()
                await self._process.wait()
        self._writer.close()
        # Some programs are scripts that start the server, which would keep the streams open.
        with contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self._process.wait()

    # --- messages ---------------------------------------------------------------------------------

    def _write(self, message: dict[str, object]) -> None:
        if self._ended or self._writer.transport.get_write_buffer_size() > _UNREAD_LIMIT:
            raise EngineError("it has ended" if self._ended else "it does not read")
        body = msgspec.json.encode({"jsonrpc": "2.0", **message})
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _message(self) -> _Incoming:
        length = -1
        header = await self._reader.readuntil(b"\r\n\r\n")
        if len(header) > _HEADER_LIMIT:
            raise ValueError("a header is too long")
        for field in header.split(b"\r\n"):
            name, _, value = field.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        if not 0 <= length <= BODY_LIMIT:
            raise ValueError(f"a message has {length} bytes")
        body = await self._reader.readexactly(length)
        if too_deep(body):
            raise ValueError("a message is nested too deeply")
        return msgspec.json.decode(body, type=_Incoming)

    def _handle(self, message: _Incoming) -> None:
        if message.method is None:
            self._settle(message)
        elif message.id is None:
            self._notify(message.method, message.params)
        else:
            self._write({"id": message.id, **self._answer(message.method, message.params)})

    def _settle(self, message: _Incoming) -> None:
        self.answered += 1
        for method, waiting in self._waiting.items():
            if waiting.number == message.id:
                del self._waiting[method]
                error = bytes(message.error)
                if error == b"null":
                    _settle(waiting.answer, message.result)
                else:
                    text = error[:_ERROR_LIMIT].decode("utf-8", "replace")
                    _settle(waiting.answer, EngineError(text))
                return

    def _answer(self, method: str, params: msgspec.Raw) -> dict[str, object]:
        if method == "workspace/configuration":
            asked = msgspec.json.decode(params, type=_Items)
            return {"result": [self._settings.get(item.section or "") for item in asked.items]}
        if method == "workspace/applyEdit":
            return {"result": {"applied": False}}
        if method in _DONE:
            return {"result": None}
        if method.endswith("/refresh"):
            self._notify(method, params)
            return {"result": None}
        return {"error": {"code": _METHOD_NOT_FOUND, "message": f"{method} is not supported"}}


def _settle(
    answer: asyncio.Future[msgspec.Raw | None], outcome: msgspec.Raw | EngineError | None
) -> None:
    if answer.done():
        return
    if isinstance(outcome, EngineError):
        answer.set_exception(outcome)
        answer.exception()  # It may have no reader any more.
    else:
        answer.set_result(outcome)


def _streams(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise EngineError("it has no streams")
    return process.stdin, process.stdout


async def start(command: EngineCommand) -> asyncio.subprocess.Process:
    """Start the process.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *command.arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(command.variables),
        cwd=command.directory,
        limit=_READ_AHEAD,
        start_new_session=True,
    )
