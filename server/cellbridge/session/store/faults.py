"""The faults for which a store cannot be used, and a sentence about each.

Owns the classification of SQLite's and the system's error codes. It must not open a store.

Invariant: only `Fault.DAMAGED` means that a file is broken. Every other fault ends by itself or by
the user's action, so the file stays unchanged.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from enum import Enum
from pathlib import Path

_SCARCE = 128 * 1024
"""Free bytes of a disk below which an error of unknown cause counts as a full disk."""


class Fault(Enum):
    """A cause for which a store cannot be read or written."""

    DAMAGED = "damaged"
    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read-only"
    NEWER = "newer"
    OTHER = "other"


class NewerStoreError(sqlite3.DatabaseError):
    """The store was written by a later version of Cellbridge."""


class ForeignStoreError(sqlite3.DatabaseError):
    """The file is a database, but not a store."""


_PRIMARY = {
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
}
_NUMBERS = {
    errno.ENOSPC: Fault.FULL,
    errno.EDQUOT: Fault.FULL,
    errno.EROFS: Fault.READ_ONLY,
    errno.EACCES: Fault.READ_ONLY,
    errno.EPERM: Fault.READ_ONLY,
}


def sqlite_code(error: Exception) -> int:
    """Return SQLite's primary code of an error; 0 if it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def classify(error: Exception, path: Path) -> Fault:
    """Return the fault behind an error that came from using the store at ``path``."""
    if isinstance(error, NewerStoreError):
        return Fault.NEWER
    if isinstance(error, ForeignStoreError):
        return Fault.DAMAGED
    found = _PRIMARY.get(sqlite_code(error))
    if found is None and isinstance(error, OSError):
        found = _NUMBERS.get(error.errno or 0)
    return found or _classify_by_disk(path)


def _classify_by_disk(path: Path) -> Fault:
    """Return the fault behind an error without a cause, such as "unable to open database file"."""
    try:
        if not os.access(path.parent, os.W_OK):
            return Fault.READ_ONLY
        return Fault.FULL if shutil.disk_usage(path.parent).free < _SCARCE else Fault.OTHER
    except OSError:
        return Fault.OTHER


def not_stored_message(fault: Fault, name: str, path: Path, error: Exception) -> str:
    """Return the message for a session whose outputs cannot be stored."""
    whose = f"The outputs of {name} are not stored"
    match fault:
        case Fault.LOCKED:
            return (
                f"{whose} while another program holds {path} locked; close that program, and they "
                "are stored then."
            )
        case Fault.FULL:
            return (
                f"{whose} while the disk of {path.parent} is full; free space on it, and they are "
                "stored then."
            )
        case Fault.READ_ONLY:
            return (
                f"{whose} because {path.parent} cannot be written; make it writable, or set "
                "CELLBRIDGE_DATA_DIR to another directory."
            )
        case Fault.NEWER:
            return (
                f"{whose} because a newer version of Cellbridge wrote {path}, which is only read; "
                "upgrade Cellbridge to store them."
            )
        case Fault.DAMAGED | Fault.OTHER:
            return (
                f"{whose} because {path} cannot be used ({error}); check the disk, and they are "
                "stored then."
            )


def not_read_message(fault: Fault, path: Path, error: Exception) -> str:
    """Return the message for a store that cannot be read at all, and has no session."""
    match fault:
        case Fault.LOCKED:
            return (
                f"The stored outputs cannot be read while another program holds {path} locked; "
                "close that program, then open the script again."
            )
        case Fault.DAMAGED:
            return (
                f"The stored outputs cannot be read because {path} is damaged; run a cell to put "
                "it aside, then use cellbridge outputs recover."
            )
        case _:
            return (
                f"The stored outputs cannot be read from {path} ({error}); check the disk and the "
                "permissions of the file."
            )


def put_aside_message(name: str, aside: Path) -> str:
    """Return the message about a damaged file that was renamed."""
    return (
        f"The stored outputs of {name} were damaged and are kept in {aside}; use "
        "cellbridge outputs recover with the script's name to restore what can be read."
    )


def unread_message(count: int, path: Path) -> str:
    """Return the message about parts of a store that cannot be read."""
    parts = "1 part" if count == 1 else f"{count} parts"
    return (
        f"{parts} of the stored outputs in {path} cannot be read and were left out; run the cells "
        "that lack output again."
    )
