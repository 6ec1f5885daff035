# Size: every transition of one document's session, and the document's state between them.
"""The link between an open document and its session.

Owns when a session is searched for, started and released, and the state while none runs: then runs
and outputs come from the store. It must not know cells.

Invariant: opening a document starts no kernel and runs no cell. The first run starts a session; if
a kernel has lost its host, a new host is started to adopt it.

Invariant: a session whose host exists never counts as absent. While it does not answer, its last
state stays, and the link joins it as soon as it answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.agents import NO_AGENTS, AgentStatus, ClientInfo, ClientKind
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run
from cellbridge.session.client import SessionClient, Tasks, TextMessage
from cellbridge.session.errors import (
    NOT_SENT,
    SessionError,
    SessionLostError,
    SessionRefusedError,
    SessionSilentError,
)
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, of_script, record_script
from cellbridge.session.messages import Notices, StoredCell, Warm
from cellbridge.workspace import offline_session
from cellbridge.workspace.absent_session import (
    FAULT,
    HOST_GONE,
    KILLED,
    NOT_KILLED,
    SEARCHING,
    as_lost,
    as_unresponsive,
)
from cellbridge.workspace.kernel_selection import KernelStart
from cellbridge.workspace.session_start import next_host

JOIN_SECONDS = 3.0
"""Seconds that a session gets to answer before the document shows stored outputs."""
_RETRY_SECONDS = (0.1, 1.0)
"""Seconds between attempts to reach a host that accepts no connection: at first, and later."""

log = logging.getLogger(__name__)


class LinkListener(Protocol):
    """A listener to changes of the session; called on the loop."""

    def content(self) -> str:
        """Return the document's text, by which a renamed script is recognised."""
        ...

    def stored_cells_read(self, stored: Sequence[StoredCell]) -> None:
        """Take the document's cells as they were last stored.

        Called first of all, and again when another client has started the session.
        """
        ...

    def runs_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """React to changed runs, all if None; ``kernel``: the kernel has changed too."""
        ...

    def text_message(self, client: SessionClient, message: TextMessage) -> None:
        """React to a message of the session about the document's text."""
        ...


