"""From what happens in a session to its store and its clients, in that order and at a bounded pace.

Owns the outputs of every run in bounded form, when a batch is stored (pending_changes.py gathers
it), and the numbering of what clients are sent. It must not know the kernel, the queue's rules or
sockets.

Invariant: what a client is told has been stored before, or the store cannot be written and a notice
says so. At most one batch is sent per `PACE`
seconds under load, or for each `BATCH_LIMIT` characters; a change after a quiet moment, and the end
of a run, are sent at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from cellbridge.core.output.output_mirror import Pending
from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Op, Output, SetOutput
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run
from cellbridge.session import initial_state, wire
from cellbridge.session.host.pending_changes import Unsaved, weight
from cellbridge.session.host.resilient_store import RETRY, Storage
from cellbridge.session.messages import (
    Event,
    Events,
    KernelChanged,
    Notices,
    NoticesChanged,
    OutputsChanged,
    RunChanged,
    RunsForgotten,
    RunView,
    StoredCell,
)
from cellbridge.session.store.batch import Batch

PACE = 0.03
"""Seconds between two batches under load: about what a screen can show."""
BATCH_LIMIT = 512 * 1024
"""Characters that make a batch by themselves: to store and send ten pictures at once would take so
long that nobody is answered meanwhile."""
SWEEP_UNDER_LOAD = 1.0
"""Seconds between two steps of sweeping while output comes, instead of `PACE`: nobody waits for the
room it makes, and a step takes as long as a batch."""


class Subscriber(Protocol):
    """Somebody who is sent every batch."""

    def publish(self, frame: bytes) -> None:
        """Take one encoded batch; must not wait."""
        ...


class Publisher:
    """The one way from a session's inside to its store and its clients."""

    def __init__(self, storage: Storage, loop: asyncio.AbstractEventLoop) -> None:
        self._storage = storage
        self._loop = loop
        self._logs: dict[str, OutputLog] = {}
        self._runs: dict[str, Run] = {}
        self._pending: dict[str, Pending] = {}
        self._changed: dict[str, Run] = {}
        self._forgotten: list[str] = []
        self._unsaved = Unsaved()
        self._notices = Notices()
        """What clients have been told that the user should know."""
        self._late: Callable[[Sequence[RunView]], None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._gathered = 0
        """Characters since the last batch."""
        self._kernel = KernelStatus(KernelState.ABSENT)
        self._kernel_changed = False
        self._kernel_notices: list[str] = []
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
        self._take_in(views)
        self.sweep()

    def when_found(self, late: Callable[[Sequence[RunView]], None]) -> None:
        """Call ``late`` with the stored runs, where the store can only be read later."""
        self._late = late

    def add_stored(self, views: Sequence[RunView]) -> None:
        """Take in stored runs while the session goes on, and send them to the clients."""
        self._take_in(views)
        for view in views:
            self._changed[view.run.id] = view.run
            pending = self._pending.setdefault(view.run.id, Pending())
            for place, output in enumerate(view.outputs):
                pending.note(SetOutput(place, output))
        self._schedule(urgent=False)

    def _take_in(self, views: Iterable[RunView]) -> None:
        for view in views:
            self._runs[view.run.id] = view.run
            self._logs[view.run.id] = OutputLog.resume(view.outputs)

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
        return initial_state.frames(self._seq, self._kernel, views, self._notices)

    def whole_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts, as far as they are kept."""
        self.flush()
        whole = self._unsaved.batch.over(run_id, self._storage.outputs(run_id))
        known = self._logs[run_id].outputs if run_id in self._logs else []
        return whole if len(whole) >= len(known) else list(known)

    def cells_known_to_have_runs(self) -> set[str]:
        """Return the cells that a run is known of."""
        return {run.cell_id for run in self._runs.values()}

    def remember(self, cells: Sequence[StoredCell]) -> None:
        """Store the cells of the document as they stand."""
        self._unsaved.batch.cells = cells
        self.flush()

    def outputs_of(self, run_id: str) -> OutputLog:
        """Return the outputs of a run, to apply messages to; tell `outputs_changed` of it."""
        return self._logs.setdefault(run_id, OutputLog())

    def kernel_changed(self, kernel: KernelStatus, notices: list[str]) -> None:
        """The kernel's status is now this, and this is what the user should know of it."""
        if (kernel, notices) != (self._kernel, self._kernel_notices):
            self._kernel, self._kernel_notices = kernel, notices
            self._kernel_changed = True
            self._schedule(urgent=True)

    def runs_changed(self, runs: Iterable[Run]) -> None:
        """These runs are new or have changed."""
        for run in runs:
            self._runs[run.id] = run
            self._changed[run.id] = run
            self._unsaved.note(run)
            self._schedule(urgent=run.state.final or run.waiting is not None)

    def outputs_changed(self, run_id: str, ops: Iterable[Op]) -> None:
        """The outputs of a run have changed by these operations, with whole texts."""
        for op in ops:
            self._pending.setdefault(run_id, Pending()).note(op)
            self._gathered += weight(op)
            known = self._runs.get(run_id)
            self._unsaved.keep(known, run_id, op, storing=self._storage.storing)
            self._schedule(urgent=False)
        if self._gathered > BATCH_LIMIT:
            self.flush()

    def forget(self, run_ids: Iterable[str]) -> None:
        """These runs and their outputs are gone."""
        gone = [run_id for run_id in run_ids if self._runs.pop(run_id, None) is not None]
        for run_id in gone:
            self._logs.pop(run_id, None)
            self._pending.pop(run_id, None)
            self._changed.pop(run_id, None)
        if gone:
            self._unsaved.forget(gone)
            self._forgotten.extend(gone)
            self._schedule(urgent=False)

    def cleared(self) -> None:
        """All outputs were cleared: the store shall hold nothing but the runs under way."""
        whole = {run_id: self.whole_outputs(run_id) for run_id in [*self._runs]}
        if self._storage.cleared():
            self._storage.taken_over()
            self._unsaved.saved()
            self._store_again(whole)
        self.flush(at_once=True)

    def close(self) -> None:
        """Store what has gathered, for the last time."""
        if self._unsaved.batch:
            self._storage.save_last(self._unsaved.batch)
        for timer in (self._timer, self._retry, self._sweeping):
            if timer is not None:
                timer.cancel()

    def flush(self, *, at_once: bool = False) -> None:
        """Store and send what has gathered, now; ``at_once`` even if storing failed just before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = self._loop.time()
        self._gathered = 0
        self._save(at_once)
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
        if self._storage.sweep():
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
        stored = self._storage.notices + ([] if self._storage.storing else self._unsaved.notices)
        if (notices := Notices(stored, self._kernel_notices)) != self._notices:
            self._notices = notices
            events.append(NoticesChanged(notices))
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

    def _save(self, at_once: bool) -> None:  # noqa: FBT001 (passed through)
        if batch := self._unsaved.batch:
            if self._storage.save(batch, now=at_once):
                self._saved(batch)
            elif self._retry is None:
                self._retry = self._loop.call_later(RETRY, self._try_again)

    def _saved(self, batch: Batch) -> None:
        caught_up = self._retry is not None
        if (batch.forgotten or caught_up) and self._sweeping is None:
            self._sweeping = self._loop.call_later(PACE, self.sweep)
        self._unsaved.saved()
        if (there := self._storage.taken_over()) is not None:
            unread = {*self._runs} - there - batch.runs.keys()
            self._store_again({run_id: self.outputs_of(run_id).outputs for run_id in unread})
        if self._late is not None and (found := self._storage.found_late()):
            self._late([view for view in found if view.run.id not in self._runs])

    def _store_again(self, runs: Mapping[str, Sequence[Output]]) -> None:
        """Store runs with these outputs, since a new file does not have them."""
        for run_id, outputs in runs.items():
            self._unsaved.note(self._runs[run_id])
            for place, output in enumerate(outputs):
                known = self._runs[run_id]
                self._unsaved.keep(known, run_id, SetOutput(place, output), storing=True)
            self._schedule(urgent=False)

    def _try_again(self) -> None:
        self._retry = None
        self.flush()

    def _schedule(self, *, urgent: bool) -> None:
        due = self._loop.time() if urgent else self._last + PACE
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self.flush)


Clock = Callable[[], float]
"""Seconds since the epoch."""
