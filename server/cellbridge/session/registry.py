"""The sessions of this machine: those with a host, and the remains of ended hosts.

Owns the reading of the hosts' records (presence.py), the list of sessions, and the removal of the
remains of a session without a host. It must not start a session or connect to one.

Invariant: a record is trusted only in a private directory of the user that is named after the
session's key. Its content is checked again before it is used: a process is signalled only if it is
certainly the session's, and only our own files are removed.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from cellbridge.kernel.process import kernel_records
from cellbridge.kernel.process.orphans import clear
from cellbridge.kernel.trust.ownership import is_private, read_own, secure
from cellbridge.kernel.trust.process_identity import is_same, machine, send_signal
from cellbridge.session import presence
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location, runtime_root, sessions_root

HOST_MODULE = "cellbridge.session.host"
"""The word that identifies a host's command line, together with the session's key."""
_KEY = re.compile(r"[\w.-]*\w")
_SOCKET_FILES = ("host.sock", "host.log", presence.HOST, presence.LAUNCH, presence.RECORD)
"""The files that a host leaves in its directory of sockets."""


class HostRecord(msgspec.Struct, frozen=True):
    """The record of a host for the list of sessions."""

    key: str
    name: str
    data: str
    pid: int
    started: float
    """Seconds since the epoch."""
    version: str
    """The version of Cellbridge that the host runs."""
    begun: float = 0.0
    """The process's start time from `cellbridge.kernel.trust.process_identity.started_at`."""
    machine: str = ""
    """The machine it runs on: several machines may share a data directory."""
    runtime: str = ""
    """The directory of its sockets."""
    ending: bool = False
    """True once it accepts no more clients."""


def list_sessions() -> list[tuple[Location, HostRecord]]:
    """Return the sessions whose host runs, oldest first.

    Records of hosts that ended without removing them are skipped.
    """
    found = [entry for entry in _recorded_sessions() if presence.is_locked(entry[0], presence.HOST)]
    return sorted(found, key=lambda entry: entry[1].started)


def read_record(location: Location) -> HostRecord | None:
    """Return the record of a session's host, whether the host still runs or not."""
    found = (_read_record_in(place, location.key) for place in (location.data, location.runtime))
    return next((record for record in found if record is not None), None)


def host_location(location: Location) -> Location:
    """Return the location with the directory of sockets from its host's record.

    It may differ from ours: the environment names it, or the host had to move.
    """
    return _at_recorded_place(location, read_record(location))


def find_host(location: Location) -> tuple[Location, bool]:
    """Return the location at which the host listens, and True if it can be waited for.

    A running host that does not listen now will soon accept clients, unless it ends.

    Raises:
        SessionError: the host runs on another machine.
    """
    runs = presence.is_locked(location, presence.HOST)
    record = read_record(location)
    if runs and record is not None and record.machine and record.machine != machine():
        raise SessionError(
            f"The session of {record.name} runs on another machine that shares your data "
            "directory; use it there, or stop it there first."
        )
    ending = record is not None and record.ending
    return _at_recorded_place(location, record), runs and not ending


def _at_recorded_place(location: Location, record: HostRecord | None) -> Location:
    runtime = Path(record.runtime) if record is not None and record.runtime else location.runtime
    return replace(location, runtime=runtime)


def has_host(location: Location) -> bool:
    """Return True if the session has a host: one that starts, serves, ends or hangs."""
    return presence.is_locked(location, presence.HOST)


def has_orphaned_kernel(location: Location) -> bool:
    """Return True if the session's kernel runs without a host: a new host can adopt it."""
    return not presence.is_locked(location, presence.HOST) and has_live_kernel(location)


def has_live_kernel(location: Location) -> bool:
    """Return True if a kernel of the session runs that a host can adopt."""
    return kernel_records.find_adoptable(*_kernel_directories(location)) is not None


def sessions_without_host() -> Iterator[Location]:
    """Return the sessions whose host ended without cleaning up; their kernels may still run."""
    for location, _ in _recorded_sessions():
        if not presence.is_locked(location, presence.HOST):
            yield location


