"""Requests to the probe about cells that were sent before their turn.

Owns the metadata of such a cell's request, and the request that revokes cells
(probe/execution_order.py). It must not decide when a cell is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

METADATA_KEY = "after"
"""The key of a `Predecessor` in our metadata of an ``execute_request``."""
REVOKE_SECONDS = 0.2
"""Seconds that an interrupt waits at most until no further cell can begin."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The request after which a cell runs that is sent before its turn."""

    request: str
    failed_too: bool
    """True if the cell runs even if that request has failed."""


async def revoke(
    query: Callable[[dict[str, Any], float], Awaitable[object]], requests: Sequence[str]
) -> None:
    """Let none of these requests run that have not begun."""
    await query({"op": "revoke", "requests": list(requests)}, REVOKE_SECONDS)
