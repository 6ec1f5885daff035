"""The memory that a process holds.

Owns the measurement. It must not decide how much is too much.
"""

from __future__ import annotations

import os
from pathlib import Path


def memory(pid: int | str = "self") -> int:
    """Return the bytes of memory that a process holds; 0 if the system does not report it."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_of(pid: int) -> int:
    """Return the bytes that a process and its children hold; 0 if it has gone."""
    import psutil  # noqa: PLC0415 (the first completion does not wait for it)

    try:
        children = psutil.Process(pid).children()
    except psutil.Error:
        return 0
    return memory(pid) + sum(memory(child.pid) for child in children)
