"""Kernels that nobody speaks to any more: an end to them, and to the files of those that are gone.

Owns the ending of a process by its record alone, or by its connection file where the host was
killed before it could leave one. It must not decide which kernels are orphans.

Invariant: only a process of the user's is ended that was started with the connection file, and only
files of kernels are removed, in a private directory of the user's.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from cellbridge.kernel.process.kernel_records import (
    Left,
    connection_of,
    is_stem,
    left_in,
    own_sockets,
)
from cellbridge.kernel.trust.ownership import is_private
from cellbridge.kernel.trust.process_identity import send_signal, started_at


def clear(*directories: Path, keep: Left | None) -> int:
    """End every kernel that has a record in ``directories``, but for ``keep``; remove its files.

    Kernels that were started and not recorded are ended too; returns how many of these there were.
    """
    recorded = {keep.connection_file} if keep is not None else set[Path]()
    for left in list(left_in(*directories)):
        if keep is None or left.path != keep.path:
            end(left)
    return sum(_end_unrecorded(file) for file in _unrecorded(directories) if file not in recorded)


def end(left: Left) -> None:
    """Kill the kernel of a record, with the processes it started, and remove its files."""
    record = left.record
    send_signal(record.pid, record.started, signal.SIGKILL, left.mark, group=True)
    _remove(left.connection_file)
    with contextlib.suppress(OSError):
        left.path.unlink()


def _unrecorded(directories: tuple[Path, ...]) -> Iterator[Path]:
    """Return the connection files of kernels whose host was killed before it had recorded them."""
    for directory in directories:
        if is_private(directory):
            yield from (file for file in directory.glob("k*.json") if is_stem(file.stem))


def _end_unrecorded(file: Path) -> int:
    """Kill the process that was started with a connection file of ours, and remove what is its.

    Returns how many processes that were: kernels, which lead a session each, and no program that
    only reads the file.
    """
    import psutil  # noqa: PLC0415 - slow to import, and hardly ever needed

    killed, mark = 0, os.path.realpath(file)
    for process in psutil.process_iter(["cmdline"]):
        if mark in "\0".join(process.info["cmdline"] or ()):
            pid = process.pid
            with contextlib.suppress(OSError):
                started = started_at(pid) if os.getsid(pid) == pid else None
                if started is not None:
                    killed += send_signal(pid, started, signal.SIGKILL, mark, group=True)
    _remove(file)
    return killed


def _remove(file: Path) -> None:
    """Remove a kernel's connection file, its sockets and what it wrote."""
    if not is_private(file.parent):
        return
    sockets = own_sockets(connection_of(file), file.parent)
    for path in (*sockets, file, file.with_suffix(".out")):
        with contextlib.suppress(OSError):
            path.unlink()
