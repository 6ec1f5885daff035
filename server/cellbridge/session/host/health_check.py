"""The health check of a kernel: it reports a kernel that does not react, and keeps its files small.

Owns when a silence is reported and when that report is withdrawn. It must not act on a silence: a
stopped process, a sleeping machine and an overloaded one look alike, and all of them may recover.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from cellbridge.core.runs.runs import KernelStatus
from cellbridge.kernel.kernel import Kernel

CHECK_SECONDS = 1.0
SILENCE_SECONDS = 3.0
"""Seconds without a sign of life after which a kernel is silent; normally one comes each second."""
SILENT = (
    "The kernel does not react: its process is stopped, or the machine has no time for it. "
    "Wait, continue the process, or restart the kernel."
)


class KernelOwner(Protocol):
    """The owner of a kernel."""

    kernel: Kernel | None
    status: KernelStatus

    def show_message(self, message: str, *, stuck: bool = False) -> None:
        """Show clients one sentence about the kernel."""
        ...


async def monitor(owner: KernelOwner, kernel: Kernel) -> None:
    """Check ``kernel`` for as long as ``owner`` has it."""
    silent_checks, before = 0, ""
    while owner.kernel is kernel:
        await asyncio.sleep(CHECK_SECONDS)  # Wait: the time between two checks.
        kernel.trim_files()
        # Twice in a row: this process may have been the one that slept.
        silent_checks = silent_checks + 1 if kernel.silence > SILENCE_SECONDS else 0
        status = owner.status
        if silent_checks > 1 and status.message != SILENT:
            # It replaces any other sentence, which does not hold until the kernel reacts again.
            before = status.message
            owner.show_message(SILENT, stuck=status.stuck)
        elif not silent_checks and status.message == SILENT:
            owner.show_message(before, stuck=status.stuck)
