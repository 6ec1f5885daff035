"""The identity of processes that records on disk name.

Owns the checks before a process is signalled by its id. A record may be old, or written by another
user, and the system reuses ids. It must not read records, and imports little: a host uses it before
it imports anything slow.

Invariant: a process is signalled here only if it belongs to the user, has the start time in the
record, and its command line contains every word that the caller gives.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

_PROC = Path("/proc")


def started_at(pid: int) -> float | None:
    """Return a number that distinguishes a process from later ones with its id; None if ended.

    On Linux it is the number of clock ticks from the machine's start to the process's, which does
    not depend on the wall clock.
    """
    try:
        # The name, in parentheses, may hold anything; the state is the first field after it.
        state, *rest = (
            (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        )
        return None if state in "ZX" else float(rest[18])
    except (OSError, ValueError, IndexError):
        if (_PROC / "self/stat").exists():
            return None
    import psutil  # noqa: PLC0415 (not needed on Linux, and slow to import)

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_alive(pid: int, started: float) -> bool:
    """Return True if the process with that id and start time runs."""
    return pid > 0 and started_at(pid) == started


def is_same(pid: int, started: float, *words: str) -> bool:
    """Return True if a process is the user's, with that start time and command line."""
    if pid <= 1 or not is_alive(pid, started):
        return False
    owner, command = _owner_and_command(pid)
    return owner == os.getuid() and all(word in command for word in words)


def send_signal(pid: int, started: float, number: int, *words: str, group: bool = False) -> bool:
    """Send a signal to a process if it `is_same`; return whether it was sent.

    With ``group``, send it to every process of the group that it leads.
    """
    handle = -1
    try:
        if hasattr(os, "pidfd_open"):
            # Opened before the check: from then on no other process can take the id's place.
            handle = os.pidfd_open(pid)
        if not is_same(pid, started, *words):
            return False
        if group and os.getpgid(pid) == pid != os.getpgrp():
            os.killpg(pid, number)
        elif handle >= 0:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(pid, number)
    except (OSError, OverflowError, ValueError):
        return False
    finally:
        if handle >= 0:
            os.close(handle)
    return True


def machine() -> str:
    """Return a name for this machine since its start: process ids are valid only there."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return socket.gethostname()


def _owner_and_command(pid: int) -> tuple[int, str]:
    """Return a process's user, -1 if unknown, and its command line."""
    place = _PROC / str(pid)
    try:
        status = (place / "status").read_text("utf-8", "replace")
        arguments = os.fsdecode((place / "cmdline").read_bytes())
        owner = next(line.split()[1] for line in status.split("\n") if line.startswith("Uid:"))
        return int(owner), arguments
    except (OSError, ValueError, StopIteration, IndexError):
        if (_PROC / "self/status").exists():
            return -1, ""
    import psutil  # noqa: PLC0415 (not needed on Linux, and slow to import)

    try:
        process = psutil.Process(pid)
        return process.uids().real, "\0".join(process.cmdline())
    except (psutil.Error, ValueError, OverflowError):
        return -1, ""
