"""The boundary around a host's background work: a fault is logged, and the session continues.

Owns only that boundary. Expected failures are handled where they happen.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


async def log_faults(work: Coroutine[Any, Any, None]) -> None:
    """Await ``work``; an unexpected fault in it ends neither the session nor its task group."""
    try:
        await work
    except Exception:  # Boundary: a fault in one task must not end a shared session.
        log.exception("Something failed in the background")
