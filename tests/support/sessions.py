"""Real sessions for tests: clients that can wait for conditions, and hosts that certainly end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from cellbridge.core.output.outputs import Stream
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import Origin, Run, RunRequest
from cellbridge.core.runs.start_options import AS_IT_IS
from cellbridge.kernel.process.kernel_records import find_adoptable
from cellbridge.session import locations
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location
from support.patience import PATIENCE


class Watcher:
    """A session's listener that wakes callers which wait for a change."""

    def __init__(self) -> None:
        self.changes = 0
        self.lost = asyncio.Event()
        self.on_change: Callable[[], object] = bool
        """Called after every change."""
        self._wake = asyncio.Event()

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        self.changes += 1
        self.on_change()
        self._wake.set()

    def session_lost(self) -> None:
        self.lost.set()
        self._wake.set()

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until ``seen()`` is true; it is called after every change."""
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._wake.clear()
                await self._wake.wait()


class Client:
    """A session's client with the few methods that a test needs."""

    def __init__(self, session: SessionClient, watcher: Watcher, script: Path) -> None:
        self.session = session
        self.watcher = watcher
        self.kernel: str | None = None
        """The kernelspec to run cells in; None for Python's own."""
        self.startup = AS_IT_IS
        """The kernel's start options and limits."""
        self._script = script

    def request(self, source: str, cell: str = "cell", **more: bool) -> RunRequest:
        origin = Origin(str(self._script), 0)
        return RunRequest(cell_id=cell, source=source, cell_source=source, origin=origin, **more)

    async def start(self, *sources: str) -> list[str]:
        """Queue one cell for each source; the cells are named c0, c1, …"""
        requests = [self.request(source, f"c{n}") for n, source in enumerate(sources)]
        return await self.session.execute(
            requests, kernel=self.kernel, language="python", startup=self.startup
        )

    async def run(self, *sources: str) -> list[Run]:
        """Queue cells and wait until all have ended."""
        ids = await self.start(*sources)
        async with asyncio.timeout(PATIENCE):
            for run_id in ids:
                await self.session.wait_for_run(run_id)
        return [self.session.runs[run_id] for run_id in ids]

    def text(self, run_id: str) -> str:
        """Return the text of the run's streams that the client has received."""
        outputs = self.session.outputs.get(run_id, ())
        return "".join(output.text for output in outputs if isinstance(output, Stream))


@asynccontextmanager
async def client_of(
    script: Path, name: str = "test", idle_hours: float = 1, **more: Any
) -> AsyncIterator[Client]:
    """Connect to the script's session, started if none runs; it outlives this client.

    ``more`` are attributes of the `ClientInfo`.
    """
    watcher = Watcher()
    async with asyncio.TaskGroup() as tasks:
        session = await SessionClient.open(
            locations.of_script(script),
            ClientInfo(name, **more),
            watcher,
            tasks,
            HostPlan(script.parent, idle_hours),
        )
        yield Client(session, watcher, script)
        session.close()


@asynccontextmanager
async def session_of(script: Path) -> AsyncIterator[Client]:
    """A client of the script's session, which is stopped at the end."""
    async with client_of(script) as client:
        try:
            yield client
        finally:
            await stop(script)


async def stop(script: Path) -> None:
    """End the script's session if one runs."""
    watcher = Watcher()
    async with asyncio.TaskGroup() as tasks:
        location = locations.of_script(script)
        session = await SessionClient.attach(location, ClientInfo("stop"), watcher, tasks)
        if session is None:
            return
        with suppress(SessionError):
            await session.shutdown()
        async with asyncio.timeout(PATIENCE):
            await watcher.lost.wait()


def host_of(script: Path) -> psutil.Process:
    """Return the process that hosts the script's session."""
    key = locations.of_script(script).key
    found = _hosts(key)
    # A host's child process looks like a host until it executes its own program.
    (host,) = [process for process, parent in found.values() if parent not in found]
    return host


def kernel_of(script: Path) -> psutil.Process:
    """Return the process of the session's kernel."""
    location = location_of(script)
    left = find_adoptable(location.records, location.kernel)
    assert left is not None
    return psutil.Process(left.record.pid)


def kill(process: psutil.Process) -> None:
    """Kill a process as a crash would, and wait until it is gone; it may have ended already."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE)


def location_of(script: Path) -> Location:
    return locations.of_script(script)


def _hosts(key: str) -> dict[int, tuple[psutil.Process, int]]:
    """Return the processes whose command line hosts the session, by id, each with its parent's."""
    found: dict[int, tuple[psutil.Process, int]] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if {"cellbridge.session.host", key} <= {*process.cmdline()}:
                found[process.pid] = process, process.ppid()
    return found