class SessionLink:
    """One document's connection to its session."""

    def __init__(
        self,
        location: Location,
        listener: LinkListener,
        tasks: Tasks,
        *,
        client: ClientInfo,
        plan: HostPlan,
    ) -> None:
        self.location = location
        self._listener = listener
        self.tasks = tasks
        self._as = client
        self._plan = plan
        self._client: SessionClient | None = None
        self._kernel = KernelStatus(KernelState.ABSENT)
        self._runs: Mapping[str, Run] = {}
        self._outputs: Mapping[str, Sequence[Output]] = {}
        self._notices = Notices()
        self._opening = asyncio.Lock()
        self._answered = False
        """True once the session has answered, or does certainly not exist."""
        self._recognised = False
        self._stopping = False
        self._killing = False
        self._closed = False
        self.refusal = ""
        """The host's reason for ending the connection to this client; empty while connected."""
        self._over = asyncio.Event()
        """Set once the loss of the present session has been handled."""
        self._ready = asyncio.Event()
        self._attaching = tasks.create_task(self._attach())
        self._following: asyncio.Task[None] | None = None
        if client.kind is ClientKind.EDITOR:
            self.follow_others()

    # --- the state, with or without a session -----------------------------------------------------

    @property
    def kernel(self) -> KernelStatus:
        """The kernel's last known status."""
        if self._client is None:
            return self._kernel
        known = self._client.kernel
        return as_unresponsive(known) if self._client.silent else known

    @property
    def runs(self) -> Mapping[str, Run]:
        """Runs by id, oldest first."""
        return self._client.runs if self._client else self._runs

    @property
    def outputs(self) -> Mapping[str, Sequence[Output]]:
        """The bounded outputs of runs, by run id."""
        return self._client.outputs if self._client else self._outputs

    @property
    def notices(self) -> Notices:
        """Notices for the user about the session and its store."""
        return self._client.notices if self._client else self._notices

    @property
    def agents(self) -> AgentStatus:
        """The session's agents, and whether the user has allowed them."""
        return self._client.agents if self._client else NO_AGENTS

    @property
    def client(self) -> SessionClient | None:
        """The running session; None without one, or while it has not answered yet."""
        return self._client

    def answering_client(self) -> SessionClient | None:
        """Return the running session for a request; None if no session exists.

        Raises:
            SessionSilentError: a session exists, and has not answered yet.
        """
        self._check_answered()
        return self._client

    @property
    def silent(self) -> bool:
        """True while a session exists that does not answer."""
        if self._client is not None:
            return self._client.silent
        return self._ready.is_set() and not self._answered

    @property
    def has_session(self) -> bool:
        """True while a session is known to run."""
        return self._client is not None

    def follow_others(self) -> None:
        """Join each session that another client starts while this document has none."""
        if self._following is None:
            self._following = self.tasks.create_task(self._follow())

    async def ready(self) -> None:
        """Wait until the document's stored outputs have been read."""
        await self._ready.wait()

    async def settled(self) -> None:
        """Wait until the document has the ids of its session, if that is just being joined."""
        await self.ready()
        async with self._opening:
            pass

    async def connect(self, start: KernelStart | None = None) -> SessionClient:
        """Return the session, started if none runs; with ``start``, its kernel is started too.

        Raises:
            SessionSilentError: a session exists, and has not answered yet.
            SessionError: it cannot be started.
        """
        await self.ready()
        self._check_answered()
        async with self._opening:
            if (client := self._client) is None:
                client = await self._join_or_start(Warm(**start) if start else None)
                await self._use(client)
            return client

    async def _use(self, client: SessionClient, *, others: bool = False) -> None:
        """Use a session that has been found or started while the document is open."""
        known, self._client = self._runs.keys(), client
        self._over, self.refusal = asyncio.Event(), ""
        if others or client.agents.connected or not client.runs.keys() <= known:
            # Other clients have used it, and have stored its cells, whose ids the runs have.
            self._recognised = False
            await self._read_stored()
        self._listener.runs_changed(None, kernel=True)

    def _check_answered(self) -> None:
        if self._ready.is_set() and not self._answered:
            raise SessionSilentError(NOT_SENT)

    async def _join_or_start(self, first: Warm | None) -> SessionClient:
        if not self._recognised:
            await self._read_stored()  # A fault had prevented the recognition of the document.
        try:
            return await self._start(first)
        except SessionSilentError:
            self._answered = False
            self._kernel = as_unresponsive(self._kernel)
            self._attaching = self.tasks.create_task(self._attach())
            self._listener.runs_changed(None, kernel=True)
            raise

    async def _start(self, first: Warm | None = None) -> SessionClient:
        plan = dataclasses.replace(self._plan, first=first)
        client = await SessionClient.open(self.location, self._as, self, self.tasks, plan)
        client.on_text_message(self._listener.text_message)
        await asyncio.to_thread(record_script, self.location)
        return client

    async def shutdown(self) -> None:
        """End the session if one runs.

        Raises:
            SessionSilentError: it does not answer.
        """
        if (client := self.answering_client()) is not None:
            self._stopping = True
            try:
                await client.shutdown()
            except SessionSilentError:
                self._stopping = False
                raise
            except SessionLostError:
                # It ended before it could reply; its remains are removed here.
                await asyncio.to_thread(offline_session.prune, self.location)

    async def force_stop(self) -> None:
        """Kill the session and its kernel, whether it answers or not; the outputs stay.

        Raises:
            SessionError: it still exists.
        """
        gone = False
        async with self._opening:  # No new host may adopt the kernel in the meantime.
            self._stopping = self._killing = True
            try:
                gone = await offline_session.kill_session(self.location, self._as.name)
            finally:
                if not gone or (self._attaching.done() and self._client is None):
                    self._stopping = self._killing = False
        if not gone:
            raise SessionError(NOT_KILLED)

    async def wait_for_run(self, run_id: str) -> None:
        """Wait until the run has ended, even if a new host adopts the kernel in the meantime.

        Raises:
            SessionLostError: the session ended before, and the kernel with it.
            SessionRefusedError: the session no longer admits this client.
        """
        while (client := self._client) is not None:
            over = self._over
            try:
                await client.wait_for_run(run_id)
            except SessionLostError:
                await over.wait()
                run = self._runs.get(run_id)
                if self._kernel.state is KernelState.STOPPED and run and run.state.final:
                    return  # It was stopped on purpose, as the run's state shows.
                if self.refusal:
                    raise SessionRefusedError(self.refusal) from None
                if not self.has_session:
                    raise
            else:
                return

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        if self._client is not None and not self._client.silent:
            with contextlib.suppress(SessionSilentError):
                return await self._client.fetch_outputs(run_id)
        # A host stores outputs before it sends them, so all shown outputs are stored.
        return await asyncio.to_thread(offline_session.read_outputs, self.location, run_id)

    def configure(self, idle_hours: float) -> None:
        """Set the unattended hours of the next host that is started from here."""
        self._plan = dataclasses.replace(self._plan, idle_hours=idle_hours)

    def close(self) -> None:
        """Disconnect from the session, which keeps running."""
        self._closed = True
        for task in filter(None, (self._attaching, self._following)):
            task.cancel()
        if self._client is not None:
            self._client.close()

    # --- events of the session --------------------------------------------------------------------

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """See `cellbridge.session.client.SessionListener`."""
        self._listener.runs_changed(runs, kernel=kernel)

    def session_lost(self) -> None:
        """Keep the last state; the running cell is lost unless the session was meant to stop."""
        client, self._client = self._client, None
        if client is None or self._closed:
            return
        self._outputs = dict(client.outputs)
        self._runs = dict(client.runs)
        self._notices = Notices()
        if client.refusal:
            self.refusal, self._kernel = client.refusal, client.kernel
            self._over.set()
        elif self._stopping or client.kernel.state is KernelState.STOPPED:
            self._settle_stopped(client.kernel.name)
            self._over.set()
        else:
            self._kernel = msgspec.structs.replace(client.kernel, message=SEARCHING)
            self.tasks.create_task(self._rejoin(self._over))
        self._listener.runs_changed(None, kernel=True)

    def on_fault(self) -> None:
        """Continue without the session after a fault in one of this document's tasks."""
        client, self._client = self._client, None
        if client is not None:
            self._runs, self._outputs = dict(client.runs), dict(client.outputs)
            self._kernel = client.kernel
            client.close()
        self._answered = True
        self._stopping = self._killing = False
        self._kernel = msgspec.structs.replace(
            self._kernel, state=KernelState.UNRESPONSIVE, message=FAULT
        )
        self._over.set()
        self._ready.set()
        self._listener.runs_changed(None, kernel=True)

    def _settle_stopped(self, kernel: str) -> None:
        if self._killing:  # Otherwise the host has reported the end of each run.
            self._mark_lost(KILLED)
        self._stopping = self._killing = False
        self._kernel = KernelStatus(KernelState.STOPPED, kernel)

    def _mark_lost(self, why: str) -> None:
        self._runs = {run_id: as_lost(run, why) for run_id, run in self._runs.items()}

    async def _rejoin(self, over: asyncio.Event) -> None:
        """Start a host that adopts the kernel of the host that is gone; or give up."""
        try:
            if await asyncio.to_thread(offline_session.has_live_kernel, self.location):
                await self.connect()
        except SessionError as error:
            log.warning("The session of %s could not be joined again: %s", self.location.key, error)
        if self._client is None:
            self._mark_lost(HOST_GONE)
            self._kernel = KernelStatus(KernelState.DEAD, self._kernel.name, message=HOST_GONE)
            self._listener.runs_changed(None, kernel=True)
        over.set()

    # --- the state when the document is opened ----------------------------------------------------

    async def _attach(self) -> None:
        """Find the document's running session, or the outputs that an earlier one has stored."""
        if not self._recognised and await asyncio.to_thread(
            offline_session.follow_rename, self.location, self._listener.content()
        ):
            self.location = await asyncio.to_thread(of_script, Path(self.location.name))
        late = asyncio.get_running_loop().call_later(JOIN_SECONDS, self._show_stored)
        client, problem = None, ""
        try:
            client = await self._wait_for_session()
        except SessionError as error:
            problem = str(error)
        finally:
            late.cancel()
        self._answered = True
        async with self._opening:
            if client is None and not problem and not self._stopping:
                client, problem = await self._start_successor()
            self._client = client
            known = await self._read_stored() if not self._recognised else True
        if client is None:
            self._settle(problem)
        elif not client.connected:
            self.session_lost()  # It ended while the store was being read.
        if client is not None or known:
            self._listener.runs_changed(None, kernel=True)

    async def _wait_for_session(self) -> SessionClient | None:
        """Return the session once it answers; None if none exists."""
        pause, slowest = _RETRY_SECONDS
        while True:
            with contextlib.suppress(SessionLostError, SessionSilentError):
                client = await SessionClient.join(self.location, self._as, self, self.tasks)
                if client is not None:
                    client.on_text_message(self._listener.text_message)
                    return client
            if not await asyncio.to_thread(offline_session.has_host, self.location):
                return None
            await asyncio.sleep(pause)  # Wait: no event reports a host that accepts no connection.
            pause = min(2 * pause, slowest)

    async def _start_successor(self) -> tuple[SessionClient | None, str]:
        """Start a host that adopts a kernel without a host; return its client, or the problem.

        Both are empty if no kernel is left.
        """
        try:
            if await asyncio.to_thread(offline_session.has_live_kernel, self.location):
                return await self._start(), ""
        except SessionError as error:
            return None, str(error)
        return None, ""

    async def _follow(self) -> None:
        mark = None
        await self.ready()
        while True:
            mark = await next_host(self.location, mark)
            try:
                await self._join_other()
            except SessionError as error:
                log.warning("The session of %s could not be joined: %s", self.location.key, error)

    async def _join_other(self) -> None:
        async with self._opening:
            if self._client is not None or self._stopping:
                return
            client = await SessionClient.attach(self.location, self._as, self, self.tasks)
            if client is None:
                return
            client.on_text_message(self._listener.text_message)
            await self._use(client, others=True)
        if not client.connected:
            self.session_lost()  # It ended while the store was being read.

    def _show_stored(self) -> None:
        """Show the stored outputs while the session does not answer."""

        async def show() -> None:
            if not self._recognised:
                await self._read_stored(meanwhile=True)

        self.tasks.create_task(show())

    async def _read_stored(self, *, meanwhile: bool = False) -> bool:
        """Read the store and have the document recognised; return True if outputs are stored.

        ``meanwhile``: while the session does not answer, unless it has answered by then.
        """
        stored = await asyncio.to_thread(offline_session.read_store, self.location)
        known = bool(stored.runs or stored.notices)
        if self._recognised or (meanwhile and self._answered):
            return known
        self._recognised = True
        self._runs = {view.run.id: view.run for view in stored.runs}
        self._outputs = {view.run.id: view.outputs for view in stored.runs}
        self._notices = Notices(stored.notices)
        if meanwhile:
            self._kernel = as_unresponsive(self._kernel)
        self._listener.stored_cells_read(stored.cells)
        self._ready.set()
        if meanwhile:
            self._listener.runs_changed(None, kernel=True)
        return known

    def _settle(self, problem: str) -> None:
        """Set the state without a session; ``problem`` is a message, or empty."""
        if self._stopping:
            self._settle_stopped(self._kernel.name)
            return
        was_there = self._kernel.state is KernelState.UNRESPONSIVE
        lost = any(not run.state.final for run in self._runs.values())
        self._mark_lost(HOST_GONE)
        if problem or (was_there and lost):
            self._kernel = KernelStatus(KernelState.DEAD, message=problem or HOST_GONE)
        elif was_there:
            self._kernel = KernelStatus(KernelState.ABSENT)
