"""A minimal LSP client: JSON-RPC with a language server over its standard streams.

Owns the server's process, the framing, and the answers to the server's requests. It uses no client
library, so that the tour shows the same as any editor. It must not know the drawing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

COMMAND = (sys.executable, "-P", "-m", "cellbridge", "lsp")
"""The server. With ``-P``, no file in the current directory can replace its modules."""

_SHUTDOWN_SECONDS = 5.0
"""Seconds for the server to end by itself."""
_STDERR_TAIL = 2_000
"""The number of last characters of the server's stderr to keep."""

_CAPABILITIES: dict[str, Any] = {
    # UTF-32 first, because its columns are code points, as in Python strings.
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "inlayHint": {"resolveSupport": {"properties": ["tooltip"]}},
        "codeLens": {},
        "completion": {"completionItem": {"snippetSupport": False}},
    },
    "experimental": {"cellbridge": {"outputs": True}},
}


class ServerError(Exception):
    """The server returned an error, or has ended. The text has the reason."""


class Editor:
    """A client with its language server, as an async context manager."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Prepare a server with ``environment`` added to the variables of this process."""
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        """The last published diagnostics, by URI."""
        self.on_cells: Callable[[dict[str, Any]], None] = _ignore
        """Called with the params of each ``cellbridge/cellsChanged``."""
        self._published = asyncio.Event()
        self._environment = {**os.environ, **environment}
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks = asyncio.TaskGroup()
        self._stderr = ""
        self._process: Process

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._environment
        )
        await self._tasks.__aenter__()
        self._tasks.create_task(self._listen())
        self._tasks.create_task(self._keep_stderr())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                with contextlib.suppress(ServerError, TimeoutError):
                    async with asyncio.timeout(_SHUTDOWN_SECONDS):
                        await self.request("shutdown", None)
                        self.notify("exit", None)
                        await self._process.wait()
        finally:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
            await self._process.wait()
            # Its pipes have ended, and with them both tasks.
            await self._tasks.__aexit__(None, None, None)

    async def initialize(self, root: str) -> dict[str, Any]:
        """Send ``initialize`` and ``initialized``; return the server's answer."""
        result = await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "cellbridge tour"},
                "rootUri": root,
                "capabilities": _CAPABILITIES,
            },
        )
        self.notify("initialized", {})
        return result

    async def request(self, method: str, params: Any) -> Any:
        """Return the server's answer.

        Raises:
            ServerError: the server returned an error, or ended.
        """
        if self._process.returncode is not None:
            raise ServerError(self._end_sentence())
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._send({"id": number, "method": method, "params": params})
            return await self._waiting[number]
        finally:
            del self._waiting[number]

    async def command(self, name: str, argument: Mapping[str, Any]) -> Any:
        """Run a command of the server; see `request`."""
        return await self.request(
            "workspace/executeCommand", {"command": name, "arguments": [argument]}
        )

    async def wait_for_diagnostics(self, uri: str) -> None:
        """Wait for a diagnostic of the document."""
        while not self.diagnostics.get(uri):
            self._published.clear()
            await self._published.wait()

    def notify(self, method: str, params: Any) -> None:
        """Send a notification to the server."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _listen(self) -> None:
        """Handle messages until the server's output ends."""
        reader = self._process.stdout
        try:
            while reader is not None:
                header = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.partition(b":")[2])
                    for line in header.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                )
                self._handle(json.loads(await reader.readexactly(length)))
        except asyncio.IncompleteReadError:
            await self._process.wait()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ServerError(self._end_sentence()))

    def _handle(self, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None:
            future = self._waiting.get(number) if isinstance(number, int) else None
            if future is None or future.done():
                return
            if "error" in message:
                future.set_exception(ServerError(message["error"]["message"]))
            else:
                future.set_result(message.get("result"))
        elif number is not None:
            self._send({"id": number, "result": _answer_to(method, message.get("params"))})
        elif method == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            self._published.set()
        elif method == "cellbridge/cellsChanged":
            self.on_cells(message["params"])

    async def _keep_stderr(self) -> None:
        """Keep the end of the server's stderr, for the message if it ends."""
        reader = self._process.stderr
        while reader is not None and (data := await reader.read(65536)):
            self._stderr = (self._stderr + data.decode(errors="replace"))[-_STDERR_TAIL:]

    def _end_sentence(self) -> str:
        last = self._stderr.strip().rpartition("\n")[2]
        return f"The language server ended unexpectedly{f' ({last})' if last else ''}."


def _answer_to(method: str, params: Any) -> Any:
    """Return the answer to a server's request: nothing, or no settings."""
    if method == "workspace/configuration":
        items: Sequence[Any] = params.get("items", [])
        return [None] * len(items)
    return {"applied": False} if method == "workspace/applyEdit" else None


def _ignore(params: dict[str, Any]) -> None:
    """Do nothing with ``params``."""
