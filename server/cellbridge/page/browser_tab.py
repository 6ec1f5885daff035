"""One tab of a browser: the messages to it, with a bound.

Owns the queue of messages. It must not know the meaning of a message, except for whether the tab
can do without it.

Bounds: the messages that wait for a slow tab hold at most `WAITING_BYTES`, and there are at most
`WAITING_MESSAGES` of them. Beyond that, changes are dropped, and the tab gets the whole document
again once it has read the rest. Answers are awaited by the tab: they wait for room.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from cellbridge.base_protocol.message_bodies import encode
from cellbridge.page.admission import Browser

MESSAGE_BYTES = 64 * 2**20
"""Bytes of one message, in either direction. A longer one is refused."""
WAITING_BYTES = 16 * 2**20
WAITING_MESSAGES = 1000
FEW_BYTES = 256 * 1024
"""Bytes of waiting messages up to which a tab counts as having read nearly all."""

_numbers = itertools.count(1)


class Socket(Protocol):
    """The web socket of a tab."""

    async def send_str(self, data: str) -> None:
        """Send a message; wait while the other end does not read."""
        ...

    async def close(self) -> Any:
        """End the connection."""
        ...


class Tab:
    """One tab that shows a document, or none yet."""

    def __init__(self, browser: Browser, reload: Callable[[Tab], None]) -> None:
        """``reload`` is called when the tab must get its whole document again."""
        self.browser = browser
        self.number = next(_numbers)
        self.uri = ""
        """The document that the tab shows; empty for none."""
        self.visible = True
        self.choices = 0
        """The number of scripts that the user has chosen."""
        self.requests = asyncio.Semaphore(8)
        """The requests that are handled at a time."""
        self.waiting_requests = 0
        self._reload = reload
        self._queue: deque[str] = deque()
        self._bytes = 0
        self._behind = False
        """True while changes have been dropped."""
        self._left = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message that the tab cannot do without, such as its document."""
        self.send_text(encode(message).decode())

    def send_text(self, text: str) -> None:
        """Queue such a message that has been encoded."""
        if self._left:
            return
        self._queue.append(text)
        self._bytes += len(text)
        self._filled.set()
        if not self.nearly_read:
            self._emptied.clear()

    def send_change(self, text: str) -> None:
        """Queue a change of the document, or drop it if the tab is too slow."""
        if self._behind or self._full:
            self._behind = True
        else:
            self.send_text(text)

    def takes_document(self) -> bool:
        """Return True if a whole document can be queued now; else `reload` is called later."""
        self._behind = self._full
        return not self._behind

    def leave(self) -> None:
        """Drop all messages: the tab has disconnected."""
        self._left = True
        self._queue.clear()
        self._bytes = 0
        self._emptied.set()

    async def room(self) -> None:
        """Wait until the tab has read nearly all messages."""
        await self._emptied.wait()

    @property
    def nearly_read(self) -> bool:
        """True if the tab has read nearly all messages."""
        return self._bytes <= FEW_BYTES

    async def write(self, socket: Socket) -> None:
        """Send the messages, until cancelled or until the connection ends.

        Raises:
            OSError: it has ended.
        """
        while True:
            await self._filled.wait()
            while self._queue:
                text = self._queue.popleft()
                self._bytes -= len(text)
                await socket.send_str(text)
                if self.nearly_read:
                    self._emptied.set()
                if self._behind and not self._queue:
                    self._reload(self)
            self._filled.clear()

    @property
    def _full(self) -> bool:
        return self._bytes > WAITING_BYTES or len(self._queue) >= WAITING_MESSAGES
