"""Room on a full disk: runs removed with everything they hold, and the file made smaller.

Owns how that is done where nothing more can be written. Elsewhere a run is forgotten at once, its
outputs bit by bit, and the file keeps its size (sweeper.py).

To delete in a write-ahead log takes room itself. It finds some where the log was longer before, or
once the log has been brought into the file. Where there is none at all, the file is changed in
place with a journal in memory: safe unless the process is killed in those milliseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cellbridge.session.store.faults import code_of

_LEFT_BY = (
    "DELETE FROM runs WHERE id = ?",
    "DELETE FROM outputs WHERE run = ?",
    "DELETE FROM chunks WHERE run = ?",
)


def forget(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    """Remove runs and their outputs, and make the file smaller.

    Raises:
        sqlite3.Error: there is no way; nothing was removed.
    """
    try:
        _in_place_of_the_log(connection, runs)
    except sqlite3.Error as error:
        if code_of(error) not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            raise
        _in_place(connection, runs)


def _in_place_of_the_log(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    _checkpoint(connection)
    with connection:
        _delete(connection, runs)
    _shrink(connection)


def _in_place(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    connection.execute("PRAGMA journal_mode = MEMORY").fetchall()
    try:
        with connection:
            _delete(connection, runs)
        _shrink(connection)
    finally:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()


def _delete(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    for statement in _LEFT_BY:
        connection.executemany(statement, ((run,) for run in runs))


def _shrink(connection: sqlite3.Connection) -> None:
    """Give free pages back to the disk, as far as there is room to do so."""
    try:
        # Files of earlier versions cannot do this; theirs are used again all the same.
        connection.executescript("PRAGMA incremental_vacuum")
    except sqlite3.Error:
        connection.rollback()
    _checkpoint(connection)


def _checkpoint(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return  # The log goes on; what it holds is safe.
