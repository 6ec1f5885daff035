"""What can be known of a session, and done about it, without asking its host.

Owns the blocking looks at files and processes, each for a thread. What they need is imported when
it is used, since the server's start does not need it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cellbridge.core.output.outputs import Output
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location

if TYPE_CHECKING:
    from cellbridge.session.store.offline_reader import Stored

log = logging.getLogger(__name__)


def read_store(location: Location) -> Stored:
    """Return what is stored."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.content(location.store)


def outputs(location: Location, run_id: str) -> list[Output]:
    """Return the stored outputs of a run with their whole texts."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.outputs(location.store, run_id)


def follow_rename(location: Location, text: str) -> bool:
    """See `cellbridge.session.renamed_scripts.follow`."""
    from cellbridge.session.renamed_scripts import follow  # noqa: PLC0415 (kept out of the server's start)

    try:
        return follow(location, text)
    except (OSError, SessionError) as error:
        log.warning("Whether %s was renamed could not be told: %s", location.name, error)
        return False


def occupied(location: Location) -> bool:
    """See `cellbridge.session.registry.occupied`."""
    from cellbridge.session.registry import occupied  # noqa: PLC0415 (kept out of the start)

    return occupied(location)


async def killed(location: Location, client: str) -> bool:
    """See `cellbridge.session.control.killed`."""
    from cellbridge.session.control import killed  # noqa: PLC0415 (hardly ever needed)

    return await killed(location, client)


def clear_up(location: Location) -> None:
    """See `cellbridge.session.registry.prune`."""
    from cellbridge.session.registry import prune  # noqa: PLC0415 (hardly ever needed)

    prune(location)


def kernel_lives(location: Location) -> bool:
    """Tell whether there is a kernel that a new host could go on with."""
    from cellbridge.session.registry import kernel_lives  # noqa: PLC0415 (kept out of the start)

    return kernel_lives(location)
