"""Lines for ``input()``, from the keyboard or a pipe.

Owns standard input while a script runs. It must not know the cells that request them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
from collections.abc import Generator


class NoInput:
    """A source without any lines."""

    async def line(self, *, password: bool = False) -> str | None:  # noqa: ARG002  # see InputSource
        """Return None, the end of input."""
        return None


class Keyboard:
    """Standard input, read line by line, without a thread that could not be ended."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._typed = b""

    async def line(self, *, password: bool = False) -> str | None:
        """Return the next line without its line end, or None at the end of input.

        A ``password`` is not shown while it is typed.
        """
        with _hide_input(self._descriptor) if password else contextlib.nullcontext():
            while b"\n" not in self._typed:
                more = await self._read()
                if not more:
                    break
                self._typed += more
        if not self._typed:
            return None
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").removesuffix("\r")

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, readable.set)
        except PermissionError:
            # The loop cannot wait for a regular file or /dev/null, and does not need to.
            return _read(self._descriptor)
        try:
            await readable.wait()
            return _read(self._descriptor)
        finally:
            loop.remove_reader(self._descriptor)


def _read(descriptor: int) -> bytes:
    """Return the available bytes; none if the terminal is gone or belongs to another job."""
    with contextlib.suppress(OSError):
        return os.read(descriptor, 65536)
    return b""


@contextlib.contextmanager
def _hide_input(descriptor: int) -> Generator[None]:
    """Hide the text that the user types."""
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
