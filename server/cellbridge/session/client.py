# Size: one short method for each request that a host answers, beside the mirror of its state.
"""A client's end of a session: requests to the host, and a mirror of the host's state.

Owns the connection and the mirror. It must not know documents, cells or editors.

Invariant: the mirror is exactly what the host has published up to `seq`; it is replaced as a whole
by every welcome.

Invariant: no request waits without end. Each waits for as long as the host shows signs of life,
which the client asks for (liveness.py). A host that shows none is not waited for, and the error
says whether the request will reach it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from cellbridge.core.code_info import Completions, Inspection, Signatures
from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run, RunRequest
from cellbridge.core.runs.start_options import AS_IT_IS, Startup
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.core.variables import VariableAnswer, VariableQuery
from cellbridge.session import launch, wire
from cellbridge.session import messages as m
from cellbridge.session.errors import (
    NOT_ANSWERING,
    NOT_SENT,
    SENT,
    SessionError,
    SessionLostError,
    SessionSilentError,
)
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.initial_state import Arriving
from cellbridge.session.liveness import Liveness
from cellbridge.session.locations import Location

log = logging.getLogger(__name__)
_decoder: msgspec.msgpack.Decoder[m.FromHost] = msgspec.msgpack.Decoder(m.FromHost)

FORGOTTEN_KEPT = 1000
"""Runs of which it is remembered that they are gone, for who has yet to wait for their end."""
GREETING_SECONDS = 5.0
"""Seconds without a message after which a host that is being greeted is not waited for."""
ATTEMPTS = 3
"""How often a host is looked for or started: one that is being killed may still take a connection,
which then breaks off before the welcome."""
_PING = 0
"""The id of every ping; requests count from 1."""
_PARTING = 5.0
"""Seconds that a host gets to close its connections after it has agreed to end."""


class Tasks(Protocol):
    """Whoever owns a client's tasks, such as an `asyncio.TaskGroup`."""

    def create_task(self, coro: Coroutine[Any, Any, None], /) -> asyncio.Task[None]:
        """Begin a task."""
        ...


class SessionListener(Protocol):
    """Who is told of what happens in a session, on the loop."""

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """These runs, or all where None, have changed or gone.

        ``kernel``: so has what is known of the session otherwise: its kernel's status, its notices,
        or whether its host answers.
        """
        ...

    def session_lost(self) -> None:
        """The host has gone; the mirror stays as it was last."""
        ...


