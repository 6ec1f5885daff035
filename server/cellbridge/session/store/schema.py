"""The store's file: its tables, and how SQLite is to treat it.

Owns how such a file is opened, told from others, and put aside. It must not know what is in the
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

from cellbridge.session.store.faults import ForeignStoreError, NewerStoreError, code_of

SCHEMA = 1
LOCK_SECONDS = 2.0
"""Seconds that opening a store waits for another program's lock."""
BUSY_MILLISECONDS = 100
"""How long a host waits for a lock while it serves: its clients wait meanwhile."""
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
_COLUMNS = {
    "runs": {"id", "place", "data"},
    "outputs": {"run", "place", "data"},
    "chunks": {"run", "place", "start", "text"},
    "cells": {"place", "id", "source"},
}
_BESIDE = ("-wal", "-shm")
"""Ends of the names of the files that SQLite keeps next to a database."""


@contextlib.contextmanager
def _legible() -> Generator[None]:
    """Report a damaged schema as one, though Python cannot decode what SQLite says of it."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ForeignStoreError("its schema is damaged") from error


@_legible()
def connect(path: Path, wait: float = LOCK_SECONDS) -> sqlite3.Connection:
    """Open the file at ``path`` for writing, making it where there is none.

    Raises:
        sqlite3.Error: it is none of ours, or cannot be used now (faults.py).
        OSError: its rights cannot be set.
    """
    if _has_log(path):
        # Closing would bring the log of a damaged file into it; a reader leaves both alone.
        with contextlib.closing(existing(path, "ro")) as reader:
            check(reader)
    connection = sqlite3.connect(path, timeout=wait)
    connection.text_factory = _text
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        # Nothing is written before it is known to be ours.
        check(connection)
        # For a new file only: lets the disk have back what is forgotten (free_space.py).
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
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
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    except BaseException:
        connection.close()
        raise
    return connection


def existing(
    path: Path, mode: Literal["ro", "rw", "immutable"], *, in_any_thread: bool = False
) -> sqlite3.Connection:
    """Open the file at ``path``, which is there; ``ro`` is for reading beside the host.

    ``immutable`` is for a file that nothing writes meanwhile, whose log is empty.

    Raises:
        sqlite3.Error: it is not there, or cannot be opened.
    """
    how = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{how}",
        uri=True,
        timeout=LOCK_SECONDS,
        check_same_thread=not in_any_thread,
    )
    connection.text_factory = _text
    return connection


@_legible()
def alone(path: Path) -> sqlite3.Connection:
    """Open the file at ``path`` for writing where there is no room for a file beside it.

    Others cannot read it meanwhile.

    Raises:
        sqlite3.Error: as for `connect`.
    """
    connection = existing(path, "rw")
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@_legible()
def readable(path: Path) -> sqlite3.Connection:
    """Open the file at ``path`` for reading, also where nothing can be written beside it.

    Raises:
        sqlite3.Error: it cannot be read.
        OSError: it cannot be copied.
    """
    try:
        return _tried(path, "ro")
    except sqlite3.OperationalError as error:
        # A reader keeps an index of the log next to the file, which takes a place to write to.
        if code_of(error) not in _NO_PLACE:
            raise
    if not _has_log(path):
        return _tried(path, "immutable")
    # An immutable file is read without its log, so both are copied to where there is a place.
    with tempfile.TemporaryDirectory(prefix="cellbridge-") as scratch:
        copy = Path(scratch) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(_beside(path, "-wal"), _beside(copy, "-wal"))
        return _tried(copy, "ro")  # The open files outlive their names.


_NO_PLACE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


def _tried(path: Path, mode: Literal["ro", "immutable"]) -> sqlite3.Connection:
    connection = existing(path, mode, in_any_thread=True)
    try:
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection) -> None:
    """See that it is a store of this schema, or an empty file.

    Raises:
        NewerStoreError: it is a store of a later schema.
        ForeignStoreError: it is a database of something else.
        sqlite3.DatabaseError: it is no database.
    """
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA:
        raise NewerStoreError(f"schema {schema} is newer than {SCHEMA}")
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
    strangers = {name for name in names if not str(name).startswith("sqlite_")} - _COLUMNS.keys()
    if schema < 0 or (schema == 0 and strangers):
        raise ForeignStoreError("it is no store")
    for table in _COLUMNS.keys() & names:
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not found >= _COLUMNS[table]:
            raise ForeignStoreError(f"its table {table} is none of a store")


def put_aside(path: Path) -> Path:
    """Give the file at ``path`` a name of its own, with the suffix ``.broken``; return it.

    SQLite's files next to it are renamed alike, so that it finds them. They go first: a log that
    was left behind would be taken for the new file's.
    """
    number = 1
    while _taken(path, aside := path.with_name(f"{path.name}.broken{number}")):
        number += 1
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(aside, suffix))
    path.rename(aside)
    return aside


def put_aside_before(path: Path) -> list[Path]:
    """Return the files that were put aside for the store at ``path``, the latest first."""
    found = [one for one in path.parent.glob(f"{path.name}.broken*") if one.suffix[7:].isdecimal()]
    return sorted(found, key=lambda one: int(one.suffix[7:]), reverse=True)


def remove(path: Path) -> None:
    """Remove a file, and those that SQLite keeps next to it."""
    for one in (path, *(_beside(path, suffix) for suffix in _BESIDE)):
        one.unlink(missing_ok=True)


def _taken(path: Path, aside: Path) -> bool:
    """Return whether a file would be overwritten; a log alone waits for the file it belongs to."""
    return aside.exists() or any(
        _beside(path, suffix).exists() and _beside(aside, suffix).exists() for suffix in _BESIDE
    )


def _text(raw: bytes) -> str:
    """Return text as a store holds it; a damaged byte takes no more along than itself."""
    return raw.decode("utf-8", "replace")


def _has_log(path: Path) -> bool:
    log = _beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
