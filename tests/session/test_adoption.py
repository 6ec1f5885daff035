"""The host is killed, and the next one adopts its kernel."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from cellbridge.core.output.outputs import Display
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.core.variables import ListVariables, VariablesPage
from support.sessions import (
    PATIENCE,
    Client,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    stop,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lose_host(client: Client, script: Path) -> psutil.Process:
    """Kill the script's host, and return its kernel, which lives on."""
    kernel = kernel_of(script)
    kill(host_of(script))
    await client.watcher.lost.wait()
    assert kernel.is_running()
    return kernel


async def listed(client: Client) -> list[str]:
    """Return the names of the listed variables."""
    page = await client.session.query_variables(ListVariables())
    assert isinstance(page, VariablesPage)
    return [one.name for one in page.variables]


async def test_an_idle_kernel_keeps_its_variables(script: Path) -> None:
    async with client_of(script) as client:
        run, display, failed = await client.run(
            "kept = 41\nprint('stored')",
            "shown = display('old', display_id='one')",
            "def fails(part): 1 / part\nfails(0)",
        )
        await client.session.select_frame(0, failed.id)
        assert await listed(client) == ["part"]
        kernel = await lose_host(client, script)
    async with client_of(script) as client:
        async with asyncio.timeout(PATIENCE):
            while "kept" not in await listed(client):  # No frame is selected in this session.
                pass
        await client.session.select_frame(0, failed.id)
        assert await listed(client) == ["part"]
        assert client.session.kernel.state is KernelState.IDLE
        assert "continues with the same kernel" in client.session.kernel.message
        assert client.text(run.id) == "stored\n"
        (after,) = await client.run("shown.update('new')\nprint(kept + 1)")
        assert client.text(after.id) == "42\n"
        (updated,) = client.session.outputs[display.id]
        assert isinstance(updated, Display)
        assert updated.data["text/plain"] == "'new'"
        assert kernel_of(script) == kernel
        assert client.session.kernel.message == ""


async def test_the_running_cell_goes_on_and_the_waiting_ones_are_cancelled(script: Path) -> None:
    gate = script.parent / "gate"
    code = f"""
import pathlib, time
print('on', flush=True)
while not pathlib.Path({str(gate)!r}).exists():
    time.sleep(0.01)
print('over')
"""
    async with client_of(script) as client:
        run_id, waiting = await client.start(code, "1")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await lose_host(client, script)
    async with client_of(script) as client:
        runs = client.session.runs
        assert client.session.kernel.state is KernelState.BUSY
        assert runs[run_id].state is RunState.RUNNING
        assert (runs[waiting].state, runs[waiting].note) == (
            RunState.CANCELLED,
            "The session's process ended while this cell waited; run it again.",
        )
        gate.touch()
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.truncated) == (RunState.OK, True)
        assert client.text(run_id) == "on\nover\n"
    gate.unlink()


@pytest.mark.parametrize(
    ("last", "state"), [("print('unheard')", RunState.OK), ("1 / 0", RunState.ERROR)]
)
async def test_a_run_that_ended_unheard_is_known_to_have_ended(
    script: Path, last: str, state: RunState
) -> None:
    done = script.parent / "done"
    code = f"""
import pathlib, time
print('on', flush=True)
while not pathlib.Path({str(done)!r}).exists():
    time.sleep(0.01)
pathlib.Path({str(done)!r}).unlink()
{last}
"""
    async with client_of(script) as client:
        (run_id,) = await client.start(code)
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await lose_host(client, script)
    done.touch()
    while done.exists():
        psutil.cpu_percent(0.02)
    async with client_of(script) as client:
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.truncated) == (state, True)
        assert "nobody" not in run.note
        (after,) = await client.run("2")
        assert after.state is RunState.OK


async def test_a_question_can_still_be_answered(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("print('hello', input('Who? '))")
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        await lose_host(client, script)
    async with client_of(script) as client:
        waiting = client.session.runs[run_id].waiting
        assert waiting is not None
        assert (waiting.prompt, waiting.number) == ("Who? ", 1)
        await client.session.answer_input(run_id, "you")
        await client.session.wait_for_run(run_id)
        assert client.text(run_id).endswith("hello you\n")


async def test_an_adopted_kernel_can_be_interrupted_restarted_and_stopped(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("print('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await lose_host(client, script)
    async with client_of(script) as client:
        await client.session.interrupt()
        await client.session.wait_for_run(run_id)
        assert client.session.runs[run_id].state is RunState.ERROR
        old = kernel_of(script)
        await client.session.restart(kernel=None, language="python")
        old.wait(PATIENCE)
        new = kernel_of(script)
        kill(host_of(script))
        await client.watcher.lost.wait()
    async with client_of(script) as client:
        host = host_of(script)
        await client.session.shutdown()
        host.wait(PATIENCE)
        assert not new.is_running()


async def test_the_death_of_an_adopted_kernel_is_told(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("print('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await lose_host(client, script)
    async with client_of(script) as client:
        kill(kernel_of(script))
        await client.session.wait_for_run(run_id)
        assert client.session.runs[run_id].state is RunState.LOST
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
        (after,) = await client.run("1")
        assert after.state is RunState.OK


async def test_a_kernel_that_nobody_comes_back_to_ends_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "left.py"
    async with client_of(path, idle_hours=1 / 3600) as client:
        (run_id,) = await client.start("import time; print('on', flush=True); time.sleep(2)")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        kernel = await lose_host(client, path)
    kernel.wait(PATIENCE)
    # What is left of it is removed by the next session.
    async with client_of(path) as client:
        assert client.session.kernel.state is KernelState.ABSENT
        assert client.session.runs[run_id].state is RunState.LOST
        assert list(location_of(path).kernel.iterdir()) == []
    await stop(path)
