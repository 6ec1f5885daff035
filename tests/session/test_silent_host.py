"""A host that hangs: clients notice, wait for a bounded time, and lose nothing afterwards."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import RunState
from cellbridge.session import client as client_module
from cellbridge.session import control, liveness
from cellbridge.session.client import SessionClient
from cellbridge.session.control import (
    describe_session,
    describe_sessions,
    kill_session,
    stop_session,
)
from cellbridge.session.errors import SessionSilentError
from cellbridge.session.registry import has_host, list_sessions
from support.sessions import (
    PATIENCE,
    Watcher,
    client_of,
    host_of,
    kernel_of,
    location_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients count as many ticks as ever, at shorter intervals."""
    monkeypatch.setattr(liveness, "TICK_SECONDS", 0.15)
    monkeypatch.setattr(client_module, "GREETING_SECONDS", 1.0)
    monkeypatch.setattr(control, "ANSWER_SECONDS", 3.0)


NO_TASKS = asyncio.TaskGroup()
"""The task group of a client that never starts a task."""


@asynccontextmanager
async def suspend_host(client: ClientInfo, script: Path) -> AsyncIterator[None]:
    """Have the session's host hang until the client has noticed, and for as long as this lasts."""
    host = host_of(script)
    host.suspend()
    try:
        await client.watcher.until(lambda: client.session.silent)
        yield
    finally:
        host.resume()


@pytest.mark.usefixtures("impatient")
async def test_requests_of_a_silent_host_are_answered_truthfully(own: Path) -> None:
    async with client_of(own) as client:
        (first,) = await client.run("x = 1")
        host = host_of(own)
        host.suspend()
        try:
            request = client.request("print('late')", "late")
            running = asyncio.create_task(
                client.session.execute([request], kernel=None, language="python")
            )
            clearing = asyncio.create_task(client.session.clear_outputs([first.id]))
            await client.watcher.until(lambda: client.session.silent)
            with pytest.raises(SessionSilentError, match="nothing was sent"):
                await client.session.complete("x.", 2)
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(SessionSilentError, match="only when it continues"):
                    await running
                with pytest.raises(SessionSilentError, match="only when it continues"):
                    await clearing
            with pytest.raises(SessionSilentError, match="nothing was sent"):
                await client.start("print('never')")
            assert [run.cell_id for run in client.session.runs.values()] == ["c0"]
        finally:
            host.resume()
        # As the errors stated: requests that were sent are carried out, others never are.
        await client.watcher.until(
            lambda: (
                [run.cell_id for run in client.session.runs.values() if run.state.final] == ["late"]
            )
        )
        (late,) = client.session.runs
        await client.run("print('after')")
        assert client.text(late) == "late\n"
        assert "never" not in str(client.session.runs)
        assert not client.session.silent


@pytest.mark.usefixtures("impatient")
async def test_a_run_goes_on_and_is_whole_when_the_host_does(own: Path) -> None:
    gate = own.with_name("gate")
    os.mkfifo(gate)
    async with client_of(own) as client:
        (run_id,) = await client.start(
            f"print('one', flush=True)\nopen({str(gate)!r}).read()\nprint('two')"
        )
        await client.watcher.until(lambda: client.text(run_id) == "one\n")
        async with suspend_host(client, own):
            assert client.session.runs[run_id].state is RunState.RUNNING
            await asyncio.to_thread(gate.write_text, "")
        async with asyncio.timeout(PATIENCE):
            await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.truncated, client.text(run_id)) == (
            RunState.OK,
            False,
            "one\ntwo\n",
        )
        assert not client.session.silent


@pytest.mark.usefixtures("impatient")
async def test_a_session_that_hangs_is_named_and_holds_up_no_other(own: Path, script: Path) -> None:
    async with client_of(own) as client, client_of(script) as other:
        await client.run("1")
        await other.run("1")
        kernel = kernel_of(own)
        async with suspend_host(client, own):
            with pytest.raises(SessionSilentError, match="does not answer"):
                await SessionClient.attach(
                    location_of(own), ClientInfo("late"), Watcher(), NO_TASKS
                )
            seen = {record.name: said for _, record, said in await describe_sessions("looker")}
            assert isinstance(seen[str(own)], SessionSilentError)
            assert not isinstance(seen[str(script)], Exception)
            (record,) = [one for where, one in list_sessions() if where.key == location_of(own).key]
            problem = await stop_session(location_of(own), record, "stopper")
            assert isinstance(problem, SessionSilentError)
            with backlog_full(location_of(own).socket):
                assert isinstance(
                    await describe_session(location_of(own), ClientInfo("late")), SessionSilentError
                )
            assert await kill_session(location_of(own), "killer")
        await client.watcher.lost.wait()
        kernel.wait(PATIENCE)
        assert not has_host(location_of(own))


@contextmanager
def backlog_full(path: Path) -> Iterator[None]:
    """Fill the backlog of a socket whose process accepts no connection."""
    waiting: list[socket.socket] = []
    try:
        while True:
            one = socket.socket(socket.AF_UNIX)
            waiting.append(one)
            one.setblocking(False)
            if (code := one.connect_ex(str(path))) == errno.EAGAIN:
                break
            assert code == 0
        yield
    finally:
        for one in waiting:
            one.close()


async def test_more_requests_than_a_host_takes_at_once_hide_no_sign_of_life(own: Path) -> None:
    silent: list[bool] = []
    async with client_of(own) as client:
        await client.run("x = 1")
        client.watcher.on_change = lambda: silent.append(client.session.silent)
        kernel = kernel_of(own)
        kernel.suspend()
        try:
            async with asyncio.timeout(PATIENCE):
                # The host waits two seconds for each answer, and handles 64 requests at a time.
                await asyncio.gather(*(client.session.complete("x.", 2) for _ in range(140)))
        finally:
            kernel.resume()
        await client.session.interrupt()
    assert not any(silent)
