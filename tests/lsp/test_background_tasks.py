"""Background tasks: their work, the report of their errors, and their end."""

from __future__ import annotations

import asyncio

from cellbridge.lsp.background_tasks import BackgroundTasks
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.session.errors import SessionError
from support.patience import PATIENCE


async def fail(error: Exception) -> None:
    raise error


async def test_what_fails_is_shown_and_takes_nothing_down() -> None:
    shown: list[str] = []
    done = asyncio.Event()
    async with asyncio.timeout(PATIENCE), BackgroundTasks(shown.append) as background:
        background.begin(fail(SessionError("The kernel is gone; run a cell.")))
        background.begin(fail(KeyError("x")))
        background.begin(done.wait())
        background.begin(asyncio.to_thread(lambda: None))
        done.set()
        while len(shown) < 2:
            await asyncio.to_thread(lambda: None)
    assert shown[0] == "The kernel is gone; run a cell."
    assert "an internal error (KeyError: 'x')" in shown[1]


async def test_all_ends_with_the_group_even_what_never_began() -> None:
    async with asyncio.timeout(PATIENCE), BackgroundTasks(lambda _: None) as background:
        background.begin(asyncio.Event().wait())


async def test_asking_twice_is_asking_once_and_never_two_at_a_time() -> None:
    begun, gate = 0, asyncio.Event()
    working, worked = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        working.set()
        await gate.wait()
        worked.set()

    pump = LatestTask(work)
    async with asyncio.timeout(PATIENCE), BackgroundTasks(lambda _: None) as background:
        background.begin(pump.run())
        pump.wake()
        pump.wake()
        await working.wait()
        assert begun == 1
        # Three more while it is at work are one more afterwards.
        for _ in range(3):
            pump.wake()
        working.clear()
        gate.set()
        await working.wait()
        await worked.wait()
    assert begun == 2
