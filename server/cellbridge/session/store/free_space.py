"""Free space on a full disk: runs are deleted with their outputs, and the file shrinks.

Owns how that is done when no more can be written. Otherwise a run is removed at once, its outputs
little by little, and the file keeps its size (sweeper.py). The images of all removed runs in the
history of plots are deleted as well.

A deletion needs space in the write-ahead log itself. It finds some if the log was longer before,
or once the log has been copied into the file. Without any space, the file is changed in place with
a journal in memory: safe unless the process is killed in those milliseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cellbridge.session.store import schema
from cellbridge.session.store.faults import sqlite_code

_LEFT_BY = (
    "DELETE FROM runs WHERE id = ?",
    "DELETE FROM outputs WHERE run = ?",
    "DELETE FROM chunks WHERE run = ?",
)


def delete_runs(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    """Delete runs and their outputs, and shrink the file.

    Raises:
        sqlite3.Error: it is not possible; nothing was deleted.
    """
    try:
        _delete_through_log(connection, runs)
    except sqlite3.Error as error:
        if sqlite_code(error) not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            raise
        _delete_in_place(connection, runs)


def _delete_through_log(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
    _checkpoint(connection)
    with connection:
        _delete(connection, runs)
    _shrink(connection)


def _delete_in_place(connection: sqlite3.Connection, runs: Sequence[str]) -> None:
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
    if schema.has_plots(connection):
        connection.execute("DELETE FROM plots WHERE run NOT IN (SELECT id FROM runs)")


def _shrink(connection: sqlite3.Connection) -> None:
    """Return free pages to the disk, as far as there is space to do so."""
    try:
        # Files of earlier versions cannot do this; their free pages are still reused.
        connection.executescript("PRAGMA incremental_vacuum")
    except sqlite3.Error:
        connection.rollback()
    _checkpoint(connection)


def _checkpoint(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return  # The log continues; its content is safe.
