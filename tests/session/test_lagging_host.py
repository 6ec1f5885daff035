"""A host that cannot read while its kernel prints: no output is lost, or the loss is reported."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cellbridge.core.output.outputs import Stream
from cellbridge.core.runs.runs import RunState
from support.sessions import PATIENCE, client_of, host_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = 8_000
FLOOD = f"""\
import os, psutil
host = psutil.Process(os.getppid())
print("begun", flush=True)
while host.status() != "stopped":
    pass
for number in range({LINES}):
    print(number, flush=True)
with open({{door!r}}, "w"):
    pass
"""


async def suspend_host(script: Path, door: Path) -> None:
    """Give the session's host no time until the cell has printed all and opens the door."""
    host = host_of(script)
    host.suspend()
    try:
        async with asyncio.timeout(3 * PATIENCE):
            # Opens once the cell has opened the other end: all is printed by then.
            await asyncio.to_thread(door.read_bytes)
    finally:
        host.resume()


async def test_every_line_printed_while_the_host_stood_still(own: Path) -> None:
    door = own.with_name("door")
    os.mkfifo(door)
    async with client_of(own) as client:
        (run_id,) = await client.start(FLOOD.format(door=str(door)))
        await client.watcher.until(lambda: "begun\n" in client.text(run_id))
        await suspend_host(own, door)
        async with asyncio.timeout(3 * PATIENCE):
            await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        stored = await client.session.fetch_outputs(run_id)
    text = "".join(output.text for output in stored if isinstance(output, Stream))
    assert (run.state, run.truncated) == (RunState.OK, False)
    assert text == "begun\n" + "".join(f"{number}\n" for number in range(LINES))


OVERRUN = f"""\
import os, pathlib, psutil, time, zmq
thread = get_ipython().kernel.iopub_thread
thread.schedule(lambda: thread.socket.setsockopt(zmq.SNDHWM, 100))
host = psutil.Process(os.getppid())
print("begun", flush=True)
while host.status() != "stopped":
    pass
for number in range({LINES}):
    print(number, flush=True)
with open({{door!r}}, "w"):
    pass
while not pathlib.Path({{over!r}}).exists():
    print("again", flush=True)
    time.sleep(0.01)
"""


async def test_what_the_kernel_could_not_hold_is_counted_and_marked(own: Path) -> None:
    door, over = own.with_name("door"), own.with_name("over")
    os.mkfifo(door)
    async with client_of(own) as client:
        (run_id,) = await client.start(OVERRUN.format(door=str(door), over=str(over)))
        await client.watcher.until(lambda: "begun\n" in client.text(run_id))
        await suspend_host(own, door)
        await client.watcher.until(lambda: client.session.runs[run_id].truncated)
        over.touch()
        async with asyncio.timeout(3 * PATIENCE):
            await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        stored = await client.session.fetch_outputs(run_id)
        (after,) = await client.run("print('whole')")
    text = "".join(output.text for output in stored if isinstance(output, Stream))
    came = sum(line.isdigit() for line in text.split("\n"))
    assert (run.state, run.truncated) == (RunState.OK, True)
    assert came < LINES
    assert int(run.note.partition(" ")[0].replace(",", "")) > 0
    assert "never came" in run.note
    assert (after.state, after.truncated, after.note) == (RunState.OK, False, "")
