"""The clients that watch the widgets of a session.

Owns which changes each client has not received yet, and when they are sent: at once after a quiet
moment, else once per `PACE` seconds. It must not know the kernel or sockets.

Bounds: the waiting changes of a client are joined (core/widgets/pending.py), so their size does not
depend on their number. A client that does not read its messages gets no more until it does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import WidgetModels
from cellbridge.core.widgets.pending import PendingMessages
from cellbridge.session import wire
from cellbridge.session.widget_messages import WidgetsChanged

PACE = 0.03
"""Seconds between two messages to a client: about as often as a screen can show changes."""
PIECE = 512 * 1024
"""Approximate bytes of the states in one frame; a single model may be larger."""
BACKLOG_LIMIT = 4 * 1024 * 1024
"""Unread bytes beyond which the changes for a client wait."""

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """A client, as far as it is needed here."""

    @property
    def backlog(self) -> int:
        """Bytes that the client has not read yet."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """Send a frame."""
        ...

    def send_frames(self, frames: Iterator[bytes]) -> None:
        """Send frames in order, each created when the one before has left."""
        ...


class Watchers:
    """All clients that watch."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        models: Callable[[], WidgetModels],
        settle: Callable[[], None],
    ) -> None:
        """Create the list; ``settle`` brings the models up to date before they are sent."""
        self._loop = loop
        self._models = models
        self._settle = settle
        self._waiting: dict[Watcher, PendingMessages] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last = -PACE

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, client: Watcher) -> None:
        """Send a client all states, and each change from now on."""
        self._settle()
        self._waiting[client] = PendingMessages()
        client.send_frames(self._states([*self._models()]))

    def remove(self, client: Watcher) -> None:
        """Send nothing more to a client."""
        self._waiting.pop(client, None)

    def publish(self, news: WidgetMessage, sender: Watcher | None = None) -> None:
        """Send a change to all clients except for its sender."""
        for client, waiting in self._waiting.items():
            if client is not sender:
                waiting.add(news)
        self.wake()

    def wake(self) -> None:
        """Send what waits, or has to be settled, soon."""
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_at(self._last + PACE, self._flush)

    def reset(self) -> None:
        """Send all clients the present states in place of those before."""
        for client, waiting in self._waiting.items():
            waiting.take()
            client.send_frames(self._states([*self._models()]))

    def close(self) -> None:
        """Send what waits, and nothing more."""
        self._flush()
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()

    def _flush(self) -> None:
        self._timer, self._last = None, self._loop.time()
        self._settle()
        lost = self._models().lost
        for client, waiting in self._waiting.items():
            if waiting and client.backlog <= BACKLOG_LIMIT:
                if waiting.dropped:
                    log.warning("%d custom messages of widgets were dropped", waiting.dropped)
                    waiting.dropped = 0
                frame = wire.encode(WidgetsChanged(waiting.take(), lost=lost))
                client.send_frame(frame)
        if self._timer is None and any(self._waiting.values()):
            self._timer = self._loop.call_later(PACE, self._flush)

    def _states(self, names: Sequence[str]) -> Iterator[bytes]:
        """Yield the states of these models in frames.

        A frame is created when it is sent, so it may hold changes that are sent again later.
        """
        models, reset = self._models(), True
        piece: list[WidgetMessage] = []
        size = 0
        for message in models.messages(names):
            known = models.get(message.model)
            piece.append(message)
            size += known.size if known is not None else 0
            if size > PIECE:
                yield wire.encode(WidgetsChanged(piece, reset, models.lost))
                piece, size, reset = [], 0, False
        if piece or reset:
            yield wire.encode(WidgetsChanged(piece, reset, models.lost))
