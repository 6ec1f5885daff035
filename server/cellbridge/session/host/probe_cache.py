"""The directory of the compiled probe, which one kernel leaves for the next.

Owns the directory and how many files stay in it. The probe owns the files' content.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.session.errors import SessionError
from cellbridge.session.locations import data_root, make_private

FILE_LIMIT = 16
"""Maximum number of files: one for each version of Cellbridge and of Python in use."""


def probe_cache_directory() -> Path | None:
    """Create and tidy the directory, and return it; None if it cannot be created."""
    directory = data_root() / "probe"
    try:
        make_private(directory)
        kept = sorted(directory.iterdir(), key=lambda file: file.stat().st_mtime)
        for file in kept[:-FILE_LIMIT]:
            file.unlink(missing_ok=True)
    except (SessionError, OSError):
        return None  # The start continues, perhaps more slowly.
    return directory
