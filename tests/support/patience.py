"""Waiting for changes that another program does not report.

Owns the only place where tests poll. Changes that a program reports are awaited by these reports
instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 45.0
"""Seconds that anything may take: a kernel starts in two, on a busy machine in twenty."""

T = TypeVar("T")


def until(
    look: Callable[[], T],
    what: str,
    show: Callable[[], object] | None = None,
    patience: float = PATIENCE,
) -> T:
    """Poll ``look`` until it returns a true value; return it. ``show`` describes a failure."""
    end = time.monotonic() + patience
    while not (seen := look()):
        if time.monotonic() > end:
            instead = show() if show else seen
            raise AssertionError(f"never came: {what}; there was:\n{instead}")
        time.sleep(0.01)  # Wait: for an editor's screen or state, which it does not report
    return seen
