"""The kernel that a person picked for a script, kept beside its outputs.

Owns the file that holds it. It must not know what the name means or whether it still exists.
"""

from __future__ import annotations

import contextlib
import os

from cellbridge.session.locations import Location, make_private

_FILE = "kernel"


def read(location: Location) -> str:
    """Return what was picked; empty if nothing was."""
    try:
        return (location.data / _FILE).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(location: Location, picked: str) -> None:
    """Remember a pick, in one step; an empty one forgets it.

    Raises:
        SessionError: the directory cannot be made.
    """
    make_private(location.data)
    file = location.data / _FILE
    if not picked:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        return
    beside = file.with_name(f"{_FILE}.{os.getpid()}.new")
    beside.write_text(picked + "\n", "utf-8")
    beside.replace(file)
