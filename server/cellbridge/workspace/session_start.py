"""The start of a document's session by another client, such as an agent or another editor.

Owns how it is noticed. It must not know how a client connects to the session.
"""

from __future__ import annotations

import asyncio
import os

from cellbridge.session import presence
from cellbridge.session.locations import Location

_PAUSE = 2.0
"""Seconds between two checks of one open document."""

Mark = tuple[int, int]
"""Differs for each host of a session."""


async def next_host(location: Location, known: Mark | None) -> Mark:
    """Wait until a session has another host than the ``known`` one; return its mark."""
    while True:
        mark = await asyncio.to_thread(_mark_of, location)
        if mark is not None and mark != known:
            return mark
        await asyncio.sleep(_PAUSE)  # Wait: no event reports a host that another client starts.


def _mark_of(location: Location) -> Mark | None:
    """Return the mark of the session's present or last host, by the record that it writes."""
    try:
        record = os.lstat(location.data / presence.RECORD)
    except OSError:
        return None
    return record.st_ino, record.st_mtime_ns
