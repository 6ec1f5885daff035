"""The sessions of renamed or moved scripts, which follow their scripts.

Owns how the session of a renamed script is found. The script's path determines the session's key
(locations.py); a note in its directory records that path. A script that is opened for the first
time takes over the session of a script that is gone and had the same text. No file is copied, so a
running session and its kernel are not affected.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.session.locations import Location, recorded_script, sessions_root, take_over
from cellbridge.session.store.offline_reader import read_cells

_SESSION_LIMIT = 300
"""Maximum number of sessions that are compared, the last used first."""
_MIN_SHARE = 0.5
"""Minimum share of a script's stored cells that must be in the text, by length."""
_MIN_CHARACTERS = 20
"""Minimum number of characters of stored cells for a meaningful comparison."""


def follow_rename(location: Location, text: str) -> bool:
    """Take over the session of a script that is gone and had this text; return True if one exists.

    ``location`` is that of a script without a store. Its session is another one from then on: call
    `locations.of_script` again.
    """
    if location.store.exists() or not Path(location.name).is_file():
        return False
    best = max(
        ((_matching_share(data, text), data) for data in _sessions_without_script(location)),
        default=None,
    )
    if best is None or best[0] < _MIN_SHARE:
        return False
    take_over(location, best[1].name)
    return True


def _sessions_without_script(location: Location) -> list[Path]:
    """Return the directories of sessions whose script is gone."""
    root = sessions_root()
    known = [data for data in root.iterdir() if data.is_dir()] if root.is_dir() else []
    known.sort(key=lambda data: data.stat().st_mtime, reverse=True)
    found: list[Path] = []
    for data in known[:_SESSION_LIMIT]:
        script = recorded_script(data)
        if script and script != location.name and not Path(script).exists():
            found.append(data)
    return found


def _matching_share(data: Path, text: str) -> float:
    """Return the share of a session's stored script that is in ``text``, from 0 to 1."""
    cells = [cell.source.strip() for cell in read_cells(data / "session.sqlite")]
    whole = sum(map(len, cells))
    if whole < _MIN_CHARACTERS:
        return 0.0
    return sum(len(cell) for cell in cells if cell in text) / whole
