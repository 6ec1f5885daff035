"""The store's file: its tables, and its SQLite settings.

Owns how such a file is opened, recognised, and put aside. It must not know the content of the
tables.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Literal

from cellbridge.session.store.faults import ForeignStoreError, NewerStoreError, sqlite_code

SCHEMA = 1
"""Increased when an older version could misread the file. A new table does not change it: an older
version leaves the table as it is, and a reader treats a missing one as empty."""
LOCK_SECONDS = 2.0
"""Seconds that opening a store waits for another program's lock."""
BUSY_MILLISECONDS = 100
"""Milliseconds that a serving host waits for a lock, while its clients wait as well."""
LOG_LIMIT = 64 * 1024 * 1024
"""Bytes of the write-ahead log beyond which the saving thread copies it into the file, and waits
for the disk. Before that, another thread does so (checkpoints.py)."""
FORGOTTEN = "SELECT run FROM outputs UNION SELECT run FROM chunks EXCEPT SELECT id FROM runs"
"""The query for removed runs whose outputs have not been swept yet."""

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
CREATE TABLE IF NOT EXISTS widgets (id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS plots (
    place INTEGER PRIMARY KEY, cell TEXT NOT NULL, digest TEXT NOT NULL, run TEXT NOT NULL,
    output INTEGER NOT NULL, info BLOB NOT NULL, image BLOB, UNIQUE (run, output));
CREATE TABLE IF NOT EXISTS dropped_plots (count INTEGER NOT NULL);
"""
_COLUMNS = {
    "runs": {"id", "place", "data"},
    "outputs": {"run", "place", "data"},
    "chunks": {"run", "place", "start", "text"},
    "cells": {"place", "id", "source"},
    "widgets": {"id", "data"},
    "plots": {"place", "cell", "digest", "run", "output", "info", "image"},
    "dropped_plots": {"count"},
}
_SIBLING_SUFFIXES = ("-wal", "-shm")
"""Suffixes of the files that SQLite keeps next to a database."""


@contextlib.contextmanager
def _report_damaged_schema() -> Generator[None]:
    """Report a damaged schema, although Python cannot decode SQLite's message about it."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ForeignStoreError("its schema is damaged") from error


@_report_damaged_schema()
def connect(path: Path, wait: float = LOCK_SECONDS) -> sqlite3.Connection:
    """Open the file at ``path`` for writing; create it if it is missing.

    Raises:
        sqlite3.Error: it is not a store, or cannot be used now (faults.py).
        OSError: its permissions cannot be set.
    """
    if _has_log(path):
        # Closing would copy the log of a damaged file into it; a reader changes neither.
        with contextlib.closing(open_existing(path, "ro")) as reader:
            check(reader)
    connection = sqlite3.connect(path, timeout=wait)
    connection.text_factory = _decode_text
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        # Nothing is written before the file is recognised as a store.
        check(connection)
        # For a new file only: allows free pages to be returned to the disk (free_space.py).
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_LIMIT // page}")
        # The log is truncated when it begins again, so that its size shows how much it holds.
        connection.execute("PRAGMA journal_size_limit = 0")
        # Stores of earlier versions declare foreign keys, which would delete all at once.
        connection.execute("PRAGMA foreign_keys = OFF")
        # Debian's SQLite would overwrite a deleted image with zeros, as slowly as storing one.
        connection.execute("PRAGMA secure_delete = FAST")
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    except BaseException:
        connection.close()
        raise
    return connection


def open_existing(
    path: Path, mode: Literal["ro", "rw", "immutable"], *, in_any_thread: bool = False
) -> sqlite3.Connection:
    """Open the existing file at ``path``; ``ro`` is for reading while the host writes.

    ``immutable`` is for a file with an empty log that no process writes in the meantime.

    Raises:
        sqlite3.Error: it does not exist, or cannot be opened.
    """
    how = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{how}",
        uri=True,
        timeout=LOCK_SECONDS,
        check_same_thread=not in_any_thread,
    )
    connection.text_factory = _decode_text
    return connection


