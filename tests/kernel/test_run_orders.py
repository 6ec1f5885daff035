"""Orders to run control: they reach the kernel at once, whatever waits on its control channel."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from cellbridge.kernel.find.specs import find
from cellbridge.kernel.queries.run_control import Obstacle
from support.kernels import Bench, running
from support.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """
import asyncio, base64, os, threading
held = threading.Event()
kernel = get_ipython().kernel
kernel.control_handlers["hold"] = lambda *_: held.wait()
def flood():
    for number in range(20_000):
        print(number, flush=True)
        if number % 100 == 0:
            data = base64.b64encode(os.urandom(100_000)).decode()
            display({"image/png": data}, raw=True)
        yield number
"""
AWAITS = "print('on', flush=True)\nawait asyncio.sleep(1000)"
COMPUTES = "print('on', flush=True)\nwhile True: pass"
FLOODS_AND_AWAITS = "for _ in flood(): await asyncio.sleep(0)"
FLOODS = "for _ in flood(): pass"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with running(replace(find(None, "python"), interrupt_mode="message")) as started:
        await started.run(SETUP)
        yield started


async def begun(bench: Bench, source: str) -> str:
    """Send a cell and wait until it has printed something."""
    run = bench.send(source)
    await bench.follower.until(lambda follower: bool(follower.text(run)))
    return run


async def check_ended(bench: Bench, run: str, error: str) -> None:
    """Check that a run ends by this error, before it has printed its last line."""
    await bench.follower.until(lambda follower: follower.ended(run))
    assert bench.ran(run).reply["ename"] == error
    assert "19999" not in bench.follower.text(run).split()


async def test_orders_do_not_wait_for_the_control_channel(bench: Bench) -> None:
    kernel = bench.kernel
    assert kernel._life is not None
    kernel._life.requests.forget(kernel._life.requests.send("control", "hold", {}))
    run = await begun(bench, AWAITS)
    assert await kernel.cancel_await() is None
    await check_ended(bench, run, "CancelledError")
    line = kernel._life.probe_socket
    assert line is not None
    line._abandoned.update(range(-9, 0))  # As after queries that a long call kept unanswered.
    run = await begun(bench, COMPUTES)
    await kernel.interrupt()
    await check_ended(bench, run, "KeyboardInterrupt")
    line._abandoned.clear()
    state = await kernel.state()
    assert state is not None
    assert state.outcomes[run] is False
    await kernel.guard(3600)
    owner = "kernel.control_handlers['cellbridge_run_control'].owner"
    assert (await bench.run(f"print(*{owner}[::2])")).text == f"{os.getpid()} 3600.0\n"
    await bench.run("held.set()")


async def test_orders_take_effect_before_a_flood_ends(bench: Bench) -> None:
    run = await begun(bench, FLOODS_AND_AWAITS)
    assert await bench.kernel.cancel_await() is None
    await check_ended(bench, run, "CancelledError")
    run = await begun(bench, FLOODS)
    await bench.kernel.interrupt()
    await check_ended(bench, run, "KeyboardInterrupt")


async def test_without_the_probes_socket_orders_use_the_control_channel(bench: Bench) -> None:
    life = bench.kernel._life
    assert life is not None
    line, life.probe_socket = life.probe_socket, None
    run = await begun(bench, COMPUTES)
    await bench.kernel.interrupt()
    await check_ended(bench, run, "KeyboardInterrupt")
    run = await begun(bench, AWAITS)
    assert await bench.kernel.cancel_await() is None
    await check_ended(bench, run, "CancelledError")
    life.probe_socket = line


async def check_obstacle(bench: Bench, run: str, expected: Obstacle) -> None:
    """Check why a cell cannot be stopped, then stop it."""
    async with asyncio.timeout(PATIENCE):
        # The cell may not have reached the place yet.
        while await bench.kernel.cancel_await() is not expected:
            pass
    os.kill(bench.kernel.pid, signal.SIGINT)
    await check_ended(bench, run, "KeyboardInterrupt")


async def test_the_reason_why_a_cell_does_not_stop_is_known(bench: Bench) -> None:
    await check_obstacle(bench, await begun(bench, COMPUTES), Obstacle.CAUGHT)
    waits = "print('on', flush=True)\nthreading.Event().wait(1000)"
    await check_obstacle(bench, await begun(bench, waits), Obstacle.UNKNOWN)
    holds = bench.send("import ctypes\nctypes.PyDLL(None).pause()")
    await check_obstacle(bench, holds, Obstacle.HELD)


async def test_the_thread_that_answers_does_not_wait_for_the_threads_of_a_cell(
    bench: Bench,
) -> None:
    ran = await bench.run(
        "lines = [one.native_id for one in threading.enumerate() if one.name == 'cellbridge-line']"
        "\nscheduler = getattr(os, 'sched_getscheduler', lambda _: 0)"
        "\nprint({scheduler(line) for line in lines}, scheduler(0))"
    )
    rest = getattr(os, "SCHED_BATCH", 0)
    assert ran.text == f"{ {0, rest} } {rest}\n"
