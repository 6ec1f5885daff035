"""The debugger in a real kernel, without a host: stops, and what the code does afterwards."""

from __future__ import annotations

from typing import Any

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.queries.debugging import Breakpoint
from cellbridge.kernel.queries.run_details import RunDetails
from support.kernels import Bench, running
from support.pydevd import attached

SCRIPT = "/nowhere/script.py"
FUNCTION = "def f(k):\n    z = k\n    return z\nf(1)"


class Debugged:
    """A kernel whose cells are run under the debugger."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def send(self, source: str, line: int, *breakpoints: Breakpoint) -> str:
        """Run a source that begins on a line of the script, counted from 1."""
        return self.bench.kernel.execute(
            source,
            cell_id=f"on {line}",
            origin=Origin(SCRIPT, line - 1),
            stop_on_error=True,
            details=RunDetails(breakpoints=breakpoints),
        )

    async def ended(self, run: str) -> str:
        """Wait for a run's end; return its text."""
        await self.bench.follower.until(lambda follower: follower.ended(run))
        return self.bench.follower.text(run)


def at(line: int, **more: Any) -> Breakpoint:
    """Return a breakpoint on a line of the script."""
    return {"id": line, "line": line, **more}


async def check_first_run_stops(kernel: Debugged) -> None:
    """Check that a debugger attached while idle stops old functions and new code at once."""
    await kernel.bench.run(FUNCTION, Origin(SCRIPT, 1))
    async with attached(kernel.bench.kernel) as debugger:
        found = await kernel.bench.kernel.debugging.executed_texts()
        assert found is not None
        (text,) = [text for text in found.texts if text.text.startswith("def f")]
        assert (text.script, text.first) == (SCRIPT, 1)
        placed = await kernel.bench.kernel.debugging.place({text.path: [at(4)]})
        assert placed == {text.path: [4]}
        for turn in range(3):
            run = kernel.send(f"a = {turn}\nb = f(a)", 20, at(21))
            event, frames = await debugger.stop()
            assert [frame["line"] for frame in frames[:1]] == [21]
            await debugger.resume(event)
            event, frames = await debugger.stop()
            assert [frame["line"] for frame in frames[:2]] == [4, 21]
            assert await debugger.value(frames[0], "k") == str(turn)
            await debugger.resume(event)
            await kernel.ended(run)


async def test_the_debugger(python: Spec) -> None:
    async with running(python) as bench:
        await check_first_run_stops(Debugged(bench))
