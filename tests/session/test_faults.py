"""Sessions to which things happen: restarts, deaths, and kernels that do not stop."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest

from cellbridge.core.output.outputs import Display, Stream
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.store.store import Store
from support.sessions import (
    PATIENCE,
    Client,
    Watcher,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    session_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_cell_that_catches_interrupts_is_told_to_be_stuck_and_a_restart_ends_it(
    own: Path,
) -> None:
    code = """
import time
print('on')
while True:
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        print('caught')
"""
    async with client_of(own) as client:
        (run_id,) = await client.start(code)
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await client.session.interrupt()
        await client.watcher.until(lambda: "once more" in client.session.kernel.message)
        await client.session.interrupt()  # Who is impatient gets to the advice at once.
        await client.watcher.until(lambda: client.session.kernel.stuck)
        await client.watcher.until(lambda: client.text(run_id).count("caught") == 2)
        await client.session.interrupt()
        await client.watcher.until(lambda: client.text(run_id).count("caught") == 3)
        assert client.session.kernel.stuck
        assert "Restart the kernel" in client.session.kernel.message
        await client.session.restart(kernel=None, language="python")
        assert client.session.runs[run_id].state is RunState.LOST
        assert client.session.kernel == msgspec.structs.replace(
            client.session.kernel, state=KernelState.IDLE, message="", stuck=False
        )


async def test_a_cell_that_awaits_for_ever_is_stopped(own: Path) -> None:
    async with client_of(own) as client:
        code = "import asyncio\nprint('on')\nawait asyncio.sleep(1000)"
        run_id, waiting = await client.start(code, "1")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await client.session.interrupt()
        await client.session.wait_for_run(run_id)
        assert client.session.runs[run_id].state is RunState.ERROR
        assert client.session.runs[waiting].state is RunState.CANCELLED
        assert not client.session.kernel.stuck
        (after,) = await client.run("await asyncio.sleep(0)\nprint('well')")
        assert client.text(after.id) == "well\n"


async def test_stopping_while_the_kernel_starts_leaves_nothing(own: Path) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("1")
        host = host_of(own)
        await client.session.shutdown()
        host.wait(PATIENCE)
        assert client.session.runs[run_id].state is RunState.CANCELLED


async def test_a_run_right_after_a_stop_gets_a_new_session(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("1")
        old = host_of(own).pid
        await client.session.shutdown()
        async with client_of(own) as other:
            (run,) = await other.run("2")
            assert run.state is RunState.OK
            assert host_of(own).pid != old


async def test_a_temporary_session_ends_with_its_last_client_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    location = replace(location_of(tmp_path / "temporary.py"), data=tmp_path / "data")
    async with asyncio.TaskGroup() as tasks:
        plan = HostPlan(tmp_path, 1, temporary=True)
        session = await SessionClient.open(location, ClientInfo("test"), Watcher(), tasks, plan)
        client = Client(session, Watcher(), tmp_path / "temporary.py")
        await client.start("while True: pass")
        host = host_of(tmp_path / "temporary.py")
        session.close()
    host.wait(PATIENCE)
    assert not location.runtime.exists()
    assert not location.data.exists()


async def test_restarts_and_runs_asked_for_at_once_leave_one_kernel(own: Path) -> None:
    async with client_of(own) as client:
        restart = client.session.restart
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(restart(kernel=None, language="python"))
            tasks.create_task(restart(kernel=None, language="python"))
            tasks.create_task(client.start("1"))
        (run,) = await client.run("2")
        assert run.state is RunState.OK
        assert kernel_of(own).is_running()


async def test_restart_loses_what_ran_and_gives_a_clean_kernel(own: Path) -> None:
    async with client_of(own) as client:
        run_id, waiting = await client.start("mark = 1\nprint('on')\nwhile True: pass", "2")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        before = kernel_of(own).pid
        await client.session.restart(kernel=None, language="python")
        assert kernel_of(own).pid != before
        await client.watcher.until(lambda: client.session.runs[run_id].state.final)
        assert client.session.runs[run_id].state is RunState.LOST
        assert client.session.runs[waiting].state is RunState.CANCELLED
        (gone,) = await client.run("'mark' in globals()")
        (result,) = client.session.outputs[gone.id]
        assert isinstance(result, Display)
        assert result.data["text/plain"] == "False"


async def test_the_kernels_death_is_explained_and_the_next_run_starts_a_new_one(
    own: Path,
) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("print('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        kill(kernel_of(own))
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert run.state is RunState.LOST
        assert "SIGKILL" in run.note
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
        assert client.text(run_id) == "on\n"
        (again,) = await client.run("1")
        assert again.state is RunState.OK


async def test_a_killed_host_loses_nothing_stored_and_is_replaced_by_the_next_run(
    own: Path,
) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("print('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        kernel = kernel_of(own)
        kill(host_of(own))
        with pytest.raises(SessionLostError):
            await client.session.wait_for_run(run_id)
        with pytest.raises(SessionLostError):
            await client.session.interrupt()
        kill(kernel)
    async with client_of(own) as client:
        run = client.session.runs[run_id]
        assert (run.state, run.truncated) == (RunState.LOST, True)
        assert client.text(run_id) == "on\n"
        (again,) = await client.run("1")
        assert again.state is RunState.OK


async def test_an_unknown_kernel_is_one_sentence_and_the_session_lives(own: Path) -> None:
    async with session_of(own) as client:
        with pytest.raises(SessionError, match="no-such-kernel"):
            await client.session.execute(
                [client.request("1")], kernel="no-such-kernel", language="python"
            )
        (run,) = await client.run("1")
        assert run.state is RunState.OK


async def test_shutdown_ends_kernel_and_host_and_keeps_the_outputs(own: Path) -> None:
    async with client_of(own) as client:
        (run,) = await client.run("print('kept')")
        host, kernel = host_of(own), kernel_of(own)
        await client.session.shutdown()
        host.wait(PATIENCE)
        assert not kernel.is_running()
    store = Store.open_if_readable(location_of(own).store)
    assert store is not None
    assert [view.run.id for view in store.runs()] == [run.id]
    store.close()


async def test_a_full_disk_is_told_and_what_it_refused_is_stored_once_there_is_room(
    own: Path,
) -> None:
    async with client_of(own) as client:
        await client.run("'room'")
        host = host_of(own)
        _, hard = host.rlimit(psutil.RLIMIT_FSIZE)
        host.rlimit(psutil.RLIMIT_FSIZE, (1024, hard))
        (run,) = await client.run("print('x' * 5000)")
        assert run.state is RunState.OK
        assert client.text(run.id) == "x" * 5000 + "\n"
        (notice,) = client.session.notices.store
        assert "are not stored" in notice
        assert await client.session.fetch_outputs(run.id)
        host.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))
        more = [client.request("1", "other"), client.request("2", "another")]
        for run_id in await client.session.execute(more, kernel=None, language="python"):
            await client.session.wait_for_run(run_id)
        await client.watcher.until(lambda: not client.session.notices.store)
        (whole,) = await client.session.fetch_outputs(run.id)
        assert isinstance(whole, Stream)
        assert whole.text == "x" * 5000 + "\n"


async def test_a_store_that_breaks_is_put_aside_by_the_next_host(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("1")
        host = host_of(own)
        await client.session.shutdown()
    host.wait(PATIENCE)
    location_of(own).store.write_bytes(b"this is no database" * 1000)
    async with client_of(own) as client:
        assert client.session.runs == {}
        (run,) = await client.run("print('works')")
        assert client.text(run.id) == "works\n"
    assert list(location_of(own).data.glob("*.broken1"))


async def test_a_stopped_kernel_is_busy_until_it_goes_on(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("1")
        kernel = kernel_of(own)
        kernel.suspend()
        (run_id,) = await client.start("print('woken')")
        assert client.session.kernel.state is KernelState.BUSY
        assert not (await client.session.complete("pri", 3)).answered
        await client.watcher.until(lambda: "does not react" in client.session.kernel.message)
        kernel.resume()
        await client.watcher.until(lambda: not client.session.kernel.message)
        await client.session.wait_for_run(run_id)
        assert client.text(run_id) == "woken\n"