def end_kernels_without_host(key: str | None = None) -> int:
    """End the kernels of sessions without a host, of one session or all; return their number."""
    return sum(
        prune(location) for location in sessions_without_host() if key in {None, location.key}
    )


def end_kernels(location: Location) -> int:
    """End the kernels of a session, whether its host runs or not; return how many were running."""
    directories = _kernel_directories(location)
    living = sum(left.is_sure for left in kernel_records.recorded_kernels(*directories))
    return living + clear(*directories, keep=None)


def prune(location: Location) -> int:
    """End the kernels of a session whose host is gone, and remove its leftover files.

    The store stays. Return the number of kernels that were running; do nothing while a client
    starts a host.
    """
    lock = presence.acquire_lock(location, presence.LAUNCH, 0.0)
    if lock is None:
        return 0
    with lock:
        if presence.is_locked(location, presence.HOST):
            return 0
        living = end_kernels(location)
        presence.withdraw(location)
        _remove_sockets(location)
        with contextlib.suppress(OSError):
            location.variables_part.unlink(missing_ok=True)
        return living


def is_host_process(record: HostRecord) -> bool:
    """Return True if the process that a record names is certainly that session's host.

    It belongs to the user, runs on this machine, started at the recorded time, and names the
    session on its command line. Any other record may be old or planted, so that its process id
    belongs to an unrelated process.
    """
    here = record.machine == machine()
    return here and is_same(record.pid, record.begun, *_command_line_words(record))


def signal_host(location: Location, record: HostRecord, signum: int) -> bool:
    """Signal a session's host if `is_host_process`; return True if the signal was sent.

    The process is pinned while it is checked, so that a later process with its id gets no signal.
    """
    if record.machine != machine() or record.key != location.key:
        return False
    return send_signal(record.pid, record.begun, signum, *_command_line_words(record))


def _command_line_words(record: HostRecord) -> tuple[str, str]:
    """Return words on the command line of a session's host; arguments end in a null byte."""
    return HOST_MODULE, f"--key\0{record.key}\0"


def _recorded_sessions() -> Iterator[tuple[Location, HostRecord]]:
    """Return every session with a record, once each; data directories come first."""
    seen: set[str] = set()
    for root in (sessions_root(), runtime_root()):
        for directory in _directories(root):
            key = directory.name
            record = _read_record_in(directory, key) if key not in seen else None
            if record is not None:
                seen.add(key)
                stored = root == sessions_root()
                data = directory if stored else Path(record.data)
                runtime = directory if not stored or not record.runtime else Path(record.runtime)
                yield Location(key, record.name, runtime, data), record


def _directories(root: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(root)) if secure(root) else []  # noqa: PTH208 (names alone)
    except OSError:
        return []
    return [root / name for name in names if (root / name / presence.RECORD).is_file()]


def _read_record_in(directory: Path, key: str) -> HostRecord | None:
    """Return the record in a directory; None without a trustworthy one."""
    if not _KEY.fullmatch(key) or not is_private(directory):
        return None
    try:
        record = msgspec.json.decode(read_own(directory / presence.RECORD), type=HostRecord)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return None
    paths = (record.data, record.runtime or f"/{key}")
    sound = all(path.startswith("/") and "\0" not in path for path in paths)
    return record if sound and record.key == key == Path(paths[1]).name else None


def _kernel_directories(location: Location) -> tuple[Path, ...]:
    current = host_location(location)
    return tuple(dict.fromkeys((location.records, current.kernel, location.kernel)))


def _remove_sockets(location: Location) -> None:
    """Remove a session's directory of sockets with a host's own files, and no other file."""
    runtime = location.runtime
    if runtime.name != location.key or not is_private(runtime):
        return
    for name in _SOCKET_FILES:
        with contextlib.suppress(OSError):
            (runtime / name).unlink()
    for directory in (location.kernel, runtime):
        with contextlib.suppress(OSError):
            directory.rmdir()
