"""The cost of the debugger: for code before, during and after it, and for answers at a stop.

The loop is 500,000 calls of a function of one line, the worst case for a debugger. Its times are
those of the kernel's processor.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate, slow
from bench.typist import LOOP, watched
from cellbridge.kernel.find import specs
from cellbridge.kernel.find.spec import Spec
from support.kernels import Bench, running
from support.newer_python import newer_kernel
from support.pydevd import Debugged, at, attached

SETUP = """\
import time
def add(i):
    return i + 1
def loop():
    x, began = 0, time.process_time()
    for i in range(500_000):
        x = add(x)
    return time.process_time() - began
print(loop())
"""
TIMES = 7
COMPLETIONS = 100
PATIENCE_MS = 50
"""The milliseconds in which the 95th percentile of completions must be answered at a stop."""


async def loop(bench: Bench) -> float:
    """Return the seconds of one loop."""
    return float((await bench.run("print(loop())")).text)


@asynccontextmanager
async def pair(spec: Spec) -> AsyncIterator[tuple[Debugged, Bench]]:
    """Yield two kernels that know the loop: one to be debugged, and one that never is."""
    async with running(spec) as one, running(spec) as other:
        for bench in (one, other):
            assert (await bench.run(SETUP)).reply["status"] == "ok"
        yield Debugged(one), other


async def stop_once(debugged: Debugged) -> None:
    """Attach, stop in a cell, and detach."""
    async with attached(debugged.kernel) as debugger:
        run = debugged.send("a = 1\nb = 2", 1, at(2))
        await debugger.stop()
        await debugger.resume()
        await debugged.ended(run)


async def compare(spec: Spec, *, during: bool) -> Timing:
    """Take the times of the loop with and without a debugger, in turns."""
    async with pair(spec) as (debugged, other), contextlib.AsyncExitStack() as stack:
        await stop_once(debugged)
        if during:
            debugger = await stack.enter_async_context(attached(debugged.kernel))
            source = {"path": "/nowhere/other.py"}
            await debugger.ask("setBreakpoints", source=source, breakpoints=[{"line": 1}])
        pairs = [(await loop(debugged.bench), await loop(other)) for _ in range(TIMES + 1)][1:]
    return Timing([ours for ours, _ in pairs], [theirs for _, theirs in pairs])


def before() -> Timing:
    """Take the times of the loop in our kernel, and in one that nothing was added to."""

    async def alternate(raw: RawKernel, path: Path) -> Timing:
        async with running(specs.find(None, "python")) as bench:
            await bench.run(SETUP)
            pairs: list[tuple[float, float]] = []
            for _ in range(TIMES):
                raw.execute(f"open({str(path)!r}, 'w').write(str(loop()))")
                pairs.append(
                    (await loop(bench), float(await asyncio.to_thread(path.read_text, "utf-8")))
                )
        return Timing([ours for ours, _ in pairs], [theirs for _, theirs in pairs])

    with RawKernel() as raw, tempfile.TemporaryDirectory() as scratch:
        raw.execute(SETUP)
        return asyncio.run(alternate(raw, Path(scratch) / "seconds"))


def after() -> Timing:
    """Take the times after a detach, on our own Python."""
    return asyncio.run(compare(specs.find(None, "python"), during=False))


def attached_by_monitoring() -> Timing:
    """Take the times while a debugger is attached, on Python 3.12 or newer."""
    return asyncio.run(compare(newer_kernel(), during=True))


def at_a_stop() -> Timing:
    """Compare completions while the code has stopped with those of an idle kernel, by their p95."""
    with watched(300) as stopped, watched(300) as idle:
        stopped.write(LOOP)
        position = {"line": stopped.line, "character": 0}
        where = {"uri": stopped.uri, "position": position}
        answer = stopped.client.command("cellbridge.runByLine", where)
        assert answer["state"] == "stopped", answer
        timing = alternate(
            lambda: stopped.complete("df.", "groupby"),
            lambda: idle.complete("df.", "groupby"),
            COMPLETIONS,
        )
        stopped.client.command("cellbridge.interrupt", {"uri": stopped.uri})
        return slow(timing)


ROWS = (
    Row(
        name="Debugger: a loop of 500,000 calls, never attached",
        ours="a kernel of Cellbridge",
        peer="the same kernel, started without Cellbridge",
        measure=before,
        at_most=1.1,
    ),
    Row(
        name="Debugger: the same loop after a detach",
        ours="a kernel in which a debugger has stopped a cell",
        peer="a kernel without that",
        measure=after,
        at_most=1.1,
    ),
    Row(
        name="Debugger: the same loop while it is attached, Python 3.12 or newer",
        ours="a kernel with a debugger and a breakpoint elsewhere",
        peer="a kernel without that",
        measure=attached_by_monitoring,
        at_most=1.5,
    ),
    Row(
        name="Debugger: complete `df.` while the code has stopped, 95th percentile",
        ours="`cellbridge lsp`, stopped by *Run by Line*",
        peer="`cellbridge lsp`, the kernel idle",
        measure=at_a_stop,
        at_most=2,
        at_most_ms=PATIENCE_MS,
    ),
)
