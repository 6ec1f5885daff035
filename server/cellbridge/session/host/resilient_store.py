# Size: every fault of a store, with the way on from each.
"""The host's store, which survives every fault of the disk: full, locked, read-only, damaged.

Owns the store's present fault, its message, and when writing is tried again. It must not know
clients or the kernel; the publisher keeps the changes that are not stored yet.

Invariant: a file stays unchanged unless it is damaged; then it keeps its bytes under another name.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cellbridge.core.output.outputs import Output, SetOutput
from cellbridge.core.output.plots import PlotImage, PlotList
from cellbridge.core.packed_values import pack
from cellbridge.core.runs.runs import Run
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session.messages import RecoveryResult, RunView
from cellbridge.session.store import faults, free_space, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.faults import Fault, classify
from cellbridge.session.store.store import Store

RETRY_SECONDS = 1.0
"""Seconds until another attempt to write a store after a fault."""
LOCKED_OFTEN = 2
"""Consecutive failures after which a lock is reported; most locks are released by then."""

log = logging.getLogger(__name__)


class ResilientStore:
    """A session's store, which may be unusable at the moment."""

    def __init__(self, path: Path, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._name = name
        self._clock = clock
        self._store: Store | None = None
        """The store, open for writing."""
        self._view: Store | None = None
        """The store, open for reading, while it cannot be written."""
        self._restored = False
        self._fault: Fault | None = None
        self._message = ""
        self._failures, self._retry = 0, 0.0
        self._aside: Path | None = None
        """The damaged file that was put aside last."""
        self._replaced_runs: set[str] | None = None

    @property
    def storing(self) -> bool:
        """True while saved batches reach the disk."""
        return self._fault is None

    @property
    def notices(self) -> list[str]:
        """Sentences for the user about the store's present state."""
        reader, aside = self._store or self._view, self._aside
        unread = reader.unread if reader else 0
        locked_shortly = self._fault is Fault.LOCKED and self._failures < LOCKED_OFTEN
        return [
            *([faults.put_aside_message(self._name, aside)] if aside and aside.exists() else []),
            *([faults.unread_message(unread, self.path)] if unread else []),
            *([self._message] if self._fault and not locked_shortly else []),
        ]

    def open(self) -> list[RunView]:
        """Open the store as the host starts, waiting for a lock; return its runs."""
        if self._open(schema.LOCK_SECONDS) and self._store is not None:
            return self._read_runs(self._store)
        self._failures = LOCKED_OFTEN  # The host has waited for the lock.
        try:
            self._view = Store.open_for_reading(self.path) if self.path.exists() else None
        except (sqlite3.Error, OSError) as error:
            log.warning("The store cannot be read either: %s", error)
        return self._read_runs(self._view) if self._view is not None else []

    def late_runs(self) -> list[RunView]:
        """Return the runs of a store that could not be read before; empty at any later call."""
        if self._store is None or self._restored:
            return []
        return self._read_runs(self._store)

    def save(self, batch: Batch, *, now: bool = False) -> bool:
        """Write everything in ``batch``; return False if that is not possible at present.

        After a fault, a call tries again only every `RETRY_SECONDS`, or with ``now``.
        """
        if self._fault is not None and not now and self._clock() < self._retry:
            return False
        if self._store is None and not self._open(0.0) and not self._open_after_freeing(batch):
            return False
        for attempt in (self._write, self._write_after_freeing, self._write_to_new_file):
            if attempt(batch):
                self._fault, self._failures = None, 0
                return True
        return False

    def save_last(self, batch: Batch) -> None:
        """Write everything in ``batch`` as the host ends; wait for a lock."""
        if self._store is not None:
            self._store.wait_for_locks(schema.LOCK_SECONDS)
        else:
            self._open(schema.LOCK_SECONDS)
        self.save(batch, now=True)

    def take_replaced_runs(self) -> set[str] | None:
        """Return, once, the runs that a new file holds in place of a damaged one; else None."""
        taken, self._replaced_runs = self._replaced_runs, None
        return taken

    def sweep(self) -> bool:
        """Remove some outputs of forgotten runs; return True if more are left."""
        if self._store is None or self._fault is not None:
            return False
        try:
            return self._store.sweep()
        except sqlite3.Error as error:
            log.warning("The store could not be swept: %s", error)
            return False

    def outputs(self, run: str) -> list[Output]:
        """Return the stored outputs of a run with their whole texts."""
        reader = self._store or self._view
        try:
            return reader.outputs(run) if reader is not None else []
        except sqlite3.Error as error:
            log.warning("The outputs of a run cannot be read: %s", error)
            return []

    def widgets(self) -> list[WidgetMessage]:
        """Return the stored states of widgets; none if they cannot be read."""
        reader = self._store or self._view
        try:
            return reader.widgets() if reader is not None else []
        except sqlite3.Error as error:
            log.warning("The states of widgets cannot be read: %s", error)
            return []

    @property
    def plots_revision(self) -> tuple[Path | None, int]:
        """A value that changes with the history of plots."""
        return self._aside, self._store.plots_revision if self._store is not None else 0

    def plots(self) -> PlotList:
        """Return the history of plots, without the images."""
        reader = self._store or self._view
        try:
            return reader.plots() if reader is not None else PlotList()
        except sqlite3.Error as error:
            log.warning("The history of plots cannot be read: %s", error)
            return PlotList()

    def plot_image(self, plot_id: str) -> PlotImage | None:
        """Return an image of the history; None if it is not kept, or cannot be read."""
        reader = self._store or self._view
        try:
            return reader.plot_image(plot_id) if reader is not None else None
        except sqlite3.Error as error:
            log.warning("A plot cannot be read: %s", error)
            return None

    def clear(self) -> bool:
        """Remove the rest as all outputs are cleared; return True if a new file was created.

        That happens if parts cannot be read, or if the disk is too full to delete anything.
        """
        if self._fault is Fault.FULL:
            self.close()
            try:
                schema.remove(self.path)
            except OSError as error:
                self._note_fault(error)
                return False
            return self._open(0.0)
        if self._store is None or not self._store.unread:
            return False
        try:
            self._store.forget_unread()
        except sqlite3.Error as error:
            self._note_fault(error)
        return self._fault is Fault.DAMAGED and self._replace() is not None

    def recover(self, known: Callable[[], set[str]]) -> Iterator[RunView | RecoveryResult]:
        """Restore runs from damaged files that were put aside; yield each run, then the counts.

        A cell that is among ``known`` keeps the outputs that it has.
        """
        runs = older = unread = 0
        files = schema.list_put_aside(self.path)
        for file in files:
            try:
                source = Store.open_for_reading(file)
                for view in reversed(source.runs()):
                    if view.run.cell_id in known():
                        older += 1
                    elif self._insert_oldest(view.run, source.outputs(view.run.id)):
                        runs += 1
                        yield view
                unread += source.unread
                source.close()
            except (sqlite3.Error, OSError) as error:
                log.warning("%s cannot be read: %s", file, error)
                unread += 1
        yield RecoveryResult(runs, older, unread, [str(file) for file in files])

    def close(self) -> None:
        """Close the file."""
        for one in (self._store, self._view):
            if one is not None:
                one.close()
        self._store = self._view = None

    def _open(self, wait: float) -> bool:
        try:
            self._store = Store.open(self.path, wait)
        except (sqlite3.Error, OSError) as error:
            self._note_fault(error)
            return False
        self._fault = None
        if self._view is not None:
            self._view.close()
            self._view = None
        if self._store.put_aside is not None:
            self._aside = self._store.put_aside
            log.warning("The store was damaged and is kept in %s", self._aside)
        return True

    def _open_after_freeing(self, batch: Batch) -> bool:
        """Open the store on a full disk after deleting forgotten runs."""
        if self._fault is not Fault.FULL or not batch.forgotten:
            return False
        try:
            with contextlib.closing(schema.open_exclusive(self.path)) as connection:
                free_space.delete_runs(connection, batch.forgotten)
        except sqlite3.Error as error:
            log.warning("No room could be made on the disk: %s", error)
            return False
        batch.forgotten = []
        return self._open(0.0)

    def _read_runs(self, store: Store) -> list[RunView]:
        try:
            found = store.runs()
        except sqlite3.Error as error:
            self._note_fault(error)
            return []
        self._restored = True
        return found

    def _write(self, batch: Batch) -> bool:
        try:
            assert self._store is not None  # noqa: S101 (opened by the caller)
            self._store.save(batch)
        except sqlite3.Error as error:
            self._note_fault(error)
            return False
        return True

    def _write_after_freeing(self, batch: Batch) -> bool:
        """Write on a full disk after deleting forgotten runs."""
        if self._fault is not Fault.FULL or not batch.forgotten or self._store is None:
            return False
        try:
            self._store.reclaim(batch.forgotten)
        except sqlite3.Error as error:
            self._note_fault(error)
            return False
        batch.forgotten = []
        return self._write(batch)

    def _write_to_new_file(self, batch: Batch) -> bool:
        """Write to a new file, in place of one that has turned out to be damaged."""
        if self._fault is not Fault.DAMAGED or (aside := self._replace()) is None:
            return False
        self._copy(aside, set(batch.forgotten))
        return self._write(batch)

    def _replace(self) -> Path | None:
        """Create a new file and return the new path of the damaged one; None if that fails."""
        if self._store is not None:
            self._store.close()
            self._store = None
        try:
            aside = schema.put_aside(self.path)
        except OSError as error:
            self._note_fault(error)
            return None
        if not self._open(0.0):
            return None
        self._aside, self._replaced_runs = aside, set()
        log.warning("The store was damaged and is kept in %s", aside)
        return aside

    def _copy(self, aside: Path, without: set[str]) -> None:
        """Copy the readable runs and cells of a file that was in use until now."""
        taken = set[str]()
        try:
            source = Store.open_for_reading(aside)
            views = source.runs()
            self._copy_plots(source, {view.run.id for view in views} | without)
            for view in views:
                run = view.run
                if self._store is not None and run.id not in without:
                    outputs = source.outputs(run.id)
                    ops = [(run.id, SetOutput(at, output)) for at, output in enumerate(outputs)]
                    self._store.save(Batch({run.id: run}, [*ops]))
                    taken.add(run.id)
            if self._store is not None:
                self._store.save_cells(source.cells())
                states = {one.model: pack(one) for one in source.widgets()}
                self._store.save(Batch(widgets={**states}))
            source.close()
        except (sqlite3.Error, OSError) as error:
            log.warning("Not all of %s could be taken over: %s", aside, error)
        self._replaced_runs = taken

    def _copy_plots(self, source: Store, except_of: set[str]) -> None:
        """Copy the history of plots, except the images of runs that are copied themselves."""
        for plot in source.plots().plots:
            image = source.plot_image(plot.id) if plot.run not in except_of else None
            if image is not None and self._store is not None:
                self._store.add_plot(plot, image.data)

    def _insert_oldest(self, run: Run, outputs: list[Output]) -> bool:
        try:
            if self._store is not None:
                self._store.insert_oldest(run, outputs)
        except sqlite3.Error as error:
            self._note_fault(error)
        return self._store is not None and self._fault is None

    def _note_fault(self, error: Exception) -> None:
        self._fault = classify(error, self.path)
        self._failures += 1
        self._retry = self._clock() + RETRY_SECONDS
        message = faults.not_stored_message(self._fault, self._name, self.path, error)
        if message != self._message:
            self._message = message
            log.warning("%s (%s)", message, error)
