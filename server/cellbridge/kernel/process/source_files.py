"""The files in which a kernel's probe keeps the texts of its runs.

Owns their directory, and their removal once the kernel has ended. It must not know what is in them;
the probe writes them (kernel/probe/executed_sources.py), as
``ROOT/SCRIPT/ipykernel_PID-TEXT/analysis.py``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path

from cellbridge.kernel.trust.ownership import is_private, make_private
from cellbridge.kernel.trust.process_identity import started_at

_RUN = re.compile(r"ipykernel_(\d+)-[0-9a-f]+")


def prepare(root: Path | None) -> Path | None:
    """Create the directory and return it; None if the kernel has to use another."""
    try:
        if root is not None:
            make_private(root)
    except OSError:
        return None
    return root


def remove(root: Path, pid: int) -> None:
    """Remove the files of a process, and of all others that have ended."""
    if not is_private(root):
        return
    running = {pid: False}
    for script in _entries(root):
        for run in _entries(script):
            if (match := _RUN.fullmatch(run.name)) is None:
                continue
            number = int(match[1])
            if number not in running:
                running[number] = started_at(number) is not None
            if not running[number]:
                shutil.rmtree(run, ignore_errors=True)
        with contextlib.suppress(OSError):
            script.rmdir()


def _entries(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
