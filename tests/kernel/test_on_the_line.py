"""Queries to a real kernel on its socket, and the waking of that kernel."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.process.kernel_records import find_adoptable
from cellbridge.kernel.process.launch import LaunchPlan
from support.kernels import Follower, running
from support.patience import PATIENCE


async def test_another_of_us_goes_on_asking_on_the_line(python: Spec, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="cbk") as directory:
        plan = LaunchPlan(python, str(tmp_path), Path(directory), outlives=True)
        async with asyncio.TaskGroup() as tasks:
            kernel = await Kernel.start(plan, Follower(), tasks)
            # As after the death of a host, whose connection ends with it.
            assert kernel._life is not None
            assert kernel._life.probe_socket is not None
            kernel._life.probe_socket.close()
            left = find_adoptable(plan.directory)
            assert left is not None
            again = await Kernel.adopt(left, Follower(), tasks, running="")
            assert again._life is not None
            assert again._life.probe_socket is not None
            found = await again.inspect("open", 4, PATIENCE)
            assert found.answered
            assert again._life.probe_socket.open
            await again.stop()
            await kernel.stop()


async def test_a_kernel_does_not_push_aside_who_answers(python: Spec) -> None:
    told = "import os; print(getattr(os, 'sched_getscheduler', lambda _: -1)(0), os.nice(0))"
    async with running(python) as bench:
        policy = getattr(os, "SCHED_BATCH", -1)
        assert (await bench.run(told)).text == f"{policy} {os.nice(0)}\n"