@_report_damaged_schema()
def open_exclusive(path: Path) -> sqlite3.Connection:
    """Open the file at ``path`` for writing without space for another file next to it.

    Other processes cannot read it in the meantime.

    Raises:
        sqlite3.Error: as for `connect`.
    """
    connection = open_existing(path, "rw")
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@_report_damaged_schema()
def open_readable(path: Path) -> sqlite3.Connection:
    """Open the file at ``path`` for reading, even if no file can be written next to it.

    Raises:
        sqlite3.Error: it cannot be read.
        OSError: it cannot be copied.
    """
    try:
        return _open_checked(path, "ro")
    except sqlite3.OperationalError as error:
        # A reader keeps an index of the log next to the file, which needs a writable directory.
        if sqlite_code(error) not in _NOT_WRITABLE:
            raise
    if not _has_log(path):
        return _open_checked(path, "immutable")
    # An immutable file is read without its log, so both are copied to a writable directory.
    with tempfile.TemporaryDirectory(prefix="cellbridge-") as scratch:
        copy = Path(scratch) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(_sibling(path, "-wal"), _sibling(copy, "-wal"))
        return _open_checked(copy, "ro")  # The open files outlive their names.


_NOT_WRITABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


def _open_checked(path: Path, mode: Literal["ro", "immutable"]) -> sqlite3.Connection:
    connection = open_existing(path, mode, in_any_thread=True)
    try:
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection) -> None:
    """Check that it is a store of this schema, or an empty file.

    Raises:
        NewerStoreError: it is a store of a later schema.
        ForeignStoreError: it is another program's database.
        sqlite3.DatabaseError: it is not a database.
    """
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA:
        raise NewerStoreError(f"schema {schema} is newer than {SCHEMA}")
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
    strangers = {name for name in names if not str(name).startswith("sqlite_")} - _COLUMNS.keys()
    if schema < 0 or (schema == 0 and strangers):
        raise ForeignStoreError("it is not a store")
    for table in _COLUMNS.keys() & names:
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not found >= _COLUMNS[table]:
            raise ForeignStoreError(f"its table {table} does not belong to a store")


def has_plots(connection: sqlite3.Connection) -> bool:
    """Return True if the store has the tables of plots, which stores of earlier versions lack."""
    query = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'dropped_plots'"
    return bool(connection.execute(query).fetchone()[0])


def put_aside(path: Path) -> Path:
    """Rename the file at ``path`` with a unique suffix that begins with ``.broken``; return it.

    SQLite's files next to it are renamed in the same way, so that SQLite finds them. They are
    renamed first: a log that was left behind would be read as the new file's.
    """
    number = 1
    while _would_overwrite(path, aside := path.with_name(f"{path.name}.broken{number}")):
        number += 1
    for suffix in _SIBLING_SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            _sibling(path, suffix).rename(_sibling(aside, suffix))
    path.rename(aside)
    return aside


def list_put_aside(path: Path) -> list[Path]:
    """Return the files that were put aside from the store at ``path``, the latest first."""
    found = [one for one in path.parent.glob(f"{path.name}.broken*") if one.suffix[7:].isdecimal()]
    return sorted(found, key=lambda one: int(one.suffix[7:]), reverse=True)


def remove(path: Path) -> None:
    """Remove a file and SQLite's files next to it."""
    for one in (path, *(_sibling(path, suffix) for suffix in _SIBLING_SUFFIXES)):
        one.unlink(missing_ok=True)


def _would_overwrite(path: Path, aside: Path) -> bool:
    """Return True if a file would be overwritten; a log alone waits for the file it belongs to."""
    return aside.exists() or any(
        _sibling(path, suffix).exists() and _sibling(aside, suffix).exists()
        for suffix in _SIBLING_SUFFIXES
    )


def _decode_text(raw: bytes) -> str:
    """Decode stored text; each damaged byte affects no other character."""
    return raw.decode("utf-8", "replace")


def _has_log(path: Path) -> bool:
    log = _sibling(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
