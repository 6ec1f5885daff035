# Size: one document's session through all that befalls it, and what is known of it meanwhile.
"""The link between an open document and its session.

Owns when a session is looked for, started and let go, and what is known of it while none runs:
then runs and outputs come from the store. It must not know cells.

Invariant: opening a document starts no kernel and runs nothing. A session is started by the first
run; and where a kernel has lost its host, a new host is started to go on with it.

Invariant: a session whose host exists is never taken for absent. While it does not answer, what was
known of it last stays, and it is joined as soon as it answers.
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
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run, RunState
from cellbridge.session.client import SessionClient, Tasks
from cellbridge.session.errors import (
    NOT_ANSWERING,
    NOT_SENT,
    SessionError,
    SessionLostError,
    SessionSilentError,
)
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, note, of_script
from cellbridge.session.messages import Notices, StoredCell, Warm
from cellbridge.workspace import offline_session
from cellbridge.workspace.kernel_selection import Start

JOIN_SECONDS = 3.0
"""Seconds that a session gets to answer before a document is shown without it."""
_AGAIN_SECONDS = (0.1, 1.0)
"""Seconds between attempts to reach a host that exists and takes no connection: at first, later."""

log = logging.getLogger(__name__)


class LinkListener(Protocol):
    """Who is told of changes, on the loop."""

    def content(self) -> str:
        """Return the document's text, by which a renamed script is known again."""
        ...

    def recognised(self, stored: Sequence[StoredCell]) -> None:
        """The document's cells as they were when it was last seen; comes once, first of all."""
        ...

    def runs_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """These runs, or all where None, have changed; ``kernel``: so has the kernel."""
        ...


