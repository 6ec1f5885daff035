"""The scripts with cells below some folders.

Owns which files are read. It must not know the use of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

FILES = 2_000
"""Files visited in one search; a folder with more of them is not a folder of scripts."""
LARGEST = 1_000_000
"""Bytes of the largest script that is read."""
_OTHERS = frozenset({"node_modules", "__pycache__", "site-packages", "dist", "build"})
_MARKERS = (b"# %%", b"#%%")


def scripts_in(folders: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the Python files below ``folders``, hidden ones and environments left out.

    What cannot be read is passed over.
    """
    left = FILES
    for folder in folders:
        for directory, below, files in os.walk(folder):
            below[:] = sorted(name for name in below if _is_searched(Path(directory, name)))
            for name in sorted(files):
                if not name.endswith(".py"):
                    continue
                if (left := left - 1) < 0:
                    return
                path = Path(directory, name)
                try:
                    found = path.stat()
                except OSError:
                    continue
                if found.st_size <= LARGEST:
                    yield path, found


def script_at(path: Path) -> str | None:
    """Return a script's text; None for a file without cells or without text."""
    try:
        data = path.read_bytes()
        return data.decode() if any(marker in data for marker in _MARKERS) else None
    except (OSError, UnicodeDecodeError):
        return None


def _is_searched(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _OTHERS
    return not hidden and not (folder / "pyvenv.cfg").exists()
