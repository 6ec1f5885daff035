"""The host process, from its imports to its end; bootstrap.py does the steps before.

Owns the process itself: the socket, signals, the log, and when to end. It must not know the
messages sent over the socket.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import logging.handlers
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import msgspec

from cellbridge.core.resource_errors import shortage
from cellbridge.kernel.process.usage import Usage
from cellbridge.session import presence
from cellbridge.session.host.address import CHECK_SECONDS, Address
from cellbridge.session.host.agents.agents import Agents
from cellbridge.session.host.client_connection import Connection
from cellbridge.session.host.crash_guard import log_faults
from cellbridge.session.host.executor import Executor
from cellbridge.session.host.launch_report import FAILED, READY, FirstKernel, report_to_launcher
from cellbridge.session.host.plots import Plots
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location
from cellbridge.session.messages import Description, Warm
from cellbridge.session.presence import Lock

LOG_BYTES = 1024 * 1024
UNUSED_SECONDS = 10.0
"""Seconds that a session without a kernel waits for a client."""
SWITCH_SECONDS = 0.0005
"""Seconds after which a thread that reads from the kernel yields to the loop."""

log = logging.getLogger(__name__)


class Host:
    """One notebook's session while its process runs."""

    def __init__(
        self, location: Location, options: HostPlan, first: FirstKernel | None, lock: Lock
    ) -> None:
        self.location = location
        self._address = Address(location, lock)
        self._options = options
        self._first = first
        self._ended = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self.storage = ResilientStore(location.store, location.name)
        self.publisher: Publisher
        self.executor: Executor
        self.plots: Plots
        self.agents: Agents
        self.tasks: asyncio.TaskGroup
        self.clients: set[Connection] = set()
        self._connections: set[Connection] = set()
        self._last_used = time.time()
        self._usage = Usage()
        self._was_used = False
        self._server: asyncio.Server | None = None

    def end(self) -> None:
        """Let `run` return."""
        self.stop_listening()
        self._ended.set()

    def stop_listening(self) -> None:
        """Accept no more clients; they may start a host that waits for the end of this one."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._address.stop_listening()

    def clients_changed(self) -> None:
        """Publish the agents, and start or stop the timer of an unattended session."""
        self.agents.access.clients_changed()
        self._last_used = time.time()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self.clients:
            self._was_used = True
        elif self._options.temporary and self._was_used:
            self.end()
        elif (wait := self._unattended_limit()) is not None:
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(wait, self._end_unattended)

    def _unattended_limit(self) -> float | None:
        """Return the seconds after which an unattended session ends; None if it never does."""
        if not self.executor.kernel_manager.alive or (
            self._first is not None and not self._was_used
        ):
            return UNUSED_SECONDS
        return self._options.idle_hours * 3600 or None

    def describe(self, asking: Connection) -> Description:
        """Return the session's entry in a list of sessions."""
        executor, queue = self.executor, self.executor.queue
        running = queue.running
        pid = executor.kernel_manager.kernel.pid if executor.kernel_manager.kernel else 0
        used = self._usage.of(pid)
        return Description(
            kernel=self.publisher.kernel,
            kernel_pid=pid,
            memory=used.memory,
            cpu=used.cpu,
            clients=[other.info.name for other in self.clients if other is not asking],
            queued=queue.waiting,
            running_since=running.started_at if running else None,
            running_by=running.client if running else "",
            running_agent=running is not None and running.agent,
            last_used=max([self._last_used, *(run.queued_at for run in queue.all())]),
            limits=executor.limiter.limits,
            agents=self.publisher.agents,
        )

    async def run(self) -> None:
        """Serve clients until the host is ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        self.publisher = publisher = Publisher(self.storage, loop)
        self.agents = Agents(
            self.location, self.clients, publisher.agents_changed, publisher.store_cells
        )
        async with asyncio.TaskGroup() as self.tasks:
            self.executor = Executor(
                self.publisher,
                self.tasks,
                self._options,
                self.location,
                time.time,
            )
            self.plots = Plots(self.storage, self.executor.kernel_manager)
            # First of all: a host that cannot listen must not adopt a kernel.
            listening = self._address.listen()
            await self._restore()
            self._server = await asyncio.start_unix_server(self._serve, sock=listening)
            self._address.announce()
            checking = self.tasks.create_task(log_faults(self._stay_reachable()))
            if self._first is not None:
                self._first.hand_over()
            report_to_launcher(READY)
            self.clients_changed()
            await self._ended.wait()
            checking.cancel()
            await self.executor.stop()
            self.executor.widgets.close()
            self.publisher.flush()
            self.publisher.close()
            for connection in self._connections:
                connection.close()
            presence.withdraw(self._address.location)
        self.storage.close()

    @property
    def _listens(self) -> bool:
        return self._server is not None

    async def _stay_reachable(self) -> None:
        """Create the socket again when it is gone, for as long as clients are accepted."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)  # Wait: no event reports a removed directory.
            if not self._listens:
                return  # The socket was removed on purpose.
            if self._address.intact:
                self._address.refresh()
                continue
            try:
                listening = await asyncio.to_thread(self._address.listen_again)
            except OSError as error:  # Such as without free file descriptors: tried again.
                log.warning("The session cannot be reached: %s", error)
                continue
            if self._server is None:
                return
            if listening is not None:
                self._server.close()
                self._server = await asyncio.start_unix_server(self._serve, sock=listening)
                self.executor.kernel_manager.directory = self._address.location.kernel

    async def _restore(self) -> None:
        views = self.storage.open()
        self.publisher.restore(views)
        self.publisher.on_late_runs(self.executor.add_found_runs)
        runs = [view.run for view in views]
        if self._first is None:
            await self.executor.resume(runs)
        else:
            request = msgspec.json.decode(self._first.request, type=Warm)
            self.executor.start_with(runs, self._first, request.startup)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self._connections.add(connection)
        serving = self.tasks.create_task(connection.serve())
        serving.add_done_callback(lambda _: self._connections.discard(connection))

    def _end_unattended(self) -> None:
        self._idle_timer = None
        if self.executor.queue.busy:
            self.clients_changed()
            return
        log.info("No client has used this session for a while; it ends")
        self.end()


def serve(location: Location, plan: HostPlan, first: FirstKernel | None, lock: Lock) -> int:
    """Run as the only host of a notebook; return the process's exit code.

    ``first`` is a kernel whose process has already been started, ``lock`` the host's own lock.
    """
    _set_up_log(location.log)
    gc.freeze()  # Imported modules stay; collecting among them would only make clients wait.
    sys.setswitchinterval(SWITCH_SECONDS)
    log.info("Host of %s, process %s", location.name, os.getpid())
    try:
        asyncio.run(Host(location, plan, first, lock).run())
    except Exception as error:  # Boundary: the process ends; its log must state why.
        log.exception("The host failed")
        if want := shortage(error):
            report_to_launcher(f"{FAILED}The session could not be started: {want}")
        return 1
    if plan.temporary:
        # No other process is left to do so: the client has ended, perhaps by a signal.
        shutil.rmtree(location.data, ignore_errors=True)
        shutil.rmtree(location.runtime, ignore_errors=True)
    return 0


def _set_up_log(path: Path) -> None:
    try:
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:  # Such as on a full disk: the session can do without a log.
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    path.chmod(0o600)
