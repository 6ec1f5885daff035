"""Interrupts of cells that await."""

from __future__ import annotations

from cellbridge.kernel.find.spec import Spec
from support.kernels import running

AWAITS = (
    "await asyncio.sleep(1000)",
    "await asyncio.gather(asyncio.sleep(1000), asyncio.sleep(2000))",
    (
        "async def group():\n"
        "    async with asyncio.TaskGroup() as tasks:\n"
        "        tasks.create_task(asyncio.sleep(1000))\n"
        "await group() if hasattr(asyncio, 'TaskGroup') else await asyncio.sleep(1000)"
    ),
    (
        "async def ticks():\n"
        "    while True:\n"
        "        await asyncio.sleep(1000)\n"
        "        yield 1\n"
        "async for _ in ticks(): pass"
    ),
    "await asyncio.wait_for(asyncio.sleep(1000), 2000)",
    "await asyncio.to_thread(threading.Event().wait, 2)",
    "await asyncio.sleep(0)\nwhile True: pass",
    "async def loop():\n    while True: pass\nawait asyncio.gather(loop(), asyncio.sleep(1000))",
)
"""Cells that await for a long time, or loop between two awaits."""


async def test_one_interrupt_ends_a_cell_that_awaits(python: Spec) -> None:
    async with running(python) as bench:
        await bench.run("import asyncio, threading")
        for code in AWAITS:
            run = bench.send(f"print('on')\n{code}")
            await bench.follower.until(lambda follower, run=run: bool(follower.text(run)))
            await bench.kernel.interrupt()
            await bench.follower.until(lambda follower, run=run: follower.ended(run))
            ended = bench.ran(run).reply["ename"]
            assert ended in {"CancelledError", "KeyboardInterrupt"}, code
        assert (await bench.run("await asyncio.sleep(0)\nprint('well')")).text == "well\n"
