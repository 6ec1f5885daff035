"""The kernel is killed in each state of its session; and two clients that want the same thing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session.errors import SessionError
from support.sessions import PATIENCE, Client, client_of, kernel_of, kill, location_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def check_dead_and_well_again(client: Client, script: Path) -> None:
    """The death is reported with what to do; the next run gets a new kernel."""
    await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
    assert "SIGKILL" in client.session.kernel.message
    (after,) = await client.run("print('well')")
    assert (after.state, client.text(after.id)) == (RunState.OK, "well\n")
    assert client.session.kernel.state is KernelState.IDLE
    assert kernel_of(script).is_running()


async def test_idle(own: Path) -> None:
    async with client_of(own) as client:
        first = client.request("print('kept')", "first")
        (run_id,) = await client.session.execute([first], kernel=None, language="python")
        await client.session.wait_for_run(run_id)
        kill(kernel_of(own))
        await check_dead_and_well_again(client, own)
        assert client.text(run_id) == "kept\n"


async def test_running_with_another_queued(own: Path) -> None:
    async with client_of(own) as client:
        run_id, waiting = await client.start("print('on')\nwhile True: pass", "2")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        kill(kernel_of(own))
        await client.session.wait_for_run(run_id)
        await client.session.wait_for_run(waiting)
        runs = client.session.runs
        assert (runs[run_id].state, runs[waiting].state) == (RunState.LOST, RunState.CANCELLED)
        assert "SIGKILL" in runs[run_id].note
        await check_dead_and_well_again(client, own)


async def test_waiting_for_input(own: Path) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("input('Who? ')")
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        kill(kernel_of(own))
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.waiting) == (RunState.LOST, None)
        with pytest.raises(SessionError, match="nothing was sent"):
            await client.session.answer_input(run_id, "too late")
        await check_dead_and_well_again(client, own)


@pytest.mark.parametrize("first", [True, False], ids=["starting", "restarting"])
async def test_while_it_begins(own: Path, first: bool) -> None:
    async with client_of(own) as client:
        old = None
        if not first:
            await client.run("1")
            old = kernel_of(own)
        restarting = asyncio.create_task(client.session.restart(kernel=None, language="python"))
        begun = await wait_for_new_kernel(own, old)
        kill(begun)
        with suppress(SessionError):
            await restarting
        # The start fails, or was over by then; either is reported, and the next run works.
        await client.watcher.until(
            lambda: client.session.kernel.state in {KernelState.DEAD, KernelState.IDLE}
        )
        (after,) = await client.run("print('well')")
        if after.state is not RunState.OK:
            (after,) = await client.run("print('well')")
        assert (after.state, client.text(after.id)) == (RunState.OK, "well\n")


async def wait_for_new_kernel(script: Path, old: psutil.Process | None) -> psutil.Process:
    """Wait for a kernel process other than ``old``, and return it."""
    directory = str(location_of(script).kernel)
    async with asyncio.timeout(PATIENCE):
        while True:
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    if process != old and directory in str(process.cmdline()):
                        return process
            await asyncio.sleep(0.01)  # Wait: no event reports a new process.


async def test_two_clients_run_one_cell_at_once(own: Path) -> None:
    async with client_of(own, "one") as one, client_of(own, "two") as two:
        (mine,), (theirs,) = await asyncio.gather(
            one.start("print('mine')"), two.start("print('theirs')")
        )
        for client in (one, two):
            await client.session.wait_for_run(mine)
            await client.session.wait_for_run(theirs)
        # The later of the two is the cell's run, for both; the other is forgotten, as any run
        # of a cell is that runs again.
        await two.watcher.until(lambda: one.session.runs == two.session.runs)
        assert one.session.outputs == two.session.outputs
        (last,) = one.session.runs.values()
        assert last.state is RunState.OK
        assert one.text(last.id) == ("mine\n" if last.id == mine else "theirs\n")


async def test_two_clients_answer_one_question(own: Path) -> None:
    async with client_of(own, "one") as one, client_of(own, "two") as two:
        (run_id,) = await one.start("print('got', input('Who? '))")
        for client in (one, two):
            await client.watcher.until(
                lambda client=client: bool(
                    run_id in client.session.runs and client.session.runs[run_id].waiting
                )
            )
        answers = await asyncio.gather(
            one.session.answer_input(run_id, "one"),
            two.session.answer_input(run_id, "two"),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers].count(SessionError) == 1
        await one.session.wait_for_run(run_id)
        assert one.text(run_id) in {"got one\n", "got two\n", "Who? one\ngot one\n"}


async def test_one_client_interrupts_while_another_restarts(own: Path) -> None:
    async with client_of(own, "one") as one, client_of(own, "two") as two:
        (run_id,) = await one.start("print('on')\nwhile True: pass")
        await one.watcher.until(lambda: "on\n" in one.text(run_id))
        await asyncio.gather(
            one.session.interrupt(), two.session.restart(kernel=None, language="python")
        )
        await one.session.wait_for_run(run_id)
        assert one.session.runs[run_id].state in {RunState.ERROR, RunState.LOST}
        (after,) = await one.run("print('well')")
        assert (after.state, one.text(after.id)) == (RunState.OK, "well\n")
