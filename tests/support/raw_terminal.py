"""A terminal that records a program's output, to the byte and to the millisecond.

Owns a pseudo-terminal, a thread that reads it, and the answers to a program's queries about the
terminal. It draws nothing: terminal.py has a screen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence

from support.patience import PATIENCE


class RawTerminal:
    """A program in a pseudo-terminal; ``answers`` maps its queries to their replies."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 90,
        rows: int = 30,
        answers: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", rows, columns, columns * 9, rows * 18)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        variables = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment}
        self._process = subprocess.Popen(
            command,
            env={name: value for name, value in variables.items() if name != "TMUX"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._answers = dict(answers or {})
        self._written = bytearray()
        self._times: list[tuple[int, float]] = []
        self._more = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> float:
        """Type a text; return the time at which that was done."""
        now = time.perf_counter()
        os.write(self._master, text.encode())
        return now

    @property
    def position(self) -> int:
        """The number of bytes that the program has written."""
        with self._more:
            return len(self._written)

    def until(self, text: bytes, since: int = 0) -> float:
        """Wait until the program has written a text after ``since``; return the time of that."""
        end = time.monotonic() + PATIENCE
        with self._more:
            while (at := self._written.find(text, since)) < 0:
                left = end - time.monotonic()
                if left <= 0 or self._ended:
                    raise AssertionError(f"never written: {text!r}; the end was:\n{self.tail}")
                self._more.wait(left)
            return next(when for stop, when in self._times if stop >= at + len(text))

    def output_since(self, since: int = 0) -> bytes:
        """Return the program's output from position ``since`` on."""
        with self._more:
            return bytes(self._written[since:])

    def pause(self, seconds: float) -> None:
        """Leave the program alone for some seconds."""
        end = time.monotonic() + seconds
        with self._more:
            while (left := end - time.monotonic()) > 0:
                self._more.wait(left)

    @property
    def tail(self) -> str:
        """The end of the output, in readable form."""
        return ascii(bytes(self._written[-1500:]))

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        os.close(self._master)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # EIO: the program has gone
                data = b""
            with self._more:
                self._written += data
                self._times.append((len(self._written), time.perf_counter()))
                self._ended = not data
                self._more.notify_all()
                for asked, answer in self._answers.items():
                    if asked in data:
                        os.write(self._master, answer)
            if not data:
                return
