"""A host's first kernel, whose process starts before the host has imported what it needs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.core.runs.start_options import Startup
from cellbridge.session import locations
from cellbridge.session.client import SessionClient
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.launch import connect_or_start
from cellbridge.session.messages import Warm
from support.sessions import (
    PATIENCE,
    Client,
    Watcher,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    stop,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEBUGGER = ("session.host.debug.debugger", "core.debug.open_text", "core.debug.stopping_lines")
STEPPING = (
    "core.names.stepped_values", "lsp.breakpoints", "lsp.debugged_document",
    "lsp.push.stepped_values", "lsp.stepping",
)  # fmt: skip
"""Modules that only debugging needs, in a host and in the language server."""
HEAVY = {"asyncio", "dateutil", "jupyter_client", "msgspec", "psutil", "sqlite3", "tornado", "zmq"}


@asynccontextmanager
async def client_with_first_kernel(script: Path, first: Warm) -> AsyncIterator[Client]:
    """A client whose host starts together with a kernel; the session is stopped at the end."""
    watcher = Watcher()
    async with asyncio.TaskGroup() as tasks:
        plan = HostPlan(script.parent, 1, first=first)
        location = locations.of_script(script)
        session = await SessionClient.open(location, ClientInfo("test"), watcher, tasks, plan)
        try:
            yield Client(session, watcher, script)
        finally:
            session.close()
            await stop(script)


def check_one_child(script: Path) -> psutil.Process:
    """The session's kernel is its host's only child, and nothing else of it is on disk."""
    (child,) = host_of(script).children()
    assert child == kernel_of(script)
    records = list(location_of(script).records.glob("*.kernel"))
    assert len(records) == 1
    return child


async def test_it_takes_the_first_cell_and_is_the_hosts_child(own: Path) -> None:
    startup = Startup(str(own.parent.parent), {"GIVEN": "secret"}, "ready = 1")
    async with client_with_first_kernel(own, Warm("python", startup=startup)) as client:
        assert client.session.kernel.state is not KernelState.ABSENT
        (run,) = await client.run("import os; print(os.environ['GIVEN'], os.getcwd(), ready)")
        assert client.text(run.id) == f"secret {own.parent.parent.resolve()} 1\n"
        kernel = check_one_child(own)
        assert "secret" not in str(host_of(own).cmdline())
        (run,) = await client.run("import os; os._exit(9)")
        assert "9" in (run.note or client.session.kernel.message)
        assert not kernel.is_running()


async def test_a_restart_at_once_leaves_one_kernel(own: Path) -> None:
    async with client_with_first_kernel(own, Warm("python")) as client:
        await client.session.restart(kernel=None, language="python")
        (run,) = await client.run("1")
        assert run.state is RunState.OK
        check_one_child(own)


async def test_a_stop_at_once_leaves_nothing(own: Path) -> None:
    async with client_with_first_kernel(own, Warm("python")) as client:
        children = host_of(own).children()
        await client.session.shutdown()
        assert not psutil.wait_procs(children, timeout=PATIENCE)[1]
    assert list(location_of(own).kernel.iterdir()) == []


async def test_a_kernel_that_is_not_there_is_told_when_it_is_asked_for(own: Path) -> None:
    async with client_with_first_kernel(own, Warm("python", "no-such-kernel")) as client:
        assert client.session.kernel.state is KernelState.ABSENT
        (run,) = await client.run("1")
        assert run.state is RunState.OK


async def test_one_that_fails_is_told_once_and_nothing_waits(own: Path) -> None:
    broken = own.parent / "bin" / "python"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'No module named ipykernel_launcher' >&2; exit 1\n")
    broken.chmod(0o755)
    async with client_with_first_kernel(own, Warm("python", str(broken))) as client:
        client.kernel = str(broken)
        (run,) = await client.run("1")
        assert run.state is RunState.CANCELLED
        await client.watcher.until(lambda: client.session.kernel.state is KernelState.DEAD)
        assert "ipykernel" in client.session.kernel.message


async def test_what_an_earlier_host_left_comes_first(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("kept = 1")
        before = kernel_of(own)
        kill(host_of(own))
        await client.watcher.lost.wait()
    async with client_with_first_kernel(own, Warm("python")) as client:
        (run,) = await client.run("print(kept)")
        assert client.text(run.id) == "1\n"
        assert kernel_of(own) == before


async def test_a_client_that_never_comes_leaves_nothing(own: Path) -> None:
    location = locations.of_script(own)
    reader, writer = await connect_or_start(location, HostPlan(own.parent, 1, first=Warm("python")))
    host = host_of(own)
    children = host.children()
    assert children
    writer.close()
    assert reader
    gone, alive = await asyncio.to_thread(psutil.wait_procs, [host, *children], timeout=PATIENCE)
    assert (len(gone), alive) == (2, [])


async def test_nothing_slow_is_imported_before() -> None:
    imported = await imported_by(
        "import cellbridge.session.host.bootstrap;"
        "from cellbridge.kernel.find.specs import find; find(None, 'python')"
    )
    packages = {name.partition(".")[0] for name in imported}
    assert "cellbridge" in packages
    assert not packages & HEAVY


@pytest.mark.parametrize(
    ("program", "loads", "later"),
    [
        ("session.host.main", "session.host.debug.on_demand", DEBUGGER),
        ("lsp.handlers", "lsp.stepping_on_demand", STEPPING),
    ],
)
async def test_the_debugger_is_imported_when_a_client_debugs(
    program: str, loads: str, later: Sequence[str]
) -> None:
    imported = await imported_by(f"import cellbridge.{program}")
    assert f"cellbridge.{loads}" in imported
    debugging = [f"cellbridge.{name}" for name in later]
    assert all(map(find_spec, debugging)), "they exist"
    assert not imported & {*debugging}


async def imported_by(code: str) -> set[str]:
    """Return the modules that a new process has imported after some code."""
    whole = f"import sys, json; {code}; print(json.dumps(sorted(sys.modules)))"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", whole, stdout=pipe)
    said, _ = await process.communicate()
    return set(json.loads(said))
