"""The host's store through everything that a disk can do: full, locked, read-only, damaged.

Owns whether the session stores, why it does not, and when that is tried again. It must not know
clients or the kernel; what is not stored yet is the publisher's to keep.

Invariant: a file is left as it is unless it is damaged; then it keeps its bytes under another name.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cellbridge.core.output.outputs import Output, SetOutput
from cellbridge.core.runs.runs import Run
from cellbridge.session.messages import Recovered, RunView
from cellbridge.session.store import faults, free_space, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.faults import Fault, fault_of
from cellbridge.session.store.store import Store

RETRY = 1.0
"""Seconds until a store that could not be written is tried again."""
LOCKED_OFTEN = 2
"""Failures in a row after which a lock is reported: most are gone by then."""

log = logging.getLogger(__name__)


class Storage:
    """A session's store, which may not be usable at the moment."""

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
        self._said = ""
        self._failures = 0
        self._retry = 0.0
        self._aside: Path | None = None
        """The damaged file that was put aside last."""
        self._taken_over: set[str] | None = None

    @property
    def storing(self) -> bool:
        """True while what is saved reaches the disk."""
        return self._fault is None

    @property
    def notices(self) -> list[str]:
        """Sentences about the store that the user should know of, as it stands."""
        reader, aside = self._store or self._view, self._aside
        locked_shortly = self._fault is Fault.LOCKED and self._failures < LOCKED_OFTEN
        return [
            *([faults.put_aside(self._name, aside)] if aside and aside.exists() else []),
            *([faults.unread(reader.unread, self.path)] if reader and reader.unread else []),
            *([self._said] if self._fault and not locked_shortly else []),
        ]

    def open(self) -> list[RunView]:
        """Open the store as the host starts, waiting for a lock; return the runs that it holds."""
        if self._opened(schema.LOCK_SECONDS) and self._store is not None:
            return self._runs_of(self._store)
        self._failures = LOCKED_OFTEN  # It has been waited for.
        try:
            self._view = Store.view(self.path) if self.path.exists() else None
        except (sqlite3.Error, OSError) as error:
            log.warning("The store cannot be read either: %s", error)
        return self._runs_of(self._view) if self._view is not None else []

    def found_late(self) -> list[RunView]:
        """Return the runs of a store that could not be read before; once, and often none."""
        if self._store is None or self._restored:
            return []
        return self._runs_of(self._store)

    def save(self, batch: Batch, *, now: bool = False) -> bool:
        """Write everything in ``batch``; False where that cannot be done at present.

        It is not tried at every call then, but once in a while, or ``now``.
        """
        if self._fault is not None and not now and self._clock() < self._retry:
            return False
        if self._store is None and not self._opened(0.0) and not self._opened_with_room(batch):
            return False
        for attempt in (self._written, self._written_with_room, self._written_anew):
            if attempt(batch):
                self._fault, self._failures = None, 0
                return True
        return False

    def save_last(self, batch: Batch) -> None:
        """Write everything in ``batch`` as the host ends, waiting for a lock."""
        if self._store is not None:
            self._store.wait_for_locks(schema.LOCK_SECONDS)
        else:
            self._opened(schema.LOCK_SECONDS)
        self.save(batch, now=True)

    def taken_over(self) -> set[str] | None:
        """Return the runs that a new file holds in place of a damaged one, once it is there."""
        taken, self._taken_over = self._taken_over, None
        return taken

    def sweep(self) -> bool:
        """Remove a little of what forgotten runs have left; return whether there is more."""
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

    def cleared(self) -> bool:
        """Forget what is left as all outputs are cleared; return whether a new file was begun.

        That is so where parts cannot be read, and on a disk so full that nothing can be deleted.
        """
        if self._fault is Fault.FULL:
            self.close()
            try:
                schema.remove(self.path)
            except OSError as error:
                self._failed(error)
                return False
            return self._opened(0.0)
        if self._store is None or not self._store.unread:
            return False
        try:
            self._store.forget_unread()
        except sqlite3.Error as error:
            self._failed(error)
        return self._fault is Fault.DAMAGED and self._replace() is not None

    def recover(self, known: Callable[[], set[str]]) -> Iterator[RunView | Recovered]:
        """Restore runs from damaged files that were put aside: each run, and the counts at the end.

        A cell that is ``known`` to have outputs keeps those it has.
        """
        runs = older = unread = 0
        files = schema.put_aside_before(self.path)
        for file in files:
            try:
                source = Store.view(file)
                for view in reversed(source.runs()):
                    if view.run.cell_id in known():
                        older += 1
                    elif self._saved_before(view.run, source.outputs(view.run.id)):
                        runs += 1
                        yield view
                unread += source.unread
                source.close()
            except (sqlite3.Error, OSError) as error:
                log.warning("%s cannot be read: %s", file, error)
                unread += 1
        yield Recovered(runs, older, unread, [str(file) for file in files])

    def close(self) -> None:
        """Close the file."""
        for one in (self._store, self._view):
            if one is not None:
                one.close()
        self._store = self._view = None

    def _opened(self, wait: float) -> bool:
        try:
            self._store = Store.open(self.path, wait)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return False
        self._fault = None
        if self._view is not None:
            self._view.close()
            self._view = None
        if self._store.put_aside is not None:
            self._aside = self._store.put_aside
            log.warning("The store was damaged and is kept in %s", self._aside)
        return True

    def _opened_with_room(self, batch: Batch) -> bool:
        """Open the store after what is to be forgotten has made room on a full disk."""
        if self._fault is not Fault.FULL or not batch.forgotten:
            return False
        try:
            with contextlib.closing(schema.alone(self.path)) as connection:
                free_space.forget(connection, batch.forgotten)
        except sqlite3.Error as error:
            log.warning("No room could be made on the disk: %s", error)
            return False
        batch.forgotten = []
        return self._opened(0.0)

    def _runs_of(self, store: Store) -> list[RunView]:
        try:
            found = store.runs()
        except sqlite3.Error as error:
            self._failed(error)
            return []
        self._restored = True
        return found

    def _written(self, batch: Batch) -> bool:
        try:
            assert self._store is not None  # noqa: S101 (opened by the caller)
            self._store.save(batch)
        except sqlite3.Error as error:
            self._failed(error)
            return False
        return True

    def _written_with_room(self, batch: Batch) -> bool:
        """Write after what is to be forgotten has made room on a full disk."""
        if self._fault is not Fault.FULL or not batch.forgotten or self._store is None:
            return False
        try:
            self._store.reclaim(batch.forgotten)
        except sqlite3.Error as error:
            self._failed(error)
            return False
        batch.forgotten = []
        return self._written(batch)

    def _written_anew(self, batch: Batch) -> bool:
        """Write into a new file, in place of one that has turned out to be damaged."""
        if self._fault is not Fault.DAMAGED or (aside := self._replace()) is None:
            return False
        self._copy(aside, set(batch.forgotten))
        return self._written(batch)

    def _replace(self) -> Path | None:
        """Begin a new file, and return where the damaged one lies; None where that fails."""
        if self._store is not None:
            self._store.close()
            self._store = None
        try:
            aside = schema.put_aside(self.path)
        except OSError as error:
            self._failed(error)
            return None
        if not self._opened(0.0):
            return None
        self._aside, self._taken_over = aside, set()
        log.warning("The store was damaged and is kept in %s", aside)
        return aside

    def _copy(self, aside: Path, without: set[str]) -> None:
        """Take over what can be read of a file that was in use until now."""
        taken = set[str]()
        try:
            source = Store.view(aside)
            for view in source.runs():
                run = view.run
                if self._store is not None and run.id not in without:
                    outputs = source.outputs(run.id)
                    ops = [(run.id, SetOutput(at, output)) for at, output in enumerate(outputs)]
                    self._store.save(Batch({run.id: run}, [*ops]))
                    taken.add(run.id)
            if self._store is not None:
                self._store.remember_cells(source.cells())
            source.close()
        except (sqlite3.Error, OSError) as error:
            log.warning("Not all of %s could be taken over: %s", aside, error)
        self._taken_over = taken

    def _saved_before(self, run: Run, outputs: list[Output]) -> bool:
        try:
            if self._store is not None:
                self._store.save_before(run, outputs)
        except sqlite3.Error as error:
            self._failed(error)
        return self._store is not None and self._fault is None

    def _failed(self, error: Exception) -> None:
        self._fault = fault_of(error, self.path)
        self._failures += 1
        self._retry = self._clock() + RETRY
        said = faults.not_stored(self._fault, self._name, self.path, error)
        if said != self._said:
            self._said = said
            log.warning("%s (%s)", said, error)
