"""Neovim's remote calls: MessagePack requests over its socket, one at a time.

Owns that connection. It is used in place of pynvim, whose calls have no time limit and whose
connections are never fully closed.
"""

from __future__ import annotations

import itertools
import socket
from pathlib import Path
from typing import Any

import msgspec

from support.patience import PATIENCE


class Remote:
    """A connection to one Neovim."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._socket.settimeout(PATIENCE)
        self._numbers = itertools.count()
        self._rest = b""

    def call(self, method: str, *arguments: Any) -> Any:
        """Call one of Neovim's API functions, by its name without ``nvim_``; return its result."""
        number = next(self._numbers)
        request = [0, number, f"nvim_{method}", list(arguments)]
        self._socket.sendall(msgspec.msgpack.encode(request))
        while True:
            kind, *rest = self._message()
            if kind == 1 and rest[0] == number:
                error, result = rest[1:]
                assert error is None, f"{method}: {error}"
                return result

    def notify(self, method: str, *arguments: Any) -> None:
        """Call a function without waiting for its result."""
        message = [2, f"nvim_{method}", list(arguments)]
        self._socket.sendall(msgspec.msgpack.encode(message))

    def close(self) -> None:
        self._socket.close()

    def _message(self) -> Any:
        while True:
            try:
                message = msgspec.msgpack.decode(self._rest)
            except msgspec.DecodeError:  # not all of it is here yet
                received = self._socket.recv(1 << 20)
                if not received:
                    raise EOFError("Neovim has closed the connection.") from None
                self._rest += received
            else:
                # One call at a time is answered by one message at a time.
                self._rest = b""
                return message
