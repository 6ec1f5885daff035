"""Agents: the start of their server, and what a call adds to the work of the kernel."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate
from support.agent_pipe import AgentPipe, agent_pipe
from support.command import cellbridge

OURS = (sys.executable, "-P", "-m", "cellbridge", "mcp", "--allow", ".")
CELLS = 33
SCRIPT = "".join(f"# %% step {n}\nx{n} = {n}\nx{n} * 2\n" for n in range(CELLS))
TIMES = 60


@contextmanager
def serving() -> Iterator[AgentPipe]:
    """Start a server in the directory of a script that has run."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "script.py"
        script.write_text(SCRIPT, "utf-8")
        with agent_pipe(OURS, script.parent) as pipe:
            pipe.initialize()
            timed(pipe, "execute", code="1")
            yield pipe
        cellbridge("sessions", "stop", script)


def timed(pipe: AgentPipe, tool: str, **arguments: object) -> float:
    """Return the seconds of one call."""
    before = time.perf_counter()
    result = pipe.call(tool, script="script.py", **arguments)
    taken = time.perf_counter() - before
    assert not result.get("isError"), result
    return taken


def execute() -> Timing:
    """Time `execute("1")`, and the same in a kernel without anything between."""
    with serving() as pipe, RawKernel() as kernel:
        return alternate(
            lambda: timed(pipe, "execute", code="1"), lambda: kernel.execute("1"), TIMES
        )


def overview() -> Timing:
    """Time the overview of a script whose text has changed since the last one."""
    with serving() as pipe:
        script = Path(f"/proc/{pipe.process.pid}/cwd").resolve() / "script.py"
        times: list[float] = []
        for number in range(TIMES):
            script.write_text(f"{SCRIPT}# {number}\n", "utf-8")
            times.append(timed(pipe, "overview"))
        return Timing(times)


def start() -> Timing:
    """Time from the start of the process to the answer of its first tool."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        for _ in itertools.repeat(None, 10):
            before = time.perf_counter()
            with agent_pipe(OURS, Path(scratch)) as pipe:
                pipe.initialize()
                pipe.call("list_sessions")
                times.append(time.perf_counter() - before)
                pipe.end()
    return Timing(times)


ROWS = (
    Row(
        name="Agents: start of the server to the answer of its first tool",
        ours="`cellbridge mcp`, spawn to `list_sessions`",
        peer="",
        measure=start,
        at_most_ms=1000,
    ),
    Row(
        name="Agents: `1` executed for an agent",
        ours="`execute` of `cellbridge mcp`, answered",
        peer="raw ZMQ, `execute_request` to idle",
        measure=execute,
        at_most=2,
    ),
    Row(
        name=f"Agents: overview of {CELLS} cells after an edit of the file",
        ours="`overview` of `cellbridge mcp`, answered",
        peer="",
        measure=overview,
        at_most_ms=50,
    ),
)
