"""The smallest editor there is: one that sends a message and waits for its answer.

Owns framing and ids. It answers every request of the server with null and drops notifications, in
one thread, so that a time taken around `request` holds nothing of an editor's own work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

CAPABILITIES = {
    "workspace": {"executeCommand": {}, "configuration": True},
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {"completion": {"completionList": {"itemDefaults": ["editRange", "data"]}}},
}
"""Of what today's editors can, the parts that change what is measured."""

_SCRIPTS = str(Path(sys.executable).parent)
ENVIRONMENT = {
    "VIRTUAL_ENV": sys.prefix,
    "PATH": f"{_SCRIPTS}{os.pathsep}{os.environ.get('PATH', '')}",
}
"""By which any server finds the same packages: an activated environment's."""


class Client:
    """A language server's process and the pipes to it."""

    def __init__(self, *command: str, directory: Path) -> None:
        """Start a server; not waited for."""
        self.directory = directory
        self.settings: dict[str, Any] = {}
        """By section, as ``cellbridge``; asked for when the server has been initialised."""
        self._next = 0
        self._begun: set[int] = set()
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Use the server until the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the server as an editor does, or by force one that does not listen any more."""
        try:
            if self._process.poll() is None:
                self.request("shutdown", None)
                self.notify("exit", None)
                self._process.communicate(timeout=20)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
        finally:
            self._process.wait()

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Kill a server that has not reached the end of a block by then, so that no wait is
        endless."""
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def initialize(self) -> Any:
        """Request the server's capabilities, and confirm them."""
        result = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.directory.as_uri(),
                "capabilities": CAPABILITIES,
            },
        )
        self.notify("initialized", {})
        return result

    def open(self, path: Path) -> str:
        """Open a Python file; return its URI."""
        uri = path.as_uri()
        text = path.read_text("utf-8")
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def command(self, name: str, argument: Any) -> Any:
        """Execute a command; return its answer."""
        params = {"command": name, "arguments": [argument]}
        return self.request("workspace/executeCommand", params)

    def notify_command(self, name: str, argument: Any) -> None:
        """Execute a command whose answer is not waited for; it is passed over when it comes."""
        self.begin("workspace/executeCommand", {"command": name, "arguments": [argument]})

    def begin(self, method: str, params: Any) -> None:
        """Send a request whose answer is not waited for; it is passed over when it comes."""
        self._next += 1
        self._begun.add(self._next)
        self._send({"id": self._next, "method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """Send a request; return its result."""
        self._next += 1
        ident = self._next
        self._send({"id": ident, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:
                    self._send({"id": message["id"], "result": self._settings(message)})
            elif message["id"] in self._begun:
                self._begun.discard(message["id"])
            elif message["id"] == ident:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    @property
    def under_way(self) -> bool:
        """True while the answer to a sent request has not been read."""
        return bool(self._begun)

    def _settings(self, message: dict[str, Any]) -> list[Any] | None:
        """Answer a request of the server: only settings are known."""
        if message["method"] != "workspace/configuration":
            return None
        return [self.settings.get(item.get("section")) for item in message["params"]["items"]]

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stdin.flush()

    def _receive(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None
        length = 0
        while (line := stdout.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if not length:
            raise RuntimeError(f"{self._process.args} closed its output.")
        return json.loads(stdout.read(length))
