"""The steps that stop a running cell, with a kernel whose first interrupt fails."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from cellbridge.session.host.interrupt_escalation import InterruptEscalation
from cellbridge.session.host.kernel_manager import KernelManager


class FailingKernel:
    """A kernel whose first interrupt fails in an unexpected way."""

    def __init__(self) -> None:
        self.interrupts = 0
        self.asked = asyncio.Event()

    async def interrupt(self) -> None:
        self.interrupts += 1
        self.asked.set()
        if self.interrupts == 1:
            raise OSError("for this test")


class Manager:
    """A manager of that kernel."""

    def __init__(self) -> None:
        self.kernel = FailingKernel()

    def show_message(self, text: str, **_: Any) -> None:
        """Ignore a message for the user."""


@pytest.mark.asyncio
async def test_a_step_that_failed_leaves_later_interrupts_their_effect() -> None:
    manager = Manager()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        escalation = InterruptEscalation(cast("KernelManager", manager), tasks)
        for expected in (1, 2):
            manager.kernel.asked.clear()
            escalation.start(())
            await manager.kernel.asked.wait()
            assert manager.kernel.interrupts == expected
        escalation.stop()
