"""The steps that stop a running cell, with a kernel whose first interrupt fails."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from cellbridge.kernel.queries.run_control import Obstacle
from cellbridge.session.host import interrupt_escalation
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


class StuckKernel:
    """A kernel whose cell ignores interrupts."""

    def __init__(self, obstacle: Obstacle) -> None:
        self.obstacle = obstacle

    async def interrupt(self) -> None:
        """Interrupt nothing."""

    async def cancel_await(self) -> Obstacle:
        return self.obstacle


class Screen:
    """The manager of that kernel, and the last message for the user."""

    def __init__(self, obstacle: Obstacle) -> None:
        self.kernel = StuckKernel(obstacle)
        self.stuck = asyncio.get_running_loop().create_future()

    def show_message(self, text: str, *, stuck: bool = False) -> None:
        if stuck:
            self.stuck.set_result(text)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("obstacle", "cause"),
    [
        (Obstacle.HELD, "it is inside native code that holds the interpreter."),
        (Obstacle.CAUGHT, "its code catches every interrupt."),
        (Obstacle.UNKNOWN, "it is inside native code, or catches every interrupt."),
    ],
)
async def test_the_message_has_the_cause_and_what_to_do(
    obstacle: Obstacle, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt_escalation, "STEP_SECONDS", 0)
    screen = Screen(obstacle)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        escalation = InterruptEscalation(cast("KernelManager", screen), tasks)
        escalation.start(())
        message = await screen.stuck
        escalation.stop()
    assert message.startswith(f"The cell cannot be interrupted: {cause} Restart the kernel")
