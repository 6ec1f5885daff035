"""The last resort of a host's background work: a fault is logged, and the session goes on.

Owns nothing but that boundary. What can be expected to fail is handled where it happens.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


async def guarded(work: Coroutine[Any, Any, None]) -> None:
    """Do ``work``; an unforeseen fault in it ends neither the session nor its task group."""
    try:
        await work
    except Exception:  # Boundary: a fault in one errand must not end the session of all.
        log.exception("Something failed in the background")
