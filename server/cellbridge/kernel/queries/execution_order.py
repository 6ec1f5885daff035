"""Requests to the probe about cells that were sent before their turn.

Owns the request that revokes cells (probe/execution_order.py). It must not decide when a cell is
sent; the metadata of such a cell's request is in run_details.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

REVOKE_SECONDS = 0.2
"""Seconds that an interrupt waits at most until no further cell can begin."""


async def revoke(
    query: Callable[[dict[str, Any], float], Awaitable[object]], requests: Sequence[str]
) -> None:
    """Let none of these requests run that have not begun."""
    await query({"op": "revoke", "requests": list(requests)}, REVOKE_SECONDS)
