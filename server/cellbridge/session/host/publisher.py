"""From what happens in a session to its store and its clients, in that order and at a bounded pace.

Owns the outputs of every run in bounded form, the batch that is not stored yet, and the numbering
of what clients are sent. It must not know the kernel, the queue's rules or sockets.

Invariant: what a client is told has been stored before. At most one batch is sent per `PACE`
seconds under load, or for each `BATCH_LIMIT` characters; a change after a quiet moment, and the end
of a run, are sent at once.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from cellbridge.core.outputs import Display, Op, Put, Write
from cellbridge.core.reduce import OutputLog
from cellbridge.core.runs import KernelState, KernelStatus, Run
from cellbridge.core.view import Pending
from cellbridge.session import welcoming, wire
from cellbridge.session.batch import Batch
from cellbridge.session.messages import (
    Event,
    Events,
    KernelChanged,
    OutputsChanged,
    RunChanged,
    RunsForgotten,
    RunView,
)
from cellbridge.session.store import Store

PACE = 0.03
"""Seconds between two batches under load: about what a screen can show."""
BATCH_LIMIT = 512 * 1024
"""Characters that make a batch by themselves: to store and send ten pictures at once would take so
long that nobody is answered meanwhile."""
SWEEP_UNDER_LOAD = 1.0
"""Seconds between two steps of sweeping while output comes, instead of `PACE`: nobody waits for the
room it makes, and a step takes as long as a batch."""
UNSAVED_LIMIT = 64 * 1024 * 1024
"""Characters kept in memory while the store cannot be written; beyond it, output is dropped and
the session says so."""

log = logging.getLogger(__name__)


class Subscriber(Protocol):
    """Somebody who is sent every batch."""

    def publish(self, frame: bytes) -> None:
        """Take one encoded batch; must not wait."""
        ...


class Publisher:
    """The one way from a session's inside to its store and its clients."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self._logs: dict[str, OutputLog] = {}
        self._runs: dict[str, Run] = {}
        self._pending: dict[str, Pending] = {}
        self._changed: dict[str, Run] = {}
        self._forgotten: list[str] = []
        self._batch = Batch()
        self._unsaved = 0
        self._gathered = 0
        """Characters since the last batch."""
        self._kernel = KernelStatus(KernelState.ABSENT)
        self._kernel_changed = False
        self._subscribers: set[Subscriber] = set()
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._last = -PACE

    @property
    def kernel(self) -> KernelStatus:
        """What clients have been told of the kernel last."""
        return self._kernel

    def restore(self, views: Iterable[RunView]) -> None:
        """Take in runs that are stored already."""
        for view in views:
            self._runs[view.run.id] = view.run
            self._logs[view.run.id] = OutputLog.going_on(view.outputs)
        self.sweep()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Send every batch from now on to ``subscriber``, who has the welcome of this moment."""
        self._subscribers.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send nothing more to ``subscriber``."""
        self._subscribers.discard(subscriber)

    @property
    def subscribers(self) -> int:
        """How many clients follow the session."""
        return len(self._subscribers)

    def welcome(self) -> Iterator[bytes]:
        """Return the frames that tell everything up to now; nothing in them is sent again."""
        self.flush()
        views = [
            RunView(run, list(self._logs[run_id].outputs) if run_id in self._logs else [])
            for run_id, run in self._runs.items()
        ]
        return welcoming.frames(self._seq, self._kernel, views)

    def outputs_of(self, run_id: str) -> OutputLog:
        """Return the outputs of a run, to apply messages to; tell `outputs_changed` of it."""
        return self._logs.setdefault(run_id, OutputLog())

    def kernel_changed(self, kernel: KernelStatus) -> None:
        """The kernel's status is now this."""
        if kernel != self._kernel:
            self._kernel = kernel
            self._kernel_changed = True
            self._schedule(urgent=True)

    def runs_changed(self, runs: Iterable[Run]) -> None:
        """These runs are new or have changed."""
        for run in runs:
            self._runs[run.id] = run
            self._changed[run.id] = run
            self._batch.runs[run.id] = run
            self._schedule(urgent=run.state.final or run.waiting is not None)

    def outputs_changed(self, run_id: str, ops: Iterable[Op]) -> None:
        """The outputs of a run have changed by these operations, with whole texts."""
        for op in ops:
            self._pending.setdefault(run_id, Pending()).note(op)
            self._gathered += weight(op)
            size = len(op.text) if isinstance(op, Write) else 1024 if isinstance(op, Put) else 0
            if self._unsaved + size <= UNSAVED_LIMIT or not isinstance(op, Write):
                self._batch.ops.append((run_id, op))
                self._unsaved += size
            self._schedule(urgent=False)
        if self._gathered > BATCH_LIMIT:
            self.flush()

    def forget(self, run_ids: Iterable[str]) -> None:
        """These runs and their outputs are gone."""
        for run_id in run_ids:
            if self._runs.pop(run_id, None) is None:
                continue
            self._logs.pop(run_id, None)
            self._pending.pop(run_id, None)
            self._changed.pop(run_id, None)
            self._batch.runs.pop(run_id, None)
            self._batch.ops = [(run, op) for run, op in self._batch.ops if run != run_id]
            self._batch.forgotten.append(run_id)
            self._forgotten.append(run_id)
            self._schedule(urgent=False)

    def flush(self) -> None:
        """Store and send what has gathered, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = self._loop.time()
        self._gathered = 0
        self._save()
        events = self._take_events()
        if not events:
            return
        self._seq += 1
        frame = wire.encode(Events(self._seq, events))
        for subscriber in list(self._subscribers):
            subscriber.publish(frame)

    def sweep(self) -> None:
        """Have the store remove what forgotten runs have left, a little at a time."""
        self._sweeping = None
        try:
            more = self._store.sweep()
        except sqlite3.Error as error:
            log.warning("The store could not be swept: %s", error)
            return
        if more:
            loaded = self._loop.time() - self._last < 2 * PACE
            pause = SWEEP_UNDER_LOAD if loaded else PACE
            self._sweeping = self._loop.call_later(pause, self.sweep)

    def _take_events(self) -> list[Event]:
        events: list[Event] = []
        if self._forgotten:
            events.append(RunsForgotten(self._forgotten))
            self._forgotten = []
        if self._kernel_changed:
            events.append(KernelChanged(self._kernel))
            self._kernel_changed = False
        # Outputs go before the run's own state, so that "done" is never shown over half an output.
        for run_id, pending in self._pending.items():
            if run_id not in self._runs:
                continue
            if run_id in self._changed and not self._changed[run_id].state.final:
                events.append(RunChanged(self._changed.pop(run_id)))
            events.append(OutputsChanged(run_id, pending.take(self._logs[run_id].outputs)))
        events.extend(RunChanged(run) for run in self._changed.values())
        self._pending.clear()
        self._changed.clear()
        return events

    def _save(self) -> None:
        if not self._batch:
            return
        try:
            self._store.save(self._batch)
        except sqlite3.Error as error:
            # The batch stays and is tried again with the next one; its bound is `UNSAVED_LIMIT`.
            log.warning("The store cannot be written: %s", error)
            message = (
                f"Outputs cannot be stored ({error}); free space for {self._store.path}, "
                "they are tried again with the next output."
            )
            if self._kernel.message != message:
                status = self._kernel
                self._kernel = msgspec.structs.replace(status, message=message)
                self._kernel_changed = True
        else:
            if self._batch.forgotten and self._sweeping is None:
                self._sweeping = self._loop.call_later(PACE, self.sweep)
            self._batch = Batch()
            self._unsaved = 0

    def _schedule(self, *, urgent: bool) -> None:
        due = self._loop.time() if urgent else self._last + PACE
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self.flush)


def weight(op: Op) -> int:
    """Return how many characters an operation brings, about."""
    match op:
        case Write(text=text):
            return len(text)
        case Put(output=Display(data=data)):
            return sum(len(part) for part in data.values() if isinstance(part, str))
        case _:
            return 0


Clock = Callable[[], float]
"""Seconds since the epoch."""
