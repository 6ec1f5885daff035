"""Waiting for what another program does without telling.

Owns the one place where tests look again and again. Whatever tells of its changes is waited for by
that instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 45.0
"""Seconds that anything may take: a kernel starts in two, on a busy machine in twenty."""

T = TypeVar("T")


def until(look: Callable[[], T], what: str, show: Callable[[], object] | None = None) -> T:
    """Look until there is something to see, and return it; ``show`` tells what was there."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > end:
            instead = show() if show else seen
            raise AssertionError(f"never came: {what}; there was:\n{instead}")
        time.sleep(0.01)  # Wait: for an editor's screen or state, which it shows but does not tell
    return seen
