"""Access to a session without its host: its store, its processes, and its end.

Owns the blocking reads of files and processes, each for a thread. Their imports happen at the first
use, since the server's start does not need them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cellbridge.core.output.outputs import Output
from cellbridge.core.output.plots import PlotImage, PlotList
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location

if TYPE_CHECKING:
    from cellbridge.session.store.offline_reader import StoredContent

log = logging.getLogger(__name__)


def read_store(location: Location) -> StoredContent:
    """Return the content of the store."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.read_content(location.store)


def read_outputs(location: Location, run_id: str) -> list[Output]:
    """Return the stored outputs of a run with their whole texts."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.read_outputs(location.store, run_id)


def read_plots(location: Location) -> PlotList:
    """Return the stored history of plots."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.read_plots(location.store)


def read_plot(location: Location, plot_id: str) -> PlotImage | None:
    """Return a stored image of the history; None if it is not kept."""
    from cellbridge.session.store import offline_reader  # noqa: PLC0415 (kept out of the server's start)

    return offline_reader.read_plot(location.store, plot_id)


def follow_rename(location: Location, text: str) -> bool:
    """See `cellbridge.session.renamed_scripts.follow`."""
    from cellbridge.session.renamed_scripts import follow_rename  # noqa: PLC0415 (kept out of the server's start)

    try:
        return follow_rename(location, text)
    except (OSError, SessionError) as error:
        log.warning("Could not check whether %s was renamed: %s", location.name, error)
        return False


def has_host(location: Location) -> bool:
    """See `cellbridge.session.registry.occupied`."""
    from cellbridge.session.registry import has_host  # noqa: PLC0415 (kept out of the start)

    return has_host(location)


async def kill_session(location: Location, client: str) -> bool:
    """See `cellbridge.session.control.killed`."""
    from cellbridge.session.control import kill_session  # noqa: PLC0415 (hardly ever needed)

    return await kill_session(location, client)


def prune(location: Location) -> None:
    """See `cellbridge.session.registry.prune`."""
    from cellbridge.session.registry import prune  # noqa: PLC0415 (hardly ever needed)

    prune(location)


def has_live_kernel(location: Location) -> bool:
    """See `cellbridge.session.registry.has_live_kernel`."""
    from cellbridge.session.registry import has_live_kernel  # noqa: PLC0415 (kept out of the start)

    return has_live_kernel(location)
