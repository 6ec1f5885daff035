"""The kernel that the user has chosen for a script, kept next to its outputs.

Owns the file that holds the choice. It must not interpret the name, or check that it still exists.
"""

from __future__ import annotations

import contextlib
import os

from cellbridge.session.locations import Location, make_private

_FILE = "kernel"


def read(location: Location) -> str:
    """Return the chosen kernel; empty if none was chosen."""
    try:
        return (location.data / _FILE).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(location: Location, chosen: str) -> None:
    """Store the choice atomically; an empty one removes it.

    Raises:
        SessionError: the directory cannot be created.
    """
    make_private(location.data)
    file = location.data / _FILE
    if not chosen:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        return
    temporary = file.with_name(f"{_FILE}.{os.getpid()}.new")
    temporary.write_text(chosen + "\n", "utf-8")
    temporary.replace(file)
