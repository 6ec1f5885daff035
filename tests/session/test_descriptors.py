"""A host or a client with too few file descriptors: it reports the cause, and recovers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session import locations
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.launch import connect, connect_or_start
from support.sessions import PATIENCE, client_of, host_of, session_of

pytestmark = pytest.mark.skipif(
    not hasattr(psutil.Process, "rlimit"), reason="another process cannot be limited here"
)
CAUSE = "too many files are open in one process"
ACTION = "ulimit -n"


@contextlib.contextmanager
def few_descriptors(process: psutil.Process, spare: int) -> Iterator[Callable[[], None]]:
    """Leave a process ``spare`` free descriptors; yield a function that lifts the limit."""
    before = process.rlimit(resource.RLIMIT_NOFILE)
    used = {int(entry.name) for entry in Path(f"/proc/{process.pid}/fd").iterdir()}
    free = (number for number in range(before[0]) if number not in used)
    first = next(itertools.islice(free, spare, None))
    process.rlimit(resource.RLIMIT_NOFILE, (first, before[1]))

    def lift() -> None:
        process.rlimit(resource.RLIMIT_NOFILE, before)

    try:
        yield lift
    finally:
        lift()


async def test_a_kernel_that_cannot_have_its_descriptors_says_so(tmp_path: Path) -> None:
    async with session_of(tmp_path / "script.py") as client:
        host = host_of(tmp_path / "script.py")
        for spare in (0, 10, 40):
            with few_descriptors(host, spare):
                (run,) = await client.run("1")
                assert run.state is RunState.CANCELLED
                await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
                assert CAUSE in client.session.kernel.message
                assert ACTION in client.session.kernel.message
        (run,) = await client.run("1")
        assert run.state is RunState.OK


async def test_a_host_without_descriptors_waits_in_peace_and_serves_later(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    async with session_of(script) as client:
        host = host_of(script)
        with few_descriptors(host, 0) as lift:
            async with asyncio.TaskGroup() as tasks:
                second = tasks.create_task(waiting_client(script))
                log = locations.of_script(script).log
                while b"Too many open files" not in await asyncio.to_thread(log.read_bytes):
                    await client.session.describe()
                before = sum(host.cpu_times()[:2])
                for _ in range(3):
                    await asyncio.sleep(0.5)  # Wait: for what a host that spins would burn.
                assert sum(host.cpu_times()[:2]) - before < 0.75
                assert not second.done()
                lift()
                async with asyncio.timeout(PATIENCE):
                    await second


async def waiting_client(script: Path) -> None:
    async with client_of(script) as client:
        assert await client.session.describe()


async def test_a_client_without_descriptors_says_so(tmp_path: Path) -> None:
    location = locations.of_script(tmp_path / "script.py")
    with few_descriptors(psutil.Process(), 0), contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            while True:
                held.callback(os.close, os.dup(2))
        with pytest.raises(SessionError, match=CAUSE) as looked_for:
            await connect(location)
        with pytest.raises(SessionError, match=CAUSE) as started:
            await connect_or_start(location, HostPlan(tmp_path, 1))
    assert all(ACTION in str(said.value) for said in (looked_for, started))