class SessionClient:
    """A connection to a notebook's host. Made by `attach` or `open`."""

    def __init__(self, listener: SessionListener, streams: launch.Streams) -> None:
        self.kernel = KernelStatus(KernelState.ABSENT)
        self.runs: dict[str, Run] = {}
        self.outputs: dict[str, list[Output]] = {}
        self.notices = m.Notices()
        self.seq = 0
        self.connected = True
        self._over = asyncio.Event()
        self._arriving: Arriving | None = None
        self._forgotten: deque[str] = deque(maxlen=FORGOTTEN_KEPT)
        self._listener = listener
        self._reader, self._writer = streams
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[m.Reply]] = {}
        self._unanswered: set[int] = set()
        """Requests that the host may still be at work on, those given up here included."""
        self._room = asyncio.Event()
        """Set when another request may be sent."""
        self._liveness = Liveness(self._ping, self._liveness_changed, self._give_up)
        self._ended: dict[str, list[asyncio.Future[None]]] = {}

    @classmethod
    async def attach(
        cls,
        location: Location,
        client: str,
        listener: SessionListener,
        tasks: Tasks,
        *,
        only_looking: bool = False,
    ) -> SessionClient | None:
        """Connect to a session that runs; None where none does. Starts nothing.

        Raises:
            SessionSilentError: its host does not answer.
            SessionError: its host speaks another version of the protocol.
        """
        streams = await launch.connect(location)
        if streams is None:
            return None
        self = cls(listener, streams)
        await self._greet(m.Hello(m.PROTOCOL, client, only_looking), tasks, GREETING_SECONDS)
        return self

    @classmethod
    async def joined(
        cls, location: Location, client: str, listener: SessionListener, tasks: Tasks
    ) -> SessionClient | None:
        """Connect as `attach` does, and wait for the host for as long as it exists.

        Raises:
            SessionError: its host speaks another version of the protocol.
        """
        streams = await launch.connect(location)
        if streams is None:
            return None
        self = cls(listener, streams)
        await self._greet(m.Hello(m.PROTOCOL, client), tasks, None)
        return self

    @classmethod
    async def open(
        cls,
        location: Location,
        client: str,
        listener: SessionListener,
        tasks: Tasks,
        plan: HostPlan,
    ) -> SessionClient:
        """Connect to the notebook's session, starting its host where none runs.

        Raises:
            SessionSilentError: its host does not answer.
            SessionError: it cannot be started, or speaks another version of the protocol.
        """
        left = ATTEMPTS
        while True:
            left -= 1
            self = cls(listener, await launch.connect_or_start(location, plan))
            try:
                await self._greet(m.Hello(m.PROTOCOL, client), tasks, GREETING_SECONDS)
            except SessionLostError:
                if not left:
                    raise
            else:
                return self

    async def _greet(self, hello: m.Hello, tasks: Tasks, patience: float | None) -> None:
        """Introduce the client; ``patience``: seconds without a message, None for no limit."""
        greeted = False
        try:
            async with asyncio.timeout(patience) as limit:
                welcome = await self._welcomed(hello, limit, patience)
            greeted = True
        except TimeoutError:
            raise SessionSilentError(NOT_ANSWERING) from None
        finally:
            if not greeted:
                self._writer.transport.abort()
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
        self._take_welcome(welcome)
        self._liveness.begin()
        tasks.create_task(self._receive())

    async def _welcomed(
        self, hello: m.Hello, limit: asyncio.Timeout, patience: float | None
    ) -> m.Welcome:
        self._writer.write(wire.encode(hello))
        first = await wire.read(self._reader, _decoder)
        if isinstance(first, m.Refusal):
            raise SessionError(first.reason)
        if not isinstance(first, m.Welcome):
            raise SessionLostError(_TOO_EARLY)
        arriving = Arriving(first)
        while arriving.missing:
            if patience is not None:
                limit.reschedule(asyncio.get_running_loop().time() + patience)
            piece = await wire.read(self._reader, _decoder)
            if not isinstance(piece, m.Events):
                raise SessionLostError(_TOO_EARLY)
            arriving.take(piece)
        return arriving.whole()

    @property
    def silent(self) -> bool:
        """True while the host does not answer; the mirror then stays as it was last."""
        return self._liveness.silent

    # --- requests ---------------------------------------------------------------------------------

    async def execute(
        self,
        runs: Sequence[RunRequest],
        *,
        kernel: str | None,
        language: str,
        startup: Startup = AS_IT_IS,
    ) -> list[str]:
        """Queue runs; returns their ids. See `cellbridge.session.messages.Execute`."""
        return await self._call(m.Execute(list(runs), language, kernel, startup), list[str])

    async def warm(self, *, kernel: str | None, language: str, startup: Startup) -> None:
        """Start a kernel where there is none; returns before it is ready."""
        await self._call(m.Warm(language, kernel, startup))

    async def ended(self, run_id: str) -> None:
        """Wait until the run has ended.

        Raises:
            SessionLostError: the host went away before.
        """
        if (run := self.runs.get(run_id)) and run.state.final:
            return
        if run_id in self._forgotten:
            return  # Another client has run the cell again since.
        if not self.connected:
            raise SessionLostError(_LOST)
        future = asyncio.get_running_loop().create_future()
        self._ended.setdefault(run_id, []).append(future)
        await future

    async def cancel(self, run_ids: Sequence[str]) -> None:
        """Take runs from the queue."""
        await self._call(m.Cancel(list(run_ids)))

    async def interrupt(self) -> None:
        """Interrupt the running cell and empty the queue."""
        await self._call(m.Interrupt())

    async def restart(
        self, *, kernel: str | None, language: str, startup: Startup = AS_IT_IS
    ) -> None:
        """Replace the kernel; returns when the new one is ready."""
        await self._call(m.Restart(language, kernel, startup))

    async def limit(self, limits: Limits | None) -> None:
        """Set what the session's kernel may use; None for what the settings say."""
        await self._call(m.Limit(limits))

    async def save_variables(self, names: Sequence[str]) -> SavedVariables:
        """Save the kernel's variables of these names, or all."""
        return await self._call(m.SaveVariables(list(names)), SavedVariables)

    async def restore_variables(self, names: Sequence[str]) -> SavedVariables:
        """Load what was saved into the kernel, which must be there or be starting."""
        return await self._call(m.RestoreVariables(list(names)), SavedVariables)

    async def shutdown(self) -> None:
        """End the kernel and the host; returns when the connection is over, and known to be."""
        await self._call(m.Shutdown())
        # A run that is asked for right after this must start a new session, not meet the old one.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PARTING):
                await self._over.wait()

    async def clear_outputs(self, run_ids: Sequence[str], *, everything: bool = False) -> None:
        """Forget these runs and their outputs; those that have not ended stay.

        ``everything``: see `cellbridge.session.messages.ClearOutputs`.
        """
        await self._call(m.ClearOutputs(list(run_ids), everything))

    async def recover_outputs(self) -> m.Recovered:
        """Restore what can be read of damaged stores that were put aside."""
        return await self._call(m.RecoverOutputs(), m.Recovered)

    async def answer_input(self, run_id: str, text: str) -> None:
        """Give a waiting cell its line of text."""
        await self._call(m.AnswerInput(run_id, text))

    async def complete(self, code: str, offset: int) -> Completions:
        """Ask the living kernel for completions."""
        return await self._call(m.Complete(code, offset), Completions)

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Ask the living kernel about a name."""
        return await self._call(m.Inspect(code, offset), Inspection)

    async def signature(self, code: str, offset: int) -> Signatures:
        """Ask the living kernel how a function is called."""
        return await self._call(m.AskSignature(code, offset), Signatures)

    async def look(self, question: VariableQuery) -> VariableAnswer:
        """Ask the living kernel about its variables and tables."""
        return await self._call(m.Look(question), VariableAnswer)

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        return await self._call(m.FetchOutputs(run_id), list[Output])

    async def remember_cells(self, cells: Sequence[m.StoredCell]) -> None:
        """Store the document's cells, so that they are known again when it is reopened."""
        await self._call(m.RememberCells(list(cells)))

    async def describe(self) -> m.Description:
        """Return the session as a list of sessions shows it."""
        return await self._call(m.Describe(), m.Description)

    def close(self) -> None:
        """Let go of the session, which goes on."""
        if self._writer.transport.get_write_buffer_size():
            # The host does not read. Every request is waited for, so this one was given up.
            self._writer.transport.abort()
        self._writer.close()

    async def _call(self, call: m.Call, result: Any = None) -> Any:
        self._check(call)
        while len(self._unanswered) >= m.REQUEST_LIMIT:
            self._room.clear()
            await self._room.wait()
            self._check(call)
        request = next(self._ids)
        future: asyncio.Future[m.Reply] = asyncio.get_running_loop().create_future()
        self._waiting[request] = future
        self._unanswered.add(request)
        try:
            self._writer.write(wire.encode(m.Request(request, call)))
            reply = await future
        finally:
            self._waiting.pop(request, None)
        if reply.error is not None:
            raise SessionError(reply.error)
        return wire.decode_body(reply.result, result) if result is not None else None

    def _check(self, call: m.Call) -> None:
        """See that a request can be sent.

        Raises:
            SessionLostError: the host has gone.
            SessionSilentError: it does not answer.
        """
        if not self.connected:
            raise SessionLostError(_LOST)
        # What is only asked about live objects is of no use to anyone when the host goes on.
        silent = self._liveness.silent and isinstance(call, m.AboutObjects)
        if silent or self._liveness.given_up:
            raise SessionSilentError(NOT_SENT)

    # --- whether the host answers -----------------------------------------------------------------

    def _ping(self) -> None:
        self._writer.write(wire.encode(m.Request(_PING, m.Ping())))

    def _liveness_changed(self) -> None:
        if self.connected:
            self._listener.session_changed(frozenset(), kernel=True)

    def _give_up(self) -> None:
        """Stop waiting for replies, which may yet come; whoever waits to send is woken."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SessionSilentError(SENT))
        self._room.set()

    # --- what the host sends ----------------------------------------------------------------------

    async def _receive(self) -> None:
        try:
            while (message := await wire.read(self._reader, _decoder)) is not None:
                self._liveness.heard()
                self._take(message)
                # What is in the reader's buffer already comes without a wait; others must have
                # their turn between two pieces of a flood.
                await asyncio.sleep(0)
        except SessionLostError as error:
            log.warning("%s", error)
        finally:
            self.connected = False
            self._liveness.end()
            self.close()
            self._room.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(SessionLostError(_LOST))
            for run_id in list(self._ended):
                self._resolve(run_id, SessionLostError(_LOST))
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self._listener.session_lost()
        self._over.set()

    def _take(self, message: m.FromHost) -> None:
        match message:
            case m.Reply(id=request):
                self._unanswered.discard(request)
                self._room.set()
                future = self._waiting.get(request)
                if future is not None and not future.done():
                    future.set_result(message)
            case m.Events() if self._arriving is not None:
                self._arriving.take(message)
                self._see_whether_it_is_whole(self._arriving)
            case m.Events(seq=seq, events=events):
                self.seq = seq
                self._take_events(events)
            case m.Welcome():
                self._see_whether_it_is_whole(Arriving(message))
            case m.Refusal(reason=reason):
                log.warning("The session's host refused: %s", reason)

    def _see_whether_it_is_whole(self, arriving: Arriving) -> None:
        self._arriving = arriving if arriving.missing else None
        if self._arriving is None:
            self._take_welcome(arriving.whole())
            self._listener.session_changed(None, kernel=True)

    def _take_welcome(self, welcome: m.Welcome) -> None:
        self.seq = welcome.seq
        self.kernel = welcome.kernel
        self.notices = welcome.notices
        self._forgotten.extend(self.runs.keys() - {view.run.id for view in welcome.runs})
        self.runs = {view.run.id: view.run for view in welcome.runs}
        self.outputs = {view.run.id: view.outputs for view in welcome.runs}
        for run_id in list(self._ended):
            if run_id not in self.runs or self.runs[run_id].state.final:
                self._resolve(run_id)

    def _take_events(self, events: Sequence[m.Event]) -> None:
        touched: set[str] = set()
        ended: list[str] = []
        kernel = False
        for event in events:
            match event:
                case m.KernelChanged(kernel=status):
                    self.kernel, kernel = status, True
                case m.NoticesChanged(notices=notices):
                    self.notices, kernel = notices, True
                case m.RunChanged(run=run):
                    self.runs[run.id] = run
                    touched.add(run.id)
                    if run.state.final:
                        ended.append(run.id)
                case m.OutputsChanged(run=run_id, ops=ops):
                    self.outputs[run_id] = apply_ops(self.outputs.get(run_id, ()), ops)
                    touched.add(run_id)
                case m.RunsForgotten(runs=gone):
                    touched.update(gone)
                    ended.extend(gone)
                    self._forgotten.extend(gone)
                    for run_id in gone:
                        self.runs.pop(run_id, None)
                        self.outputs.pop(run_id, None)
        self._listener.session_changed(frozenset(touched), kernel=kernel)
        for run_id in ended:
            self._resolve(run_id)

    def _resolve(self, run_id: str, error: Exception | None = None) -> None:
        for future in self._ended.pop(run_id, ()):
            if not future.done() and error is not None:
                future.set_exception(error)
            elif not future.done():
                future.set_result(None)


_TOO_EARLY = "The session ended before it could be used; run the cell again."
_LOST = "The notebook's session has ended; run a cell to start a new one."
