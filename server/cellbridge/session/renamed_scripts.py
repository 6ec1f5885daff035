"""Scripts that were renamed or moved: their sessions go with them.

Owns how the session of a renamed script is found. A session is named by the script's path
(locations.py); a note in its directory says which path that is. A script that is opened for the
first time takes over the session of one that is gone and had its text. Nothing is copied, so a
running session and its kernel go on as they are.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.session.locations import Location, noted, sessions_root, take_over
from cellbridge.session.store.offline_reader import cells_of

_LOOKED_AT = 300
"""Sessions that are looked at, the last used first."""
_SHARE = 0.5
"""How much of what is remembered of a script must be in the text, by length."""
_LEAST = 20
"""Characters of remembered cells below which nothing can be told from them."""


def follow(location: Location, text: str) -> bool:
    """Take over the session of a script that is gone and had this text; returns whether one did.

    ``location`` is that of a script without a store, whose session is another one from then on:
    ask `locations.of_script` again.
    """
    if location.store.exists() or not Path(location.name).is_file():
        return False
    best = max(((_share(data, text), data) for data in _left(location)), default=None)
    if best is None or best[0] < _SHARE:
        return False
    take_over(location, best[1].name)
    return True


def _left(location: Location) -> list[Path]:
    """Return the directories of sessions whose script is gone."""
    root = sessions_root()
    known = [data for data in root.iterdir() if data.is_dir()] if root.is_dir() else []
    known.sort(key=lambda data: data.stat().st_mtime, reverse=True)
    found: list[Path] = []
    for data in known[:_LOOKED_AT]:
        script = noted(data)
        if script and script != location.name and not Path(script).exists():
            found.append(data)
    return found


def _share(data: Path, text: str) -> float:
    """Return how much of the script that a session knows is in ``text``, from 0 to 1."""
    cells = [cell.source.strip() for cell in cells_of(data / "session.sqlite")]
    whole = sum(map(len, cells))
    if whole < _LEAST:
        return 0.0
    return sum(len(cell) for cell in cells if cell in text) / whole
