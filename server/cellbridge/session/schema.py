"""The store's file: its tables, and how SQLite is to treat it.

Owns how such a file is opened, told from others, and put aside. It must not know what is in the
tables.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Literal

SCHEMA = 1
LOG_LIMIT = 64 * 1024 * 1024
"""Bytes of the write-ahead log beyond which whoever saves brings it into the file, and waits for
the disk. Before that it is done for them (checkpoints.py)."""
FORGOTTEN = "SELECT run FROM outputs UNION SELECT run FROM chunks EXCEPT SELECT id FROM runs"
"""The query for runs that are no more, though their outputs have not been swept away yet."""

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, place INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outputs (
    run TEXT NOT NULL, place INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (run, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    run TEXT NOT NULL, place INTEGER NOT NULL, start INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (run, place, start));
CREATE TABLE IF NOT EXISTS cells (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file at ``path`` for writing, making it where there is none.

    Raises:
        sqlite3.Error: it is none of ours, or cannot be used.
    """
    connection = sqlite3.connect(path)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_LIMIT // page}")
        # The log is cut when it begins anew, so that its size tells what it holds.
        connection.execute("PRAGMA journal_size_limit = 0")
        # Stores of earlier versions name foreign keys, which would remove all at once.
        connection.execute("PRAGMA foreign_keys = OFF")
        # Debian's SQLite would write zeros over a picture that is removed, as slowly as a new one.
        connection.execute("PRAGMA secure_delete = FAST")
        check(connection)
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("SELECT COUNT(*) FROM runs").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def existing(
    path: Path, mode: Literal["ro", "rw"], *, in_any_thread: bool = False
) -> sqlite3.Connection:
    """Open the file at ``path``, which is there; ``ro`` is for reading beside the host.

    Raises:
        sqlite3.Error: it is not there, or cannot be opened.
    """
    address = f"{path.as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, check_same_thread=not in_any_thread)


def check(connection: sqlite3.Connection) -> None:
    """See that it is a store of this schema, or an empty file.

    Raises:
        sqlite3.DatabaseError: it is neither.
    """
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if schema not in {0, SCHEMA}:
        raise sqlite3.DatabaseError(f"schema {schema} is not {SCHEMA}")


def put_aside(path: Path) -> None:
    """Give the file at ``path`` a name of its own, with the suffix ``.broken``."""
    number = 1
    while (aside := path.with_name(f"{path.name}.broken{number}")).exists():
        number += 1
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
