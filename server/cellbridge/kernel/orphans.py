"""Kernels that nobody speaks to any more: an end to them, and to the files of those that are gone.

Owns the ending of a process by its record alone. It must not decide which kernels are orphans.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

from cellbridge.kernel.process import end_group
from cellbridge.kernel.records import Left, left_in


def clear(directory: Path, *, keep: Left | None) -> None:
    """End every kernel that has a record in ``directory``, but for ``keep``; remove its files."""
    for left in left_in(directory):
        if keep is None or left.path != keep.path:
            end(left)


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
        info = json.loads(connection_file.read_text("utf-8"))
        if info["transport"] != "ipc":
            return []
        ports = [value for name, value in info.items() if name.endswith("_port")]
        return [Path(f"{info['ip']}-{port}") for port in ports]
    except (OSError, ValueError, KeyError, TypeError):
        return []
