"""The storing of widgets' states, for readers after the session's end.

Owns which states are not stored yet, and when they are: while no cell runs, and as the host ends.
After the end of a host alone, its successor requests the states from the kernel, so nothing is
stored during a cell. It must not know SQLite.

Bounds: a state of more than `STORED_LIMIT` bytes is not stored, since writing it would delay all
clients. One step stores about `STEP` bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellbridge.core.packed_values import pack
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import WidgetModels
from cellbridge.session.host.publisher import Publisher

STORED_LIMIT = 16 * 1024 * 1024
STEP = 1024 * 1024
CALM_SECONDS = 2.0
"""Seconds between a change and its storing, in which further changes are collected."""
STEP_SECONDS = 0.05
"""Seconds between two steps."""


class WidgetSaver:
    """The states that are not stored yet."""

    def __init__(
        self,
        publisher: Publisher,
        loop: asyncio.AbstractEventLoop,
        models: Callable[[], WidgetModels],
        settle: Callable[[], None],
        running: Callable[[], bool],
    ) -> None:
        self._publisher = publisher
        self._loop = loop
        self._models = models
        self._settle = settle
        self._running = running
        self._unsaved: dict[str, None] = {}
        self._saved: set[str] = set()
        """The models that the store has of this kernel."""
        self._timer: asyncio.TimerHandle | None = None

    def note(self, model: str) -> None:
        """Note that a model has changed, or is gone."""
        self._unsaved[model] = None
        self._schedule(CALM_SECONDS)

    def stored(self) -> list[WidgetMessage]:
        """Return the stored states, each as an ``open`` message."""
        return self._publisher.stored_widgets()

    def reset(self) -> None:
        """Remove all stored states."""
        self._unsaved.clear()
        self._saved.clear()
        self._publisher.store_widgets({}, only=True)

    def close(self) -> None:
        """Store everything, for the last time."""
        self._settle()
        if self._timer is not None:
            self._timer.cancel()
        while self._unsaved:
            self._step()

    def _schedule(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._save)

    def _save(self) -> None:
        self._timer = None
        self._settle()
        if not self._running():
            self._step()
        if self._unsaved:
            self._schedule(CALM_SECONDS if self._running() else STEP_SECONDS)

    def _step(self) -> None:
        models, room = self._models(), STEP
        changed: dict[str, bytes | None] = {}
        while self._unsaved and room > 0:
            name = next(iter(self._unsaved))
            del self._unsaved[name]
            model = models.get(name)
            if model is None or model.size > STORED_LIMIT:
                changed[name] = None
            else:
                packed = changed[name] = pack(model.message(name))
                room -= len(packed)
                self._saved.add(name)
        if not self._unsaved:
            # Models that were dropped to stay within the limits.
            for name in [name for name in self._saved if name not in models]:
                self._saved.discard(name)
                changed[name] = None
        self._publisher.store_widgets(changed)
