"""Kernels that nobody speaks to any more: an end to them, and to the files of those that are gone.

Owns the ending of a process by its record alone, or by its connection file where the host was
killed before it could leave one. It must not decide which kernels are orphans.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from cellbridge.core.nesting import loads
from cellbridge.kernel.launch import sockets
from cellbridge.kernel.process import end_group
from cellbridge.kernel.records import SUFFIX, Left, left_in


def clear(directory: Path, *, keep: Left | None) -> None:
    """End every kernel that has a record in ``directory``, but for ``keep``; remove its files.

    Kernels that were started and not recorded are ended too.
    """
    for left in left_in(directory):
        if keep is None or left.path != keep.path:
            end(left)
    for file in unrecorded(directory):
        _end_unrecorded(file)


def unrecorded(directory: Path) -> list[Path]:
    """Return the connection files of kernels whose host was killed before it had recorded them."""
    files = directory.glob("k*-*.json")
    return [file for file in files if not file.with_suffix(SUFFIX).exists()]


def _end_unrecorded(file: Path) -> None:
    """Kill whoever was started with a connection file of ours, and remove what belongs to it.

    Nobody else is: the file's name is its own, in a directory of ours.
    """
    import psutil  # noqa: PLC0415 - slow to import, and hardly ever needed

    for process in psutil.process_iter(["cmdline"]):
        if str(file) in (process.info["cmdline"] or ()):
            end_group(process.pid)
            with contextlib.suppress(psutil.Error):
                process.kill()
    for path in (*_sockets(file), file, file.with_suffix(".out")):
        with contextlib.suppress(OSError):
            path.unlink()


def end(left: Left) -> None:
    """Kill the kernel of a record, with the processes it started, and remove its files."""
    record, directory = left.record, left.path.parent
    if left.living:
        end_group(record.pid)
        with contextlib.suppress(OSError):
            os.kill(record.pid, signal.SIGKILL)
    file = directory / record.connection_file
    for path in (*_sockets(file), file, left.output, left.path):
        with contextlib.suppress(OSError):
            path.unlink()


def _sockets(connection_file: Path) -> list[Path]:
    """Return the sockets in our directory that a connection file names."""
    try:
        return sockets(loads(connection_file.read_text("utf-8")))
    except (OSError, ValueError, AttributeError):
        return []
