"""The memory that this process holds.

Owns the one question. It must not decide what is too much.
"""

from __future__ import annotations

import os
from pathlib import Path


def memory() -> int:
    """Return the bytes of memory that this process holds; 0 if the system does not report it."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
