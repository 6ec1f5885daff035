"""The locks and the record by which other processes detect that a session has a host.

Owns the files ``host.lock``, ``launch.lock`` and ``host.json``. Both directories of a session
contain each of them. Those in the data directory are decisive: they belong to the store, and stay
when the directory of sockets is removed, or is another one in another shell. The others count if
the data directory cannot be written. It must not start or signal a process, and imports little: a
host uses it before it imports anything slow.

Invariant: of two processes that share one of the two directories, at most one holds a lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Literal, Self

from cellbridge import __version__
from cellbridge.core.resource_errors import shortage
from cellbridge.kernel.trust.ownership import is_private, open_own, write_own
from cellbridge.kernel.trust.process_identity import machine, started_at
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location

RECORD = "host.json"
POLL_SECONDS = 0.02
"""Seconds between two attempts to take a lock that another process holds."""
_STARTED_AT = time.time()
"""The start time of a host, which imports this module first."""

LockName = Literal["host.lock", "launch.lock"]
HOST: LockName = "host.lock"
"""The lock that the host holds for as long as it runs."""
LAUNCH: LockName = "launch.lock"
"""The lock that a client holds while it searches for a host and starts one."""


class Lock:
    """A lock that this process holds. Created by `acquire_lock`."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._descriptors: dict[Path, int] = {}

    def acquire(self) -> bool:
        """Lock every available file; return True if this process holds them all.

        Call it again when a file may have been removed.
        """
        for path in self._paths:
            if not self._holds(path) and not self._lock_file(path):
                return False
        return bool(self._descriptors)

    @property
    def intact(self) -> bool:
        """True while every locked file is still at its path."""
        return all(map(self._holds, self._descriptors))

    def release(self) -> None:
        """Release the lock; may be called twice."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self.release()

    def __del__(self) -> None:
        """Release the lock if the caller that waited for it is gone."""
        self.release()

    def _lock_file(self, path: Path) -> bool:
        """Lock one file; False if another process holds its lock."""
        if (old := self._descriptors.pop(path, None)) is not None:
            os.close(old)
        descriptor = _open_lock_file(path)
        if descriptor is None:
            return True  # No lock is possible there: its directory is missing or cannot be written.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)  # A file system without locks.
            return True
        self._descriptors[path] = descriptor
        # If the file was removed while it was being opened, another file may take its path.
        return self._holds(path)

    def _holds(self, path: Path) -> bool:
        descriptor = self._descriptors.get(path)
        return descriptor is not None and _is_at(path, descriptor)


def acquire_lock(location: Location, name: LockName, seconds: float) -> Lock | None:
    """Wait for a session's lock and return it; None if another process holds it all that time.

    Blocks: not for an event loop. If neither directory allows locks, the result is None as well.

    Raises:
        SessionError: the system lacks the resources to check.
    """
    lock = Lock(_paths(location, name))
    until = time.monotonic() + seconds
    while not lock.acquire():
        lock.release()
        if time.monotonic() >= until:
            return None
        time.sleep(POLL_SECONDS)  # Wait: flock itself has no bound.
    return lock


def is_locked(location: Location, name: LockName) -> bool:
    """Return True if a process holds a session's lock.

    Raises:
        SessionError: the system lacks the resources to check.
    """
    return any(_is_file_locked(path) for path in _paths(location, name))


def announce(location: Location, *, ending: bool = False) -> bool:
    """Write the record of this process, the session's host; return True if that succeeded."""
    content = json.dumps(
        {
            "key": location.key,
            "name": location.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
            "data": os.fspath(location.data),
            "runtime": os.fspath(location.runtime),
            "pid": os.getpid(),
            "started": _STARTED_AT,
            "begun": started_at(os.getpid()) or 0.0,
            "machine": machine(),
            "version": __version__,
            "ending": ending,
        }
    )
    written = 0
    for path in _paths(location, RECORD):
        with contextlib.suppress(OSError):
            write_own(path, content.encode("utf-8"))
            written += 1
    return bool(written)


def withdraw(location: Location) -> None:
    """Remove the record: the last step of a host, or of the process that cleans up after it."""
    for path in _paths(location, RECORD):
        with contextlib.suppress(OSError):
            path.unlink()


def _paths(location: Location, name: str) -> tuple[Path, ...]:
    return location.data / name, location.runtime / name


def _open_lock_file(path: Path) -> int | None:
    """Open a lock's file, creating it if missing, never truncating it. A reader can lock it too."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            if is_private(path.parent):
                return open_own(path, flags)
        except OSError as error:
            _raise_if_shortage(error)
    return None


def _raise_if_shortage(error: OSError) -> None:
    """Raise if ``error`` is a shortage of resources: a lock must not seem free because of one."""
    if want := shortage(error):
        raise SessionError(f"The session could not be looked for: {want}") from error


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def _is_file_locked(path: Path) -> bool:
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except OSError as error:
        _raise_if_shortage(error)
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
