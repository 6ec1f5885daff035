"""`cellbridge mcp` on pipes, without a client library.

Owns the lines of the protocol that a test or a benchmark writes and reads itself: wrong ones, and
those whose time is taken.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.patience import PATIENCE

VERSION = "2025-11-25"
CLIENT = {"name": "Test pipe", "version": "1"}


class AgentPipe:
    """One server, and the messages that it has sent."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.log: list[dict[str, Any]] = []
        """All messages of the server. A line that is not a message fails the test."""
        self._ids = itertools.count(1000)

    def write(self, line: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def send(self, method: str, **params: Any) -> int:
        """Send a request; return its id."""
        number = next(self._ids)
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.write(json.dumps(message).encode() + b"\n")
        return number

    def notify(self, method: str, **params: Any) -> None:
        """Send a notification."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.write(json.dumps(message).encode() + b"\n")

    def read(self) -> dict[str, Any] | None:
        """Return the next message; None at the end of the output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return None
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        self.log.append(message)
        return message

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request; return its response."""
        number = self.send(method, **params)
        while (message := self.read()) is not None:
            if message.get("id") == number and "method" not in message:
                return message
        raise AssertionError(f"the server ended before it answered {method}")

    def initialize(self) -> dict[str, Any]:
        """Begin the session as a client of 2025 does."""
        answer = self.request(
            "initialize", protocolVersion=VERSION, capabilities={}, clientInfo=CLIENT
        )
        self.notify("notifications/initialized")
        return answer["result"]

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool; return its result."""
        return self.request("tools/call", name=tool, arguments=arguments)["result"]

    def end(self) -> int:
        """Close the server's input, read the rest of its output, and return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        while self.read() is not None:
            pass
        return self.process.wait(PATIENCE)


@contextmanager
def agent_pipe(command: Sequence[str], directory: Path, *options: str) -> Iterator[AgentPipe]:
    """Start a server in a directory; it is killed at the end if it still runs."""
    process = subprocess.Popen(
        [*command, *options],
        cwd=directory,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        pipe = AgentPipe(process)
        try:
            yield pipe
        finally:
            if process.poll() is None:
                process.kill()
