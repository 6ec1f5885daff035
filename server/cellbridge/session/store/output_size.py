"""How much of the disk a notebook's kept outputs take, all together and run by run.

Owns that measure, which is taken beside the host. What takes room is what is in use: the file does
not shrink when runs are forgotten, its free pages are written anew first. So what forgotten runs
still hold, as it is removed bit by bit (sweeper.py), does not count.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cellbridge.session.store import schema

_OF_RUN = """
SELECT (SELECT COALESCE(SUM(LENGTH(data)), 0) FROM outputs WHERE run = ?1)
     + (SELECT COALESCE(SUM(LENGTH(text)), 0) FROM chunks WHERE run = ?1)
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of a store: those in use, and of them those of some runs."""

    used: int
    of_runs: dict[str, int]


def used(path: Path) -> int:
    """Return the bytes in use of the store at ``path``; 0 where none can be read."""
    try:
        with closing(schema.existing(path, "ro")) as connection:
            return _used(connection)
    except (sqlite3.Error, UnicodeDecodeError):
        return 0


def weigh(path: Path, runs: Iterable[str]) -> Weights:
    """Return the bytes of the store at ``path``, and those of ``runs``; 0 if it cannot be read.

    Reads what it weighs, so that this takes long for much of it.
    """
    try:
        with closing(schema.existing(path, "ro")) as connection:
            forgotten = [run for (run,) in connection.execute(schema.FORGOTTEN)]
            gone = sum(_weight(connection, run) for run in forgotten)
            of_runs = {run: _weight(connection, run) for run in runs}
            return Weights(max(0, _used(connection) - gone), of_runs)
    except (sqlite3.Error, UnicodeDecodeError):
        return Weights(0, {})


def _weight(connection: sqlite3.Connection, run: str) -> int:
    return connection.execute(_OF_RUN, (run,)).fetchone()[0]


def _used(connection: sqlite3.Connection) -> int:
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return (pages - free) * size
