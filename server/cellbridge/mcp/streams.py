"""The standard streams, as the files of lines that the SDK reads and writes.

Owns both directions, without a thread for each: a change of threads delays every answer. It must
not know messages.
"""

from __future__ import annotations

from typing import Self

from cellbridge.base_protocol.frame_writer import line
from cellbridge.base_protocol.pipes import Pipes, over_standard_streams, read_line

_END_SECONDS = 1.0


class Lines:
    """Lines of text from and to the client: the part of ``anyio.AsyncFile`` that the SDK uses."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes

    def __aiter__(self) -> Self:
        """Iterate over the lines of the client."""
        return self

    async def __anext__(self) -> str:
        """Return the next line, once the client has read enough of the answers."""
        await self._pipes.writer.room()
        found = await read_line(self._pipes.reader)
        if found is None:
            raise StopAsyncIteration
        return found.decode("utf-8", "replace")

    async def write(self, text: str) -> None:
        """Send a line, which ends in its line end."""
        self._pipes.writer.send(text.removesuffix("\n").encode("utf-8", "replace"))

    async def flush(self) -> None:
        """Do nothing: each line is sent at once."""

    async def close(self) -> None:
        """Write the lines that the client has not read yet, if it reads."""
        await self._pipes.writer.close(_END_SECONDS)


def standard_lines() -> Lines:
    """Return the lines of the client over the standard streams."""
    return Lines(over_standard_streams(line))
