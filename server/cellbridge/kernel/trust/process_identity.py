"""Processes that a record on disk names: whether one is still the process that was meant.

Owns the checks before a process is signalled by its id. A record may be old, or written by someone
else, and the system gives ids again. It must not read records, and imports little: a host uses it
before it imports anything slow.

Invariant: a process is signalled here only if it belongs to the user, has started when the record
says, and its command line holds every word that the caller gives.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

_PROC = Path("/proc")


def started_at(pid: int) -> float | None:
    """Return a number that tells a process from later ones of the same id; None if it has ended.

    On Linux, the clock ticks between the machine's start and the process's, which no change of the
    clock can alter.
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


def is_living(pid: int, started: float) -> bool:
    """Tell whether the process of that id lives and is the one that was meant."""
    return pid > 0 and started_at(pid) == started


def is_same(pid: int, started: float, *words: str) -> bool:
    """Tell whether a process is the user's, the one that was meant, and of that command line."""
    if pid <= 1 or not is_living(pid, started):
        return False
    owner, command = _owner_and_command(pid)
    return owner == os.getuid() and all(word in command for word in words)


def send_signal(pid: int, started: float, number: int, *words: str, group: bool = False) -> bool:
    """Send a signal to a process if it `is_same`; returns whether it was sent.

    ``group``: to every process of the group that it leads.
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
    """Return a name for this machine since its start: process ids mean nothing on another one."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return socket.gethostname()


def _owner_and_command(pid: int) -> tuple[int, str]:
    """Return the user who runs a process, and its command line; -1 where it cannot be read."""
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
