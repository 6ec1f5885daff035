"""The kernel manager's reports while a kernel starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.core.runs.start_options import AS_IT_IS
from cellbridge.kernel import live_kernel
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.find.specs import find
from cellbridge.session.host import kernel_manager
from cellbridge.session.host.kernel_manager import KernelManager
from cellbridge.session.host_plan import HostPlan
from support import fake_kernel
from support.sessions import PATIENCE, location_of


class StatusRecorder:
    """An observer that records the statuses for clients."""

    def __init__(self) -> None:
        self.states: list[tuple[KernelState, str]] = []
        self.ready = asyncio.Event()

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Nothing is run here."""

    def kernel_ready(self) -> None:
        self.ready.set()

    def kernel_lost(self, note: str) -> None:
        """Nothing ran."""

    def status_changed(self, status: KernelStatus, notices: list[str]) -> None:
        self.states.append((status.state, status.message))


async def test_a_kernel_that_is_slow_to_start_is_told_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setattr(kernel_manager, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(live_kernel, "LOST_SECONDS", 0.5)
    spec = find(fake_kernel.register(tmp_path, "twice-deaf"), "fake")
    recorder = StatusRecorder()
    async with asyncio.TaskGroup() as tasks:
        plan = HostPlan(tmp_path, 1, temporary=True)
        manager = KernelManager(recorder, tasks, plan, location_of(tmp_path / "a.py"))
        manager.ensure(spec, AS_IT_IS)
        manager.ensure(spec, AS_IT_IS)
        async with asyncio.timeout(PATIENCE):
            await recorder.ready.wait()
        await manager.stop()
    slow = (
        "The kernel fake is slow to start: after 0.1 seconds it still imports what it needs. "
        "Wait for it, or restart with another kernel."
    )
    assert recorder.states == [
        (KernelState.STARTING, ""),
        (KernelState.STARTING, slow),
        (KernelState.IDLE, ""),
        (KernelState.STOPPED, ""),
    ]
