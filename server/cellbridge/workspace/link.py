"""The link between an open document and its session.

Owns when a session is looked for, started and let go, and what is known of it while none runs:
then runs and outputs come from the store. It must not know cells.

Invariant: opening a document starts no kernel and runs nothing. A session is started by the first
run; and where a kernel has lost its host, a new host is started to go on with it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from cellbridge.core.outputs import Output
from cellbridge.core.runs import KernelState, KernelStatus, Run, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.locations import Location, note, of_script
from cellbridge.session.messages import StoredCell, Warm
from cellbridge.session.plan import HostPlan
from cellbridge.workspace.chooser import Start

if TYPE_CHECKING:
    from cellbridge.session.stored import Stored

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
        tasks: asyncio.TaskGroup,
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
        self._notices: Sequence[str] = ()
        self._opening = asyncio.Lock()
        self._stopping = False
        self._closed = False
        self._over = asyncio.Event()
        """Set once what was to be done after the present session's loss has been done."""
        self._ready = asyncio.Event()
        self._attaching = tasks.create_task(self._attach())

    # --- the state, whether a session runs or not -------------------------------------------------

    @property
    def kernel(self) -> KernelStatus:
        """The kernel's status as it is known here."""
        return self._client.kernel if self._client else self._kernel

    @property
    def runs(self) -> Mapping[str, Run]:
        """Runs by id, oldest first."""
        return self._client.runs if self._client else self._runs

    @property
    def outputs(self) -> Mapping[str, Sequence[Output]]:
        """The bounded outputs of runs, by run id."""
        return self._client.outputs if self._client else self._outputs

    @property
    def notices(self) -> Sequence[str]:
        """Sentences about the session and its store that the user should know of."""
        return self._client.notices if self._client else self._notices

    @property
    def client(self) -> SessionClient | None:
        """The running session; None where there is none."""
        return self._client

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
            SessionError: it cannot be started.
        """
        await self.ready()
        async with self._opening:
            if self._client is None:
                self._client = await self._started(Warm(**start) if start else None)
                self._over = asyncio.Event()
                self._listener.runs_changed(None, kernel=True)
            return self._client

    async def _started(self, first: Warm | None = None) -> SessionClient:
        plan = dataclasses.replace(self._plan, first=first)
        client = await SessionClient.open(self.location, self._client_name, self, self._tasks, plan)
        await asyncio.to_thread(note, self.location)
        return client

    async def shutdown(self) -> None:
        """End the session, where one runs."""
        if self._client is not None:
            self._stopping = True
            await self._client.shutdown()

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
                if not self.runs_here:
                    raise
            else:
                return

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        if self._client is not None:
            return await self._client.fetch_outputs(run_id)
        return await asyncio.to_thread(_stored_outputs, self.location, run_id)

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
        self._notices = ()
        if self._stopping or client.kernel.state is KernelState.STOPPED:
            self._stopping = False
            self._runs = dict(client.runs)
            self._kernel = KernelStatus(KernelState.STOPPED, client.kernel.name)
            self._over.set()
        else:
            self._runs = dict(client.runs)
            self._kernel = msgspec.structs.replace(client.kernel, message=_LOOKING)
            self._tasks.create_task(self._rejoin(self._over))
        self._listener.runs_changed(None, kernel=True)

    async def _rejoin(self, over: asyncio.Event) -> None:
        """Start a host that goes on with the kernel of the one that is gone; or give up."""
        try:
            if await asyncio.to_thread(_kernel_lives, self.location):
                await self.connected()
        except SessionError as error:
            log.warning("The session of %s could not be joined again: %s", self.location.key, error)
        if self._client is None:
            self._runs = {run_id: _lost(run) for run_id, run in self._runs.items()}
            self._kernel = KernelStatus(KernelState.DEAD, self._kernel.name, message=_HOST_GONE)
            self._listener.runs_changed(None, kernel=True)
        over.set()

    async def _attach(self) -> None:
        """Find what there is of the document: a running session, or what one has stored."""
        if await asyncio.to_thread(_follow, self.location, self._listener.content()):
            self.location = of_script(Path(self.location.name))
        try:
            client = await SessionClient.attach(self.location, self._client_name, self, self._tasks)
            if client is None and await asyncio.to_thread(_kernel_lives, self.location):
                client = await self._started()
        except SessionError as error:
            client = None
            self._kernel = KernelStatus(KernelState.DEAD, message=str(error))
        stored = await asyncio.to_thread(_read_store, self.location)
        self._client = client
        self._runs = {view.run.id: _lost(view.run) for view in stored.runs}
        self._outputs = {view.run.id: view.outputs for view in stored.runs}
        self._notices = stored.notices
        self._listener.recognised(stored.cells)
        self._ready.set()
        if client is not None or stored.runs or stored.notices:
            self._listener.runs_changed(None, kernel=True)


def _read_store(location: Location) -> Stored:
    from cellbridge.session import stored  # noqa: PLC0415 (kept out of the server's start)

    return stored.content(location.store)


def _stored_outputs(location: Location, run_id: str) -> list[Output]:
    from cellbridge.session import stored  # noqa: PLC0415 (kept out of the server's start)

    return stored.outputs(location.store, run_id)


def _follow(location: Location, text: str) -> bool:
    from cellbridge.session.moved import follow  # noqa: PLC0415 (kept out of the server's start)

    try:
        return follow(location, text)
    except (OSError, SessionError) as error:
        log.warning("Whether %s was renamed could not be told: %s", location.name, error)
        return False


def _kernel_lives(location: Location) -> bool:
    from cellbridge.kernel.records import adoptable  # noqa: PLC0415 (kept out of the server's start)

    return adoptable(location.kernel) is not None


def _lost(run: Run) -> Run:
    """Return ``run`` as it stands once its host is gone."""
    if run.state.final:
        return run
    return msgspec.structs.replace(
        run, state=RunState.LOST, truncated=True, waiting=None, note=_HOST_GONE
    )


_LOOKING = "The session's process ended unexpectedly; its kernel is looked for."
_HOST_GONE = (
    "The notebook's session ended unexpectedly; its outputs are kept, "
    "run a cell to start a new one."
)
