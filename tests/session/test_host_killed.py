"""The host is killed at the worst moments: a kernel half begun, many who come back at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.core.runs.start_options import Startup
from cellbridge.kernel.process.kernel_records import recorded_kernels
from cellbridge.session.errors import SessionError
from support import fake_kernel
from support.sessions import (
    PATIENCE,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    session_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def kernels_of(script: Path) -> list[psutil.Process]:
    """Every kernel process of the script's session, recorded or not."""
    directory = str(location_of(script).kernel)
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "ipykernel_launcher" in process.cmdline() and directory in str(process.cmdline()):
                found.append(process)
    return found


async def check_a_fresh_start(script: Path) -> None:
    """The session starts again: no kernel is left of the one before, and cells run."""
    before = kernels_of(script)
    async with client_of(script) as client:
        assert client.session.kernel.state is KernelState.ABSENT
        psutil.wait_procs(before, timeout=PATIENCE)
        assert not [process for process in before if process.is_running()]
        (after,) = await client.run("print('well')")
        assert (after.state, client.text(after.id)) == (RunState.OK, "well\n")
        assert len(kernels_of(script)) == 1


NEVER_READY = """\
import signal
with open({door!r}, "w"):
    pass
signal.pause()
"""
"""Put in a kernel's way: it opens the door once its process runs, and gets no further."""


async def test_while_the_kernel_starts(own: Path) -> None:
    door = own.with_name("door")
    os.mkfifo(door)
    own.with_name("sitecustomize.py").write_text(NEVER_READY.format(door=str(door)))
    async with client_of(own) as client:
        client.startup = Startup(variables={"PYTHONPATH": str(own.parent)})
        run_id, waiting = await client.start("1", "2")
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(door.read_bytes)
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.STARTING)
        assert kernels_of(own)
        kill(host_of(own))
        await client.watcher.lost.wait()
    await check_a_fresh_start(own)
    async with client_of(own) as client:
        runs = client.session.runs
        states = {runs[one].state for one in (run_id, waiting) if one in runs}
        assert states <= {RunState.CANCELLED, RunState.LOST}


async def test_while_the_kernel_restarts(own: Path) -> None:
    door = own.with_name("door")
    startup = own.with_name("sitecustomize.py")
    async with client_of(own) as client:
        client.startup = Startup(variables={"PYTHONPATH": str(own.parent)})
        (run,) = await client.run("print('kept')")
        os.mkfifo(door)
        startup.write_text(NEVER_READY.format(door=str(door)))
        restarting = asyncio.create_task(
            client.session.restart(kernel=None, language="python", startup=client.startup)
        )
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(door.read_bytes)
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.RESTARTING)
        kill(host_of(own))
        await client.watcher.lost.wait()
        with pytest.raises(SessionError, match="has ended"):
            await restarting
    startup.unlink()
    async with client_of(own) as client:
        assert client.text(run.id) == "kept\n"
        assert client.session.kernel.state is KernelState.ABSENT
        (after,) = await client.run("1")
        assert after.state is RunState.OK
        assert len(kernels_of(own)) == 1


async def test_between_the_start_of_a_kernel_and_its_record(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("1")
        kernel = kernel_of(own)
        kill(host_of(own))
        await client.watcher.lost.wait()
    for left in recorded_kernels(location_of(own).records):
        left.path.unlink()
    assert kernel.is_running()
    await check_a_fresh_start(own)
    assert not kernel.is_running()


async def test_many_clients_race_to_come_back(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("kept = 1")
        kernel = kernel_of(own)
        kill(host_of(own))
        await client.watcher.lost.wait()
    async with AsyncExitStack() as stack:
        clients = await asyncio.gather(
            *(stack.enter_async_context(client_of(own, f"client {n}")) for n in range(4))
        )
        host_of(own)  # One alone, or this fails.
        assert kernel_of(own) == kernel
        for number, client in enumerate(clients):
            request = client.request("kept += 1", f"cell {number}")
            (run_id,) = await client.session.execute([request], kernel=None, language="python")
            await client.session.wait_for_run(run_id)
        (last,) = await clients[0].run("print(kept)")
        assert clients[0].text(last.id) == "5\n"


async def test_a_kernel_other_than_ipykernel_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    script = tmp_path / "script.fake"
    async with session_of(script) as client:
        client.kernel = fake_kernel.register(tmp_path / "jupyter")
        (run,) = await client.run("echo before")
        kernel = kernel_of(script)
        kill(host_of(script))
        await client.watcher.lost.wait()
        async with session_of(script) as again:
            assert again.session.kernel.state is KernelState.IDLE
            assert again.text(run.id) == "before\n"
            (after,) = await again.run("echo after")
            assert (after.state, again.text(after.id)) == (RunState.OK, "after\n")
            assert kernel_of(script) == kernel


async def test_a_temporary_session_ends_when_its_client_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text("# %%\nprint('on', flush=True)\nwhile True: pass\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cellbridge", "run", str(script)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while b"on" not in await process.stdout.readline():
            pass
    (host,) = [one for one in psutil.process_iter() if _hosts(one, script)]
    started = [host, *host.children(recursive=True)]
    assert len(started) == 2
    os.kill(process.pid, signal.SIGKILL)
    await process.communicate()
    _, left = psutil.wait_procs(started, timeout=PATIENCE)
    assert not left


def _hosts(process: psutil.Process, script: Path) -> bool:
    with suppress(psutil.Error):
        return {"cellbridge.session.host", str(script)} <= set(process.cmdline())
    return False
