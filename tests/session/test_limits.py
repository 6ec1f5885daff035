"""Limits of memory and time: what is beyond them ends, with a sentence, and outputs stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.core.output.outputs import Failure
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.core.runs.start_options import Startup
from support.sessions import Client, client_of, host_of, kernel_of, kill

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEAF = """
import time
print('on')
while True:
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        pass
"""
HOARD = """
print('on')
kept = []
while True:
    kept.append(bytearray({step} * 1_000_000))
    time.sleep(0.02)
"""


async def memory_of(client: Client) -> int:
    """Megabytes that the kernel holds with nothing in it but what a hoard needs."""
    await client.run("import time")
    return (await client.session.describe()).memory // 1_000_000


async def test_a_run_that_takes_too_long_is_interrupted_and_says_why(own: Path) -> None:
    async with client_of(own) as client:
        client.startup = Startup(limits=Limits(time=1.5))
        run, waiting = await client.run("x = 1\nprint('on')\nwhile True: pass", "2")
        assert (run.state, client.text(run.id)) == (RunState.ERROR, "on\n")
        assert run.note.startswith("This cell ran for 1.5 seconds, the limit for one run (")
        assert "the cell was interrupted" in run.note
        assert run.duration is not None
        assert run.duration >= 1.5
        assert waiting.state is RunState.CANCELLED
        (after,) = await client.run("print(x)")
        assert (after.state, client.text(after.id), after.note) == (RunState.OK, "1\n", "")
        assert client.session.kernel.message == ""


async def test_a_run_that_does_not_stop_at_its_limit_loses_its_kernel(own: Path) -> None:
    async with client_of(own) as client:
        client.startup = Startup(limits=Limits(time=1))
        (run,) = await client.run(DEAF)
        assert (run.state, client.text(run.id)) == (RunState.LOST, "on\n")
        assert "the kernel was ended, and its variables are gone" in run.note
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
        assert client.session.kernel.message == run.note
        (after,) = await client.run("print('well')")
        assert (after.state, client.text(after.id)) == (RunState.OK, "well\n")


async def test_a_run_that_holds_too_much_is_interrupted_and_others_keep_their_values(
    own: Path,
) -> None:
    async with client_of(own) as client:
        limit = await memory_of(client) + 150
        await client.session.limit(Limits(memory=limit))
        await client.run("other = 'kept'")
        (run,) = await client.run(HOARD.format(step=1))
        assert (run.state, client.text(run.id)) == (RunState.ERROR, "on\n")
        assert f"more than its limit of {limit:,} MB" in run.note
        assert [type(one) for one in client.session.outputs[run.id][1:]] == [Failure]
        # What is beyond the limit already may be freed, and not be added to.
        (freed,) = await client.run("del kept\nprint(other)")
        assert (freed.state, client.text(freed.id)) == (RunState.OK, "kept\n")


async def test_what_jumps_far_beyond_the_limit_is_ended_at_once(own: Path) -> None:
    async with client_of(own) as client:
        limit = await memory_of(client) + 20
        await client.session.limit(Limits(memory=limit))
        much = f"input()\nmuch = bytearray(b'x') * {4 * limit} * 1_000_000\nwhile True: pass"
        (run_id,) = await client.start(f"print('on', flush=True)\n{much}")
        # What a process has printed and not handed over yet dies with it.
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        await client.session.answer_input(run_id, "")
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, client.text(run.id)) == (RunState.LOST, "on\n")
        assert "the kernel was ended" in run.note
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)


async def test_the_processes_that_a_cell_starts_count(own: Path) -> None:
    async with client_of(own) as client:
        limit = await memory_of(client) + 60
        await client.session.limit(Limits(memory=limit))
        child = "import time; x = bytearray(b'x') * 100_000_000; time.sleep(1000)"
        (run,) = await client.run(
            f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
        )
        assert run.state in {RunState.ERROR, RunState.LOST}
        assert "MB of memory, more than its limit" in run.note


async def test_limits_are_set_changed_and_told_while_a_cell_runs(own: Path) -> None:
    async with client_of(own) as client:
        client.startup = Startup(limits=Limits(time=1000))
        (run_id,) = await client.start("print('on')\nwhile True: print('flood', flush=True)")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        assert (await client.session.describe()).limits == Limits(time=1000)
        await client.session.limit(Limits(time=1))
        await client.session.wait_for_run(run_id)
        assert "the limit for one run" in client.session.runs[run_id].note
        await client.session.limit(None)
        assert (await client.session.describe()).limits == Limits(time=1000)


async def test_an_adopted_run_keeps_to_the_limit_that_is_set_again(own: Path) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("print('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        kernel = kernel_of(own)
        kill(host_of(own))
        await client.watcher.lost.wait()
    async with client_of(own) as client:
        await client.session.limit(Limits(time=0.1))
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.truncated) == (RunState.ERROR, True)
        assert "the limit for one run" in run.note
        assert kernel_of(own) == kernel
