"""The size of a notebook's kept outputs on the disk, in total and for each run.

Owns that measurement, which another process than the host takes. Only bytes in use count: the file
does not shrink when runs are removed, since its free pages are reused first. So the outputs of
removed runs, which are deleted little by little (sweeper.py), do not count. Neither do the images
of removed runs in the history of plots, which has its own limit (plots.py).
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
class StoreSize:
    """The size of a store: bytes in use, and the bytes of some runs among them."""

    used: int
    of_runs: dict[str, int]


def used_bytes(path: Path) -> int:
    """Return the bytes in use of the store at ``path``; 0 if it cannot be read."""
    try:
        with closing(schema.open_existing(path, "ro")) as connection:
            return _bytes_in_use(connection)
    except (sqlite3.Error, UnicodeDecodeError):
        return 0


def measure(path: Path, runs: Iterable[str]) -> StoreSize:
    """Return the bytes of the store at ``path``, and those of ``runs``; 0 if it cannot be read.

    It reads all that it measures, so large stores take long.
    """
    try:
        with closing(schema.open_existing(path, "ro")) as connection:
            forgotten = [run for (run,) in connection.execute(schema.FORGOTTEN)]
            gone = sum(_run_bytes(connection, run) for run in forgotten) + _plot_bytes(connection)
            of_runs = {run: _run_bytes(connection, run) for run in runs}
            return StoreSize(max(0, _bytes_in_use(connection) - gone), of_runs)
    except (sqlite3.Error, UnicodeDecodeError):
        return StoreSize(0, {})


def _run_bytes(connection: sqlite3.Connection, run: str) -> int:
    return connection.execute(_OF_RUN, (run,)).fetchone()[0]


def _plot_bytes(connection: sqlite3.Connection) -> int:
    if not schema.has_plots(connection):
        return 0
    return connection.execute("SELECT COALESCE(SUM(LENGTH(image)), 0) FROM plots").fetchone()[0]


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return (pages - free) * size
