"""What a notebook's store holds, for those who read it while no session runs.

Owns reading it whole. It never raises over what it finds: what cannot be read is missing, and a
sentence says so.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cellbridge.core.output.outputs import Output
from cellbridge.session.messages import RunView, StoredCell
from cellbridge.session.store import faults
from cellbridge.session.store.store import Store

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stored:
    """The content of a store."""

    cells: list[StoredCell] = field(default_factory=list[StoredCell])
    """The document's cells as they were last remembered."""
    runs: list[RunView] = field(default_factory=list[RunView])
    """Every run with its outputs in bounded form, oldest first."""
    notices: list[str] = field(default_factory=list[str])
    """Sentences about what could not be read."""


def content(path: Path) -> Stored:
    """Return what the store at ``path`` holds; nothing where there is none."""
    try:
        if not path.exists():
            return Stored()
        with closing(Store.view(path)) as store:
            cells, runs = store.cells(), store.runs()
            notices = [faults.unread(store.unread, path)] if store.unread else []
            return Stored(cells, runs, notices)
    except (sqlite3.Error, OSError) as error:
        log.info("The store %s cannot be read: %s", path, error)
        return Stored(notices=[faults.not_read(faults.fault_of(error, path), path, error)])


def cells_of(path: Path) -> list[StoredCell]:
    """Return the cells that a store remembers; none where they cannot be read."""
    return _read(path, Store.cells)


def outputs(path: Path, run: str) -> list[Output]:
    """Return the outputs of a run with their whole texts; none where they cannot be read."""
    return _read(path, lambda store: store.outputs(run))


def _read(path: Path, read: Callable[[Store], list[T]]) -> list[T]:
    store = Store.read(path)
    if store is None:
        return []
    try:
        with closing(store):
            return read(store)
    except sqlite3.Error as error:
        log.info("The store %s cannot be read: %s", path, error)
        return []
