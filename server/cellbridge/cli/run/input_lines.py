"""Lines that a person types, or that come through a pipe, for ``input()``.

Owns standard input while a script runs. It must not know who asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
from collections.abc import Generator


class NoKeyboard:
    """Nobody is there to type."""

    async def line(self, *, password: bool = False) -> str | None:  # noqa: ARG002  # see Typing
        """Return None: there are no lines."""
        return None


class Keyboard:
    """Standard input, read line by line without a thread that could not be ended."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._typed = b""

    async def line(self, *, password: bool = False) -> str | None:
        """Return the next line without its end; None where there are no more.

        ``password``: what is typed is not shown.
        """
        with _hidden(self._descriptor) if password else contextlib.nullcontext():
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
            # A regular file or /dev/null cannot be waited for, and need not be.
            return _read(self._descriptor)
        try:
            await readable.wait()
            return _read(self._descriptor)
        finally:
            loop.remove_reader(self._descriptor)


def _read(descriptor: int) -> bytes:
    """Return what there is; nothing also where the terminal has gone, or is another job's."""
    with contextlib.suppress(OSError):
        return os.read(descriptor, 65536)
    return b""


@contextlib.contextmanager
def _hidden(descriptor: int) -> Generator[None]:
    """Have the terminal show nothing of what is typed."""
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
