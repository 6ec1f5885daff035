"""The host process: from its start to its end.

Owns the process itself: the lock that makes it the only host of its notebook, the socket, signals,
the log, and when to end. It must not know what is said on the socket.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import gc
import logging
import logging.handlers
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from cellbridge import __version__
from cellbridge.kernel.usage import Usage
from cellbridge.session import registry
from cellbridge.session.host.connection import Connection
from cellbridge.session.host.executor import Executor
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.locations import Location
from cellbridge.session.messages import Description
from cellbridge.session.plan import HostPlan
from cellbridge.session.registry import HostRecord
from cellbridge.session.store import Store

LOG_BYTES = 1024 * 1024
UNUSED_SECONDS = 10.0
"""How long a session without a kernel waits for a client."""
ENDING_SECONDS = 20
"""How long a host that is ending may take; each step of it has its own, shorter bound."""
SWITCH_SECONDS = 0.0005
"""How soon a thread that reads from the kernel gives way to the loop, which answers clients."""
READY = "ready"
"""The line on standard output that says that clients can connect."""
TAKEN = "taken"
"""The line that says that another host serves this notebook already."""

log = logging.getLogger(__name__)


class Host:
    """One notebook's session while its process lives."""

    def __init__(self, location: Location, options: HostPlan) -> None:
        self.location = location
        self._options = options
        self._ended = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self.store: Store
        self.publisher: Publisher
        self.executor: Executor
        self.tasks: asyncio.TaskGroup
        self.clients: set[Connection] = set()
        self._connections: set[Connection] = set()
        self._last_used = time.time()
        self._usage = Usage()
        self._was_used = False
        self._server: asyncio.Server | None = None

    def end(self) -> None:
        """Let `run` return."""
        self.listen_no_more()
        self._ended.set()

    def listen_no_more(self) -> None:
        """Have clients that look for a host start a new one, which waits for the end of this."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.location.socket.unlink(missing_ok=True)

    def clients_changed(self) -> None:
        """A client has come or gone: start or stop the clock of unattended sessions."""
        self._last_used = time.time()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self.clients:
            self._was_used = True
        elif self._options.temporary and self._was_used:
            self.end()
        elif (wait := self._patience()) is not None:
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(wait, self._end_unattended)

    def _patience(self) -> float | None:
        """Return the seconds after which an unattended session ends; None for never."""
        if not self.executor.keeper.alive:
            return UNUSED_SECONDS
        return self._options.idle_hours * 3600 or None

    def describe(self, asking: Connection) -> Description:
        """Return the session as a list of sessions shows it."""
        executor, queue = self.executor, self.executor.queue
        running = queue.running
        pid = executor.keeper.kernel.pid if executor.keeper.kernel else 0
        used = self._usage.of(pid)
        return Description(
            kernel=self.publisher.kernel,
            kernel_pid=pid,
            memory=used.memory,
            cpu=used.cpu,
            clients=[other.client for other in self.clients if other is not asking],
            queued=queue.waiting,
            running_since=running.started_at if running else None,
            last_used=max([self._last_used, *(run.queued_at for run in queue.all())]),
            limits=executor.limiter.limits,
        )

    async def run(self) -> None:
        """Serve clients until the host is ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        self.store = Store.open(self.location.store)
        self.publisher = Publisher(self.store, loop)
        async with asyncio.TaskGroup() as self.tasks:
            self.executor = Executor(
                self.publisher,
                self.tasks,
                self._options,
                self.location,
                time.time,
            )
            await self._restore()
            self._server = await asyncio.start_unix_server(self._serve, self.location.socket)
            self.location.socket.chmod(0o600)
            self._record()
            say(READY)
            self.clients_changed()
            await self._ended.wait()
            await self.executor.stop()
            self.publisher.flush()
            for connection in self._connections:
                connection.close()
            registry.remove(self.location)
        self.store.close()

    def _record(self) -> None:
        where = self.location
        started = time.time()
        record = HostRecord(
            where.key, where.name, str(where.data), os.getpid(), started, __version__
        )
        registry.write(where, record)

    async def _restore(self) -> None:
        views = self.store.runs()
        self.publisher.restore(views)
        await self.executor.resume([view.run for view in views])

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
        log.info("Nobody has used this session for a while; it ends")
        self.end()


def main(argv: list[str]) -> int:
    """Run a host with the arguments that `cellbridge.session.launch` gives it.

    Returns:
        The process's exit code: 0 when it has served its time, 3 where another host serves the
        notebook already.
    """
    parser = argparse.ArgumentParser(prog="python -m cellbridge.session.host")
    parser.add_argument("--key", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--runtime", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    HostPlan.add_to(parser)
    options = parser.parse_args(argv)
    if os.fork():
        # The launching client reaps this process now; the host belongs to no client.
        os._exit(0)
    location = Location(options.key, options.name, options.runtime, options.data)
    _log_to(location.log)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(location.host_lock.open("w"))
        if not _locked(lock.fileno()):
            say(TAKEN)
            return 3
        location.socket.unlink(missing_ok=True)
        gc.freeze()  # What was imported stays; looking through it would only make clients wait.
        sys.setswitchinterval(SWITCH_SECONDS)
        log.info("Host of %s, process %s", location.name, os.getpid())
        try:
            asyncio.run(Host(location, HostPlan.of(options)).run())
        except Exception:  # Boundary: the process ends; its log must say why.
            log.exception("The host failed")
            return 1
        if options.temporary:
            # Nobody is left who could: the client has gone, perhaps killed.
            shutil.rmtree(location.data, ignore_errors=True)
            shutil.rmtree(location.runtime, ignore_errors=True)
    return 0


def _locked(lock: int) -> bool:
    """Lock, waiting for a host that is about to end; False where it does not end.

    Whoever starts a host has found none that listens.
    """

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(ENDING_SECONDS)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except TimeoutError:
        return False
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return True


def say(line: str) -> None:
    """Tell the launching client one thing, then let go of its pipes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    # The client may end at any time; nothing here may ever wait for, or break on, its pipes.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    path.chmod(0o600)