class SessionLink:
    """One document's way to its session."""

    def __init__(
        self,
        location: Location,
        listener: LinkListener,
        tasks: Tasks,
        *,
        client: str,
        plan: HostPlan,
    ) -> None:
        self.location = location
        self._listener = listener
        self._tasks = tasks
        self._client_name = client
        self._plan = plan
        self._client: SessionClient | None = None
        self._kernel = KernelStatus(KernelState.ABSENT)
        self._runs: Mapping[str, Run] = {}
        self._outputs: Mapping[str, Sequence[Output]] = {}
        self._notices = Notices()
        self._opening = asyncio.Lock()
        self._found = False
        """Set once the session has answered, or is known not to exist."""
        self._recognised = False
        self._stopping = False
        self._killing = False
        self._closed = False
        self._over = asyncio.Event()
        """Set once what was to be done after the present session's loss has been done."""
        self._ready = asyncio.Event()
        self._attaching = tasks.create_task(self._attach())

    # --- the state, whether a session runs or not -------------------------------------------------

    @property
    def kernel(self) -> KernelStatus:
        """The kernel's status as it is known here."""
        if self._client is None:
            return self._kernel
        known = self._client.kernel
        return _unresponsive(known) if self._client.silent else known

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
        """What the user should know of the session and its store."""
        return self._client.notices if self._client else self._notices

    @property
    def client(self) -> SessionClient | None:
        """The running session; None where there is none, or it has not answered yet."""
        return self._client

    def asked(self) -> SessionClient | None:
        """Return the running session, which is to be asked for something; None where there is none.

        Raises:
            SessionSilentError: there is one, and it has not answered yet.
        """
        self._check()
        return self._client

    @property
    def silent(self) -> bool:
        """True while there is a session that does not answer."""
        if self._client is not None:
            return self._client.silent
        return self._ready.is_set() and not self._found

    @property
    def runs_here(self) -> bool:
        """True while a session is known to run."""
        return self._client is not None

    async def ready(self) -> None:
        """Wait until what was stored of the document has been read."""
        await self._ready.wait()

    async def connected(self, start: Start | None = None) -> SessionClient:
        """Return the session, started where none runs; its kernel too where ``start`` is given.

        Raises:
            SessionSilentError: there is one, and it has not answered yet.
            SessionError: it cannot be started.
        """
        await self.ready()
        self._check()
        async with self._opening:
            if self._client is None:
                self._client = await self._join_or_start(Warm(**start) if start else None)
                self._over = asyncio.Event()
                self._listener.runs_changed(None, kernel=True)
            return self._client

    def _check(self) -> None:
        if self._ready.is_set() and not self._found:
            raise SessionSilentError(NOT_SENT)

    async def _join_or_start(self, first: Warm | None) -> SessionClient:
        if not self._recognised:
            await self._know()  # A fault has kept the document from being recognised.
        try:
            return await self._started(first)
        except SessionSilentError:
            self._found = False
            self._kernel = _unresponsive(self._kernel)
            self._attaching = self._tasks.create_task(self._attach())
            self._listener.runs_changed(None, kernel=True)
            raise

    async def _started(self, first: Warm | None = None) -> SessionClient:
        plan = dataclasses.replace(self._plan, first=first)
        client = await SessionClient.open(self.location, self._client_name, self, self._tasks, plan)
        await asyncio.to_thread(note, self.location)
        return client

    async def shutdown(self) -> None:
        """End the session, where one runs.

        Raises:
            SessionSilentError: it does not answer.
        """
        if (client := self.asked()) is not None:
            self._stopping = True
            try:
                await client.shutdown()
            except SessionSilentError:
                self._stopping = False
                raise
            except SessionLostError:
                # It has ended before it could say so; what it may have left ends here.
                await asyncio.to_thread(offline_session.clear_up, self.location)

    async def force_stop(self) -> None:
        """Kill the session and its kernel, whether it answers or not; the outputs stay.

        Raises:
            SessionError: it is still there.
        """
        gone = False
        async with self._opening:  # Nothing may go on with the kernel that is to end.
            self._stopping = self._killing = True
            try:
                gone = await offline_session.killed(self.location, self._client_name)
            finally:
                if not gone or (self._attaching.done() and self._client is None):
                    self._stopping = self._killing = False
        if not gone:
            raise SessionError(_NOT_KILLED)

    async def ended(self, run_id: str) -> None:
        """Wait until the run has ended, through the loss of a host whose kernel is gone on with.

        Raises:
            SessionLostError: the session went away before, and the kernel with it.
        """
        while (client := self._client) is not None:
            over = self._over
            try:
                await client.ended(run_id)
            except SessionLostError:
                await over.wait()
                run = self._runs.get(run_id)
                if self._kernel.state is KernelState.STOPPED and run and run.state.final:
                    return  # It was stopped on purpose, which the run says.
                if not self.runs_here:
                    raise
            else:
                return

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        if self._client is not None and not self._client.silent:
            with contextlib.suppress(SessionSilentError):
                return await self._client.fetch_outputs(run_id)
        # A host stores before it tells, so nothing is missing of what was shown.
        return await asyncio.to_thread(offline_session.outputs, self.location, run_id)

    def configure(self, idle_hours: float) -> None:
        """Have the next host that is started from here live so long unattended."""
        self._plan = dataclasses.replace(self._plan, idle_hours=idle_hours)

    def close(self) -> None:
        """Let go of the session, which goes on."""
        self._closed = True
        self._attaching.cancel()
        if self._client is not None:
            self._client.close()

    # --- what the session says --------------------------------------------------------------------

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """See `cellbridge.session.client.SessionListener`."""
        self._listener.runs_changed(runs, kernel=kernel)

    def session_lost(self) -> None:
        """Keep what was known; what ran is lost unless the session was stopped on purpose."""
        client, self._client = self._client, None
        if client is None or self._closed:
            return
        self._outputs = dict(client.outputs)
        self._runs = dict(client.runs)
        self._notices = Notices()
        if self._stopping or client.kernel.state is KernelState.STOPPED:
            self._settle_stopped(client.kernel.name)
            self._over.set()
        else:
            self._kernel = msgspec.structs.replace(client.kernel, message=_LOOKING)
            self._tasks.create_task(self._rejoin(self._over))
        self._listener.runs_changed(None, kernel=True)

    def failed(self) -> None:
        """Go on without the session after a fault in a task of this document; it can be joined."""
        client, self._client = self._client, None
        if client is not None:
            self._runs, self._outputs = dict(client.runs), dict(client.outputs)
            self._kernel = client.kernel
            client.close()
        self._found = True
        self._stopping = self._killing = False
        self._kernel = msgspec.structs.replace(
            self._kernel, state=KernelState.UNRESPONSIVE, message=_FAULT
        )
        self._over.set()
        self._ready.set()
        self._listener.runs_changed(None, kernel=True)

    def _settle_stopped(self, kernel: str) -> None:
        if self._killing:  # Else the host has said what became of each run.
            self._lose(_KILLED)
        self._stopping = self._killing = False
        self._kernel = KernelStatus(KernelState.STOPPED, kernel)

    def _lose(self, why: str) -> None:
        self._runs = {run_id: _lost(run, why) for run_id, run in self._runs.items()}

    async def _rejoin(self, over: asyncio.Event) -> None:
        """Start a host that goes on with the kernel of the one that is gone; or give up."""
        try:
            if await asyncio.to_thread(offline_session.kernel_lives, self.location):
                await self.connected()
        except SessionError as error:
            log.warning("The session of %s could not be joined again: %s", self.location.key, error)
        if self._client is None:
            self._lose(_HOST_GONE)
            self._kernel = KernelStatus(KernelState.DEAD, self._kernel.name, message=_HOST_GONE)
            self._listener.runs_changed(None, kernel=True)
        over.set()

    # --- what there is when the document is opened ------------------------------------------------

    async def _attach(self) -> None:
        """Find what there is of the document: a running session, or what one has stored."""
        if not self._recognised and await asyncio.to_thread(
            offline_session.follow_rename, self.location, self._listener.content()
        ):
            self.location = of_script(Path(self.location.name))
        late = asyncio.get_running_loop().call_later(JOIN_SECONDS, self._show_unanswered)
        client, problem = None, ""
        try:
            client = await self._find()
        except SessionError as error:
            problem = str(error)
        finally:
            late.cancel()
        self._found = True
        async with self._opening:
            if client is None and not problem and not self._stopping:
                client, problem = await self._go_on()
            self._client = client
            known = await self._know() if not self._recognised else True
        if client is None:
            self._settle(problem)
        elif not client.connected:
            self.session_lost()  # It ended while the store was read.
        if client is not None or known:
            self._listener.runs_changed(None, kernel=True)

    async def _find(self) -> SessionClient | None:
        """Return the session, once it answers; None where none exists."""
        pause, slowest = _AGAIN_SECONDS
        while True:
            with contextlib.suppress(SessionLostError, SessionSilentError):
                client = await SessionClient.joined(
                    self.location, self._client_name, self, self._tasks
                )
                if client is not None:
                    return client
            if not await asyncio.to_thread(offline_session.occupied, self.location):
                return None
            await asyncio.sleep(pause)  # Wait: a host that takes no connection tells nobody more.
            pause = min(2 * pause, slowest)

    async def _go_on(self) -> tuple[SessionClient | None, str]:
        """Start a host that goes on with a kernel that has lost its own; or say why there is none.

        Both are empty where no kernel is left.
        """
        try:
            if await asyncio.to_thread(offline_session.kernel_lives, self.location):
                return await self._started(), ""
        except SessionError as error:
            return None, str(error)
        return None, ""

    def _show_unanswered(self) -> None:
        """Show what is stored while the session does not answer."""

        async def show() -> None:
            if not self._recognised:
                await self._know(meanwhile=True)

        self._tasks.create_task(show())

    async def _know(self, *, meanwhile: bool = False) -> bool:
        """Read what is stored and have the document recognised; returns whether there is any.

        ``meanwhile``: while the session does not answer, unless it has answered by then.
        """
        stored = await asyncio.to_thread(offline_session.read_store, self.location)
        known = bool(stored.runs or stored.notices)
        if self._recognised or (meanwhile and self._found):
            return known
        self._recognised = True
        self._runs = {view.run.id: view.run for view in stored.runs}
        self._outputs = {view.run.id: view.outputs for view in stored.runs}
        self._notices = Notices(stored.notices)
        if meanwhile:
            self._kernel = _unresponsive(self._kernel)
        self._listener.recognised(stored.cells)
        self._ready.set()
        if meanwhile:
            self._listener.runs_changed(None, kernel=True)
        return known

    def _settle(self, problem: str) -> None:
        """Note that no session runs; ``problem`` says what is wrong, or nothing."""
        if self._stopping:
            self._settle_stopped(self._kernel.name)
            return
        was_there = self._kernel.state is KernelState.UNRESPONSIVE
        lost = any(not run.state.final for run in self._runs.values())
        self._lose(_HOST_GONE)
        if problem or (was_there and lost):
            self._kernel = KernelStatus(KernelState.DEAD, message=problem or _HOST_GONE)
        elif was_there:
            self._kernel = KernelStatus(KernelState.ABSENT)


def _unresponsive(known: KernelStatus) -> KernelStatus:
    """Return a kernel's status while its host does not answer."""
    return msgspec.structs.replace(
        known, state=KernelState.UNRESPONSIVE, message=NOT_ANSWERING, stuck=False
    )


def _lost(run: Run, why: str) -> Run:
    """Return ``run`` as it stands once its host is gone."""
    if run.state.final:
        return run
    return msgspec.structs.replace(run, state=RunState.LOST, truncated=True, waiting=None, note=why)


_LOOKING = "The session's process ended unexpectedly; its kernel is looked for."
_HOST_GONE = (
    "The notebook's session ended unexpectedly; its outputs are kept, "
    "run a cell to start a new one."
)
_KILLED = "The session was stopped while this cell ran."
_NOT_KILLED = (
    "The process of this notebook's session could not be ended, perhaps because it waits for a "
    "disk; try again, or end it by its process id (cellbridge sessions)."
)
_FAULT = (
    "Cellbridge met a fault of its own and let go of this notebook's session, which goes on; "
    "run a cell to join it again."
)
