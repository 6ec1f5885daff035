"""Which sessions run on this machine.

Owns the record that each host leaves beside its socket, and the list made of them. It must not
start, stop or talk to a session that has a host.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cellbridge.kernel.orphans import clear
from cellbridge.kernel.records import adoptable, left_in
from cellbridge.session.locations import Location, runtime_root

log = logging.getLogger(__name__)


class HostRecord(msgspec.Struct, frozen=True):
    """What a host says about itself for whoever lists sessions."""

    key: str
    name: str
    data: str
    pid: int
    started: float
    """Seconds since the epoch."""
    version: str
    """The version of cellbridge that the host runs."""


def write(location: Location, record: HostRecord) -> None:
    """Leave ``record`` where `sessions` finds it; replaces an older one in one step."""
    path = _record_path(location.runtime)
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(record))
    beside.replace(path)


def remove(location: Location) -> None:
    """Take the record away, as the last act of a host."""
    _record_path(location.runtime).unlink(missing_ok=True)


def sessions() -> list[tuple[Location, HostRecord]]:
    """Return the sessions whose host lives, oldest first.

    Records of hosts that ended without removing them are passed over.
    """
    found = [
        (Location(record.key, record.name, directory, Path(record.data)), record)
        for directory, record in _records()
        if _alive(directory)
    ]
    return sorted(found, key=lambda entry: entry[1].started)


def orphaned(location: Location) -> bool:
    """True where the session's kernel lives and its host does not: a new host can go on with it."""
    return not _alive(location.runtime) and adoptable(location.kernel) is not None


def left_behind() -> Iterator[Location]:
    """Return the sessions whose host ended without cleaning up; their kernels may live."""
    for directory, record in _records():
        if not _alive(directory):
            yield Location(record.key, record.name, directory, Path(record.data))


def prune(location: Location) -> int:
    """End the kernels of a session whose host is gone and remove what lies around of it.

    The store stays. Returns how many kernels lived; does nothing while a client starts a host.
    """
    with location.launch_lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        if _alive(location.runtime):
            return 0
        living = sum(left.living for left in left_in(location.kernel))
        clear(location.kernel, keep=None)
        shutil.rmtree(location.runtime, ignore_errors=True)
        return living


def _records() -> Iterator[tuple[Path, HostRecord]]:
    root = runtime_root()
    if not root.is_dir():
        return
    for directory in root.iterdir():
        try:
            data = _record_path(directory).read_bytes()
            yield directory, msgspec.json.decode(data, type=HostRecord)
        except OSError:
            continue
        except (msgspec.DecodeError, RecursionError) as error:
            log.warning("%s holds no record of a host: %s", directory, error)


def _alive(directory: Path) -> bool:
    """True while a host holds its lock."""
    try:
        with (directory / "host.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _record_path(directory: Path) -> Path:
    return directory / "host.json"
