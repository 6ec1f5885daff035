"""The sessions of this machine: which ones have a host, and what ended hosts have left.

Owns the reading of the records that hosts leave (presence.py), the list made of them, and the
removal of what is left of a session without a host. It must not start or talk to a session.

Invariant: a record is only believed where it lies in a private directory of the user's that has the
session's key as its name. What it says is then checked again before it is acted on: a process is
signalled only if it is surely the session's, and only files of ours are removed.
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
"""The word on a host's command line by which it is known, next to the session's key."""
_KEY = re.compile(r"[\w.-]*\w")
_LEFT_OVER = ("host.sock", "host.log", presence.HOST, presence.LAUNCH, presence.RECORD)
"""What a host leaves in its directory of sockets."""


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
    begun: float = 0.0
    """When the process started, as `cellbridge.kernel.trust.process_identity.started_at` gives
    it."""
    machine: str = ""
    """Where it runs: a data directory may be shared by several machines."""
    runtime: str = ""
    """The directory of its sockets."""
    ending: bool = False
    """True once it takes no more clients."""


def sessions() -> list[tuple[Location, HostRecord]]:
    """Return the sessions whose host lives, oldest first.

    Records of hosts that ended without removing them are passed over.
    """
    found = [entry for entry in _known() if presence.held(entry[0], presence.HOST)]
    return sorted(found, key=lambda entry: entry[1].started)


def record_of(location: Location) -> HostRecord | None:
    """Return the record that a session's host has left, whether it still lives or not."""
    found = (_read(place, location.key) for place in (location.data, location.runtime))
    return next((record for record in found if record is not None), None)


def placed(location: Location) -> Location:
    """Return the location with the directory of sockets that its host says it uses.

    It may be another one than ours: the environment names it, or the host had to move.
    """
    record = record_of(location)
    runtime = Path(record.runtime) if record is not None and record.runtime else location.runtime
    return replace(location, runtime=runtime)


def expected(location: Location) -> bool:
    """Tell whether clients can soon be taken by a host that lives, though none listens now.

    Raises:
        SessionError: it lives on another machine.
    """
    if not presence.held(location, presence.HOST):
        return False
    record = record_of(location)
    if record is None:
        return True
    if record.machine and record.machine != machine():
        raise SessionError(
            f"The session of {record.name} runs on another machine that shares your data "
            "directory; use it there, or stop it there first."
        )
    return not record.ending


def occupied(location: Location) -> bool:
    """Tell whether a host of the session exists: one that starts, serves, ends or hangs."""
    return presence.held(location, presence.HOST)


def orphaned(location: Location) -> bool:
    """True where the session's kernel lives and its host does not: a new host can go on with it."""
    return not presence.held(location, presence.HOST) and kernel_lives(location)


def kernel_lives(location: Location) -> bool:
    """True where a kernel of the session's lives that a host can go on with."""
    return kernel_records.find_adoptable(*_kernel_directories(location)) is not None


def left_behind() -> Iterator[Location]:
    """Return the sessions whose host ended without cleaning up; their kernels may live."""
    for location, _ in _known():
        if not presence.held(location, presence.HOST):
            yield location


def end_left_behind(key: str | None = None) -> int:
    """End the kernels of sessions without a host, of one session or of all; return how many."""
    return sum(prune(location) for location in left_behind() if key in {None, location.key})


def end_kernels(location: Location) -> int:
    """End the kernels of a session, whether its host lives or not; return how many lived."""
    directories = _kernel_directories(location)
    living = sum(left.is_sure for left in kernel_records.recorded_kernels(*directories))
    return living + clear(*directories, keep=None)


def prune(location: Location) -> int:
    """End the kernels of a session whose host is gone and remove what lies around of it.

    The store stays. Returns how many kernels lived; does nothing while a client starts a host.
    """
    lock = presence.taken(location, presence.LAUNCH, 0.0)
    if lock is None:
        return 0
    with lock:
        if presence.held(location, presence.HOST):
            return 0
        living = end_kernels(location)
        presence.withdraw(location)
        _remove_sockets(location)
        with contextlib.suppress(OSError):
            location.variables_part.unlink(missing_ok=True)
        return living


def verified(record: HostRecord) -> bool:
    """Tell whether the process that a record names is surely that session's host.

    It is the user's own on this machine, started when the record says, and names the session on its
    command line. Any other record may be old or planted; its process id is then somebody else's.
    """
    here = record.machine == machine()
    return here and is_same(record.pid, record.begun, *_words(record))


def signal_host(location: Location, record: HostRecord, signum: int) -> bool:
    """Send a signal to a session's host if it is `verified`; returns whether it was sent.

    The process is held while it is checked, so that the signal cannot reach a later one of its id.
    """
    if record.machine != machine() or record.key != location.key:
        return False
    return send_signal(record.pid, record.begun, signum, *_words(record))


def _words(record: HostRecord) -> tuple[str, str]:
    """Return what is on the command line of a session's host; arguments end in a null byte."""
    return HOST_MODULE, f"--key\0{record.key}\0"


def _known() -> Iterator[tuple[Location, HostRecord]]:
    """Return every session that has a record, by its store first, each once."""
    seen: set[str] = set()
    for root in (sessions_root(), runtime_root()):
        for directory in _directories(root):
            key = directory.name
            record = _read(directory, key) if key not in seen else None
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


def _read(directory: Path, key: str) -> HostRecord | None:
    """Return the record in a directory; None where there is none to believe."""
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
    there = placed(location)
    return tuple(dict.fromkeys((location.records, there.kernel, location.kernel)))


def _remove_sockets(location: Location) -> None:
    """Remove a session's directory of sockets with what a host leaves there, and nothing else."""
    runtime = location.runtime
    if runtime.name != location.key or not is_private(runtime):
        return
    for name in _LEFT_OVER:
        with contextlib.suppress(OSError):
            (runtime / name).unlink()
    for directory in (location.kernel, runtime):
        with contextlib.suppress(OSError):
            directory.rmdir()
