"""The user's lasting permission for agents in the sessions of a script, kept next to its outputs.

Owns the file that holds it, and the list of scripts with such a file. It must not know agents, or
permissions for one session alone.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.kernel.trust import ownership
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import (
    Location,
    make_private,
    recorded_script,
    sessions_root,
)

_FILE = "agents-allowed"
_CONTENT = b"Agents may use the sessions of this script. Remove this file to end this.\n"


def read(location: Location) -> bool:
    """Return True if the user allows agents for the script; False if the file is not the user's."""
    return _is_allowed_in(location.data)


def allowed_scripts() -> list[str]:
    """Return the scripts for which the user allows agents."""
    try:
        known = [*sessions_root().iterdir()]
    except OSError:
        return []
    return sorted(
        script for data in known if _is_allowed_in(data) and (script := recorded_script(data))
    )


def write(location: Location, *, allowed: bool) -> None:
    """Store the permission, or remove it.

    Raises:
        SessionError: it cannot be stored or removed.
    """
    try:
        if allowed:
            make_private(location.data)
            ownership.write_own(location.data / _FILE, _CONTENT)
        else:
            (location.data / _FILE).unlink(missing_ok=True)
    except OSError as error:
        raise SessionError(
            f"The permission for agents could not be changed ({error.strerror}); "
            f"check the directory {location.data} and try again."
        ) from error


def _is_allowed_in(data: Path) -> bool:
    try:
        return ownership.read_own(data / _FILE) == _CONTENT
    except (OSError, ValueError):
        return False
