"""Where kernels' parts of ours are kept compiled, from one kernel to the next.

Owns the directory and how much of it stays. What lies in it is the probe's.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.session.errors import SessionError
from cellbridge.session.locations import data_root, make_private

COMPILED_KEPT = 16
"""Compiled parts that are kept: one for each version of cellbridge and of Python that is in use."""


def compiled_parts() -> Path | None:
    """Return the directory, made and tidied; None where there can be none."""
    directory = data_root() / "probe"
    try:
        make_private(directory)
        kept = sorted(directory.iterdir(), key=lambda file: file.stat().st_mtime)
        for file in kept[:-COMPILED_KEPT]:
            file.unlink(missing_ok=True)
    except (SessionError, OSError):
        return None  # A start may be slower, and goes on.
    return directory
