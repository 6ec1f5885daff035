"""Removal of orphaned kernels, and of the files of kernels that have ended.

Owns the end of a process by its record alone, or by its connection file if the host was killed
before it could write a record. It must not decide which kernels are orphans.

Invariant: only the user's own processes that were started with the connection file are ended, and
only files of kernels, in the user's private directory, are removed.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from cellbridge.kernel.process.kernel_records import (
    RecordedKernel,
    connection_of,
    is_stem,
    own_sockets,
    recorded_kernels,
)
from cellbridge.kernel.trust.ownership import is_private
from cellbridge.kernel.trust.process_identity import send_signal, started_at


def clear(*directories: Path, keep: RecordedKernel | None) -> int:
    """End every kernel with a record in ``directories``, except ``keep``; remove its files.

    Kernels that were started but not recorded are ended too; return the number of these.
    """
    kept = {keep.connection_file} if keep is not None else set[Path]()
    for recorded in list(recorded_kernels(*directories)):
        if keep is None or recorded.path != keep.path:
            end(recorded)
    return sum(_end_unrecorded(file) for file in _unrecorded(directories) if file not in kept)


def end(recorded: RecordedKernel) -> None:
    """Kill a recorded kernel, with the processes it started, and remove its files."""
    record = recorded.record
    send_signal(record.pid, record.started, signal.SIGKILL, recorded.mark, group=True)
    _remove(recorded.connection_file)
    with contextlib.suppress(OSError):
        recorded.path.unlink()


def _unrecorded(directories: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the connection files of kernels whose host was killed before it recorded them."""
    for directory in directories:
        if is_private(directory):
            yield from (file for file in directory.glob("k*.json") if is_stem(file.stem))


def _end_unrecorded(file: Path) -> int:
    """Kill the process that was started with our connection file, and remove its files.

    Return the number of processes killed: only kernels, each of which leads a session, and no
    program that merely reads the file.
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
    """Remove a kernel's connection file, its sockets and its output file."""
    if not is_private(file.parent):
        return
    sockets = own_sockets(connection_of(file), file.parent)
    for path in (*sockets, file, file.with_suffix(".out")):
        with contextlib.suppress(OSError):
            path.unlink()
