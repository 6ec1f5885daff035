"""What shows other processes that a session has a host: locks, and a record of the host.

Owns the files ``host.lock``, ``launch.lock`` and ``host.json``. Each lies in both directories of a
session. The data directory's decide: they are the store's own, and stay when the directory of
sockets is removed or is another one in another shell. The other ones count where the data directory
cannot be written. It must not start or signal a process, and imports little: a host uses it before
it imports anything slow.

Invariant: two processes that share one of the two directories never both have a lock.
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
"""How often a lock is tried that another process has."""
_BEGUN = time.time()
"""When a host, which imports this first of all, has started."""

Name = Literal["host.lock", "launch.lock"]
HOST: Name = "host.lock"
"""Held by the host for as long as it lives."""
LAUNCH: Name = "launch.lock"
"""Held by a client while it looks for a host and starts one."""


class Lock:
    """A lock that this process has. Made by `taken`."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._held: dict[Path, int] = {}

    def take(self) -> bool:
        """Take what there is to take; returns whether all of it is this process's now.

        To be called again when a file may have been removed.
        """
        for path in self._paths:
            if not self._has(path) and not self._take(path):
                return False
        return bool(self._held)

    @property
    def intact(self) -> bool:
        """True while every file that is locked lies in its place."""
        return all(map(self._has, self._held))

    def release(self) -> None:
        """Let go; may come twice."""
        while self._held:
            os.close(self._held.popitem()[1])

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()

    def __del__(self) -> None:
        """Let go where the one who waited for it has gone meanwhile."""
        self.release()

    def _take(self, path: Path) -> bool:
        """Lock one file; False where another process has it."""
        if (old := self._held.pop(path, None)) is not None:
            os.close(old)
        descriptor = _opened(path)
        if descriptor is None:
            return True  # Not a place for locks: its directory is missing or cannot be written.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)  # A file system without locks.
            return True
        self._held[path] = descriptor
        # Who removed the file while it was opened has left room for another one.
        return self._has(path)

    def _has(self, path: Path) -> bool:
        descriptor = self._held.get(path)
        return descriptor is not None and _is_at(path, descriptor)


def taken(location: Location, name: Name, seconds: float) -> Lock | None:
    """Return a session's lock, waiting for it so long; None where another process keeps it.

    Blocks: not for an event loop. Where neither directory takes locks there is none to have either.

    Raises:
        SessionError: the system is short of what it takes to find out.
    """
    lock = Lock(_paths(location, name))
    until = time.monotonic() + seconds
    while not lock.take():
        lock.release()
        if time.monotonic() >= until:
            return None
        time.sleep(POLL_SECONDS)  # Wait: flock itself has no bound.
    return lock


def held(location: Location, name: Name) -> bool:
    """Tell whether a process has a session's lock.

    Raises:
        SessionError: the system is short of what it takes to find out.
    """
    return any(_held(path) for path in _paths(location, name))


def announce(location: Location, *, ending: bool = False) -> bool:
    """Leave the record of this process, the session's host; returns whether it could be left."""
    content = json.dumps(
        {
            "key": location.key,
            "name": location.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
            "data": os.fspath(location.data),
            "runtime": os.fspath(location.runtime),
            "pid": os.getpid(),
            "started": _BEGUN,
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
    """Take the record away: the last act of a host, or of the one who clears up after it."""
    for path in _paths(location, RECORD):
        with contextlib.suppress(OSError):
            path.unlink()


def _paths(location: Location, name: str) -> tuple[Path, ...]:
    return location.data / name, location.runtime / name


def _opened(path: Path) -> int | None:
    """Open a lock's file, made where there is none; never cut. A reader can lock it too."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            if is_private(path.parent):
                return open_own(path, flags)
        except OSError as error:
            _see_to(error)
    return None


def _see_to(error: OSError) -> None:
    """Pass over an error that says what there is, and no other: a lock must not seem free then."""
    if want := shortage(error):
        raise SessionError(f"The session could not be looked for: {want}") from error


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def _held(path: Path) -> bool:
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except OSError as error:
        _see_to(error)
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
