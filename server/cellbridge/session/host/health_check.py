"""Looking after a kernel now and then: whether it still reacts, and that its files stay small.

Owns when a silence is told and when it is taken back. It must not act on it: a stopped process, a
machine asleep and one that is overloaded look alike, and all of them may go on.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from cellbridge.core.runs.runs import KernelStatus
from cellbridge.kernel.kernel import Kernel

PULSE_SECONDS = 1.0
SILENCE_SECONDS = 3.0
"""A kernel that is well is heard every second."""
SILENT = (
    "The kernel does not react: its process is stopped, or the machine has no time for it. "
    "Wait, continue the process, or restart the kernel."
)


class Speaker(Protocol):
    """Who keeps the kernel."""

    kernel: Kernel | None
    status: KernelStatus

    def say(self, message: str, *, stuck: bool = False) -> None:
        """Tell clients one sentence about the kernel."""
        ...


async def look_after(keeper: Speaker, kernel: Kernel) -> None:
    """Look after ``kernel`` for as long as the keeper keeps it."""
    looks, before = 0, ""
    while keeper.kernel is kernel:
        await asyncio.sleep(PULSE_SECONDS)  # Wait: the time between two looks.
        kernel.trim_files()
        # Twice in a row: this process may have been the one that slept.
        looks = looks + 1 if kernel.silence > SILENCE_SECONDS else 0
        status = keeper.status
        if looks > 1 and status.message != SILENT:
            # It takes the place of any other sentence, which is true no more until it is heard.
            before = status.message
            keeper.say(SILENT, stuck=status.stuck)
        elif not looks and status.message == SILENT:
            keeper.say(before, stuck=status.stuck)
