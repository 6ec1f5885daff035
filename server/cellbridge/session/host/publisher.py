# Size: the one way of every change, to the store and to clients.
"""The publisher of a session's changes: to the store, then to clients, at a bounded pace.

Owns the outputs of every run in bounded form, when a batch is stored (pending_changes.py collects
it), and the sequence numbers of events. It must not know the kernel, the queue's rules or sockets.

Invariant: a change is stored before it is sent to clients, or the store cannot be written and a
notice reports that. Under load, at most one batch is sent per `PACE` seconds, or for each
`BATCH_LIMIT` characters; a change after a quiet moment, and the end of a run, are sent at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from cellbridge.core.output.output_mirror import Pending
from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Op, Output, SetOutput
from cellbridge.core.runs.agents import AgentStatus
from cellbridge.core.runs.runs import KernelStatus, Run
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session import initial_state, wire
from cellbridge.session.host.pending_changes import PendingChanges, op_size
from cellbridge.session.host.resilient_store import RETRY_SECONDS, ResilientStore
from cellbridge.session.host.session_status import SessionStatus
from cellbridge.session.messages import (
    Event,
    Events,
    OutputsChanged,
    RunChanged,
    RunsForgotten,
    RunView,
    StoredCell,
)
from cellbridge.session.store.batch import Batch

PACE = 0.03
"""Seconds between two batches under load: about as often as a screen can show them."""
BATCH_LIMIT = 512 * 1024
"""Characters after which a batch is sent at once: storing and sending ten images in one step would
take so long that no client would be served in the meantime."""
SWEEP_UNDER_LOAD = 1.0
"""Seconds between two sweep steps while output arrives, instead of `PACE`: the space they free is
not urgent, and a step takes as long as a batch."""


class Subscriber(Protocol):
    """A receiver of every batch."""

    def publish(self, frame: bytes) -> None:
        """Take one encoded batch without waiting."""
        ...

    def plots_changed(self) -> None:
        """React to a change of the history of plots."""
        ...


class Publisher:
    """The only path from a session's parts to its store and its clients."""

    def __init__(self, storage: ResilientStore, loop: asyncio.AbstractEventLoop) -> None:
        self._storage = storage
        self._loop = loop
        self._logs: dict[str, OutputLog] = {}
        self._runs: dict[str, Run] = {}
        self._pending: dict[str, Pending] = {}
        self._changed: dict[str, Run] = {}
        self._forgotten: list[str] = []
        self._pending_changes = PendingChanges()
        self._on_late_runs: Callable[[Sequence[RunView]], None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._pending_size = 0
        """Characters since the last batch."""
        self._status = SessionStatus()
        self._subscribers: set[Subscriber] = set()
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._last = -PACE
        self._plots_revision = storage.plots_revision

    @property
    def kernel(self) -> KernelStatus:
        """The kernel status that clients received last."""
        return self._status.kernel

    @property
    def agents(self) -> AgentStatus:
        """The session's agents."""
        return self._status.agents

    def restore(self, views: Iterable[RunView]) -> None:
        """Add runs that are already stored."""
        self._add_views(views)
        self.sweep()

    def on_late_runs(self, late: Callable[[Sequence[RunView]], None]) -> None:
        """Call ``late`` with the stored runs if the store can be read only later."""
        self._on_late_runs = late

    def add_stored(self, views: Sequence[RunView]) -> None:
        """Add stored runs while the session runs, and send them to the clients."""
        self._add_views(views)
        for view in views:
            self._changed[view.run.id] = view.run
            pending = self._pending.setdefault(view.run.id, Pending())
            for place, output in enumerate(view.outputs):
                pending.note(SetOutput(place, output))
        self._schedule(urgent=False)

    def _add_views(self, views: Iterable[RunView]) -> None:
        for view in views:
            self._runs[view.run.id] = view.run
            self._logs[view.run.id] = OutputLog.resume(view.outputs)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Send every batch from now on to ``subscriber``, which has the present welcome."""
        self._subscribers.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send nothing more to ``subscriber``."""
        self._subscribers.discard(subscriber)

    @property
    def subscribers(self) -> int:
        """The number of clients that receive events."""
        return len(self._subscribers)

    def welcome(self) -> Iterator[bytes]:
        """Return the frames of the whole present state; nothing in them is sent again."""
        self.flush()
        views = [
            RunView(run, list(self._logs[run_id].outputs) if run_id in self._logs else [])
            for run_id, run in self._runs.items()
        ]
        status = self._status
        return initial_state.encode_state(
            self._seq, status.kernel, views, status.notices, status.agents
        )

    def whole_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts, as far as those are kept."""
        self.flush()
        whole = self._pending_changes.batch.apply_to(run_id, self._storage.outputs(run_id))
        known = self._logs[run_id].outputs if run_id in self._logs else []
        return whole if len(whole) >= len(known) else list(known)

    def cells_with_runs(self) -> set[str]:
        """Return the ids of the cells that have runs."""
        return {run.cell_id for run in self._runs.values()}

    def store_cells(self, cells: Sequence[StoredCell]) -> None:
        """Store the present cells of the document."""
        self._pending_changes.batch.cells = cells
        self.flush()

    def store_widgets(self, changed: Mapping[str, bytes | None], *, only: bool = False) -> None:
        """Store states of widgets; None removes one, and ``only`` all others."""
        self._pending_changes.add_widgets(changed, only=only)
        self._schedule(urgent=False)

    def stored_widgets(self) -> list[WidgetMessage]:
        """Return the stored states of widgets, each as an ``open`` message."""
        self.flush()
        return self._storage.widgets()

    def outputs_of(self, run_id: str) -> OutputLog:
        """Return the outputs of a run, to apply messages to; then call `outputs_changed`."""
        return self._logs.setdefault(run_id, OutputLog())

    def kernel_changed(self, kernel: KernelStatus, notices: list[str]) -> None:
        """Take the kernel's new status and its notices for the user."""
        if self._status.set_kernel(kernel, notices):
            self._schedule(urgent=True)

    def agents_changed(self, agents: AgentStatus) -> None:
        """Take the session's present agents."""
        if self._status.set_agents(agents):
            self._schedule(urgent=True)

    def runs_changed(self, runs: Iterable[Run]) -> None:
        """Take runs that are new or have changed."""
        for run in runs:
            self._runs[run.id] = run
            self._changed[run.id] = run
            self._pending_changes.add_run(run)
            self._schedule(urgent=run.state.final or run.waiting is not None)

    def outputs_changed(self, run_id: str, ops: Iterable[Op]) -> None:
        """Take operations, with whole texts, that have changed the outputs of a run."""
        for op in ops:
            self._pending.setdefault(run_id, Pending()).note(op)
            self._pending_size += op_size(op)
            known = self._runs.get(run_id)
            self._pending_changes.add_op(known, run_id, op, storing=self._storage.storing)
            self._schedule(urgent=False)
        if self._pending_size > BATCH_LIMIT:
            self.flush()

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop these runs and their outputs."""
        gone = [run_id for run_id in run_ids if self._runs.pop(run_id, None) is not None]
        for run_id in gone:
            self._logs.pop(run_id, None)
            self._pending.pop(run_id, None)
            self._changed.pop(run_id, None)
        if gone:
            self._pending_changes.forget(gone)
            self._forgotten.extend(gone)
            self._schedule(urgent=False)

    def clear_store(self) -> None:
        """Reduce the store to the runs under way, since all outputs were cleared."""
        whole = {run_id: self.whole_outputs(run_id) for run_id in [*self._runs]}
        self._pending_changes.batch.clear_plots = True
        if self._storage.clear():
            self._storage.take_replaced_runs()
            self._pending_changes.start_batch()
            self._store_again(whole)
        self.flush(at_once=True)

    def close(self) -> None:
        """Store the pending changes for the last time."""
        if self._pending_changes.batch:
            self._storage.save_last(self._pending_changes.batch)
        for timer in (self._timer, self._retry, self._sweeping):
            if timer is not None:
                timer.cancel()

    def flush(self, *, at_once: bool = False) -> None:
        """Store and send all pending changes; ``at_once``: even if storing has just failed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = self._loop.time()
        self._pending_size = 0
        self._save(at_once)
        if events := self._take_events():
            self._seq += 1
            frame = wire.encode(Events(self._seq, events))
            for subscriber in list(self._subscribers):
                subscriber.publish(frame)
        self._note_plots()

    def sweep(self) -> None:
        """Have the store remove the outputs of forgotten runs, a little at a time."""
        self._sweeping = None
        if self._storage.sweep():
            loaded = self._loop.time() - self._last < 2 * PACE
            pause = SWEEP_UNDER_LOAD if loaded else PACE
            self._sweeping = self._loop.call_later(pause, self.sweep)
        self._note_plots()

    def _note_plots(self) -> None:
        """Notify the clients if the history of plots has changed."""
        before, self._plots_revision = self._plots_revision, self._storage.plots_revision
        if self._plots_revision != before:
            for subscriber in list(self._subscribers):
                subscriber.plots_changed()

    def _take_events(self) -> list[Event]:
        events: list[Event] = []
        if self._forgotten:
            events.append(RunsForgotten(self._forgotten))
            self._forgotten = []
        stored = self._storage.notices + (
            [] if self._storage.storing else self._pending_changes.notices
        )
        events += self._status.take_events(stored)
        # Outputs precede the run's own state, so that "done" is never shown over half an output.
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
        if batch := self._pending_changes.batch:
            if self._storage.save(batch, now=at_once):
                self._after_save(batch)
            elif self._retry is None:
                self._retry = self._loop.call_later(RETRY_SECONDS, self._try_again)

    def _after_save(self, batch: Batch) -> None:
        caught_up = self._retry is not None
        if (batch.forgotten or caught_up) and self._sweeping is None:
            self._sweeping = self._loop.call_later(PACE, self.sweep)
        self._pending_changes.start_batch()
        if (replaced := self._storage.take_replaced_runs()) is not None:
            unread = {*self._runs} - replaced - batch.runs.keys()
            self._store_again({run_id: self.outputs_of(run_id).outputs for run_id in unread})
        if self._on_late_runs is not None and (found := self._storage.late_runs()):
            self._on_late_runs([view for view in found if view.run.id not in self._runs])

    def _store_again(self, runs: Mapping[str, Sequence[Output]]) -> None:
        """Store runs with these outputs again, since a new file does not have them."""
        for run_id, outputs in runs.items():
            self._pending_changes.add_run(self._runs[run_id])
            for place, output in enumerate(outputs):
                known = self._runs[run_id]
                self._pending_changes.add_op(known, run_id, SetOutput(place, output), storing=True)
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
