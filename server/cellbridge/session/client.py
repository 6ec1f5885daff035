# Size: the connection to a host, and the mirror of its state.
"""The client of a session: requests to the host, and a mirror of the host's state.

Owns the connection and the mirror. It must not know documents, cells or editors.

Invariant: the mirror is exactly the state that the host has published up to `seq`; every welcome
replaces it as a whole.

Invariant: no request waits forever. Each waits for as long as the host shows signs of life, which
the client requests (liveness.py). If the host shows none, the request fails, and its error states
whether the request will reach the host.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.agents import NO_AGENTS, ClientInfo
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run
from cellbridge.session import launch, wire
from cellbridge.session import messages as m
from cellbridge.session import text_messages as t
from cellbridge.session.client_requests import SessionRequests
from cellbridge.session.errors import (
    NOT_ANSWERING,
    NOT_SENT,
    SENT,
    SessionError,
    SessionLostError,
    SessionRefusedError,
    SessionSilentError,
)
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.initial_state import PartialState
from cellbridge.session.liveness import Liveness
from cellbridge.session.locations import Location
from cellbridge.session.plot_messages import PlotsChanged
from cellbridge.session.widget_messages import WidgetsChanged

log = logging.getLogger(__name__)
_decoder: msgspec.msgpack.Decoder[m.FromHost] = msgspec.msgpack.Decoder(m.FromHost)

FORGOTTEN_KEPT = 1000
"""Maximum number of forgotten runs whose ids are kept, for a caller that waits for them later."""
GREETING_SECONDS = 5.0
"""Seconds without a message after which a host counts as silent while the client connects."""
ATTEMPTS = 3
"""Attempts to find or start a host: one that is being killed may still accept a connection, which
then ends before the welcome."""
_PING = 0
"""The id of every ping; requests count from 1."""
_CLOSING_SECONDS = 5.0
"""Seconds that a host gets to close its connections after it has accepted a shutdown."""


class Tasks(Protocol):
    """The owner of a client's tasks, such as an `asyncio.TaskGroup`."""

    def create_task(self, coro: Coroutine[Any, Any, None], /) -> asyncio.Task[None]:
        """Start a task."""
        ...


TextMessage = m.TextWanted | t.TextEvent
TextListener = Callable[["SessionClient", TextMessage], None]


class SessionListener(Protocol):
    """A listener to changes in a session; called on the loop."""

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """React to runs that have changed or are gone; None means all.

        ``kernel``: the rest of the session's state has changed too: its kernel's status, its
        notices, or the liveness of its host.
        """
        ...

    def session_lost(self) -> None:
        """React to the end of the host; the mirror keeps its last state."""
        ...


class SessionClient(SessionRequests):
    """A connection to a notebook's host. Created by `attach` or `open`."""

    def __init__(self, listener: SessionListener, streams: launch.Streams) -> None:
        self.kernel = KernelStatus(KernelState.ABSENT)
        self.runs: dict[str, Run] = {}
        self.outputs: dict[str, list[Output]] = {}
        self.notices = m.Notices()
        self.agents = NO_AGENTS
        self.seq = 0
        self.connected = True
        self.refusal = ""
        """The host's reason for ending the connection; empty if it has not ended it."""
        self.debug_listener: Callable[[str, dict[str, Any]], None] | None = None
        """Takes the events of the debugger while this client debugs; see `m.DebugEvent`."""
        self.plots_listener: Callable[[], None] | None = None
        """Called when the history of plots has changed since this client last requested it."""
        self._text_listener: TextListener | None = None
        self._text_messages: list[TextMessage] = []
        """The messages that came before `on_text_message`, which follows at once: few."""
        self.widgets_listener: Callable[[WidgetsChanged], None] | None = None
        """Takes the states of widgets and their changes; see `WatchWidgets`."""
        self._over = asyncio.Event()
        self._arriving: PartialState | None = None
        self._forgotten: deque[str] = deque(maxlen=FORGOTTEN_KEPT)
        self._listener = listener
        self._reader, self._writer = streams
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[m.Reply]] = {}
        self._unanswered: set[int] = set()
        """Requests that the host may still carry out, including those given up here."""
        self._room = asyncio.Event()
        """Set when another request may be sent."""
        self._liveness = Liveness(self._ping, self._liveness_changed, self._give_up)
        self._ended: dict[str, list[asyncio.Future[None]]] = {}

    @classmethod
    async def attach(
        cls,
        location: Location,
        client: ClientInfo,
        listener: SessionListener,
        tasks: Tasks,
        *,
        observer: bool = False,
    ) -> SessionClient | None:
        """Connect to a running session; None if none runs. Starts no process.

        Raises:
            SessionSilentError: its host does not answer.
            SessionError: its host uses another version of the protocol.
        """
        streams = await launch.connect(location)
        if streams is None:
            return None
        self = cls(listener, streams)
        await self._greet(_hello(client, observer=observer), tasks, GREETING_SECONDS)
        return self

    @classmethod
    async def join(
        cls, location: Location, client: ClientInfo, listener: SessionListener, tasks: Tasks
    ) -> SessionClient | None:
        """Connect like `attach`, but wait for the host for as long as it exists.

        Raises:
            SessionError: its host uses another version of the protocol.
        """
        streams = await launch.connect(location)
        if streams is None:
            return None
        self = cls(listener, streams)
        await self._greet(_hello(client), tasks, None)
        return self

    @classmethod
    async def open(
        cls,
        location: Location,
        client: ClientInfo,
        listener: SessionListener,
        tasks: Tasks,
        plan: HostPlan,
    ) -> SessionClient:
        """Connect to the notebook's session; start its host if none runs.

        Raises:
            SessionSilentError: its host does not answer.
            SessionError: it cannot be started, or uses another version of the protocol.
        """
        left = ATTEMPTS
        while True:
            left -= 1
            self = cls(listener, await launch.connect_or_start(location, plan))
            try:
                await self._greet(_hello(client), tasks, GREETING_SECONDS)
            except SessionLostError:
                if not left:
                    raise
            else:
                return self

    async def _greet(self, hello: m.Hello, tasks: Tasks, patience: float | None) -> None:
        """Send `Hello` and take the welcome, with at most ``patience`` seconds between messages."""
        greeted = False
        try:
            async with asyncio.timeout(patience) as limit:
                welcome = await self._read_welcome(hello, limit, patience)
            greeted = True
        except TimeoutError:
            raise SessionSilentError(NOT_ANSWERING) from None
        finally:
            if not greeted:
                self._writer.transport.abort()
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
        self._take_welcome(welcome)
        self._liveness.start()
        tasks.create_task(self._receive())

    async def _read_welcome(
        self, hello: m.Hello, limit: asyncio.Timeout, patience: float | None
    ) -> m.Welcome:
        self._writer.write(wire.encode(hello))
        first = await wire.read(self._reader, _decoder)
        if isinstance(first, m.Refusal):
            raise SessionRefusedError(first.reason)
        if not isinstance(first, m.Welcome):
            raise SessionLostError(_ENDED_EARLY)
        arriving = PartialState(first)
        while arriving.missing:
            if patience is not None:
                limit.reschedule(asyncio.get_running_loop().time() + patience)
            piece = await wire.read(self._reader, _decoder)
            if not isinstance(piece, m.Events):
                raise SessionLostError(_ENDED_EARLY)
            arriving.add(piece)
        return arriving.assemble()

    @property
    def silent(self) -> bool:
        """True while the host does not answer; the mirror then keeps its last state."""
        return self._liveness.silent

    def on_text_message(self, listener: TextListener) -> None:
        """Call ``listener`` with each of the host's messages about the text of the script."""
        self._text_listener = listener
        messages, self._text_messages = self._text_messages, []
        for message in messages:
            listener(self, message)

    # --- requests ---------------------------------------------------------------------------------

    async def wait_for_run(self, run_id: str) -> None:
        """Wait until the run has ended.

        Raises:
            SessionLostError: the host ended before.
        """
        if (run := self.runs.get(run_id)) and run.state.final:
            return
        if run_id in self._forgotten:
            return  # Another client has run the cell again in the meantime.
        if not self.connected:
            raise self._lost_error()
        future = asyncio.get_running_loop().create_future()
        self._ended.setdefault(run_id, []).append(future)
        await future

    async def shutdown(self) -> None:
        """End the kernel and the host; return once the connection has ended."""
        await self._call(m.Shutdown())
        # A run requested right after this must start a new session, not reach the old one.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._over.wait()

    def close(self) -> None:
        """Disconnect from the session, which keeps running."""
        if self._writer.transport.get_write_buffer_size():
            # The host does not read. Every request is awaited, so this one was given up.
            self._writer.transport.abort()
        self._writer.close()

    async def _call(self, call: m.Call, result: Any = None) -> Any:
        self._check_sendable(call)
        while len(self._unanswered) >= m.REQUEST_LIMIT:
            self._room.clear()
            await self._room.wait()
            self._check_sendable(call)
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

    def _lost_error(self) -> SessionLostError:
        return SessionLostError(self.refusal or _LOST)

    def _check_sendable(self, call: m.Call) -> None:
        """Check that a request can be sent.

        Raises:
            SessionLostError: the host has ended.
            SessionSilentError: the host does not answer.
        """
        if not self.connected:
            raise self._lost_error()
        # A late reply about live objects is of no use once the host answers again.
        silent = self._liveness.silent and isinstance(call, m.ObjectQuery)
        if silent or self._liveness.given_up:
            raise SessionSilentError(NOT_SENT)

    # --- the liveness of the host -----------------------------------------------------------------

    def _ping(self) -> None:
        self._writer.write(wire.encode(m.Request(_PING, m.Ping())))

    def _liveness_changed(self) -> None:
        if self.connected:
            self._listener.session_changed(frozenset(), kernel=True)

    def _give_up(self) -> None:
        """Stop waiting for replies, which may still come; wake callers that wait to send."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SessionSilentError(SENT))
        self._room.set()

    # --- messages of the host ---------------------------------------------------------------------

    async def _receive(self) -> None:
        try:
            while (message := await wire.read(self._reader, _decoder)) is not None:
                self._liveness.message_received()
                self._handle(message)
                # Messages in the reader's buffer come without a wait; other tasks must run
                # between two pieces of a flood.
                await asyncio.sleep(0)
        except SessionLostError as error:
            log.warning("%s", error)
        finally:
            self.connected = False
            self._liveness.stop()
            self.close()
            self._room.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(self._lost_error())
            for run_id in list(self._ended):
                self._resolve(run_id, self._lost_error())
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self._listener.session_lost()
        self._over.set()

    def _handle(self, message: m.FromHost) -> None:
        match message:
            case m.Reply(id=request):
                self._unanswered.discard(request)
                self._room.set()
                future = self._waiting.get(request)
                if future is not None and not future.done():
                    future.set_result(message)
            case m.Events() if self._arriving is not None:
                self._arriving.add(message)
                self._take_if_complete(self._arriving)
            case m.Events(seq=seq, events=events):
                self.seq = seq
                self._take_events(events)
            case m.Welcome():
                self._take_if_complete(PartialState(message))
            case m.DebugEvent() | WidgetsChanged():
                self._pass_on(message)
            case PlotsChanged():
                if self.plots_listener is not None:
                    self.plots_listener()
            case m.Refusal(reason=reason):
                log.warning("The session's host refused: %s", reason)
                self.refusal = reason
            case _:
                self._take_text_message(message)

    def _take_text_message(self, message: TextMessage) -> None:
        if self._text_listener is not None:
            self._text_listener(self, message)
        else:
            self._text_messages.append(message)

    def _pass_on(self, message: m.DebugEvent | WidgetsChanged) -> None:
        if isinstance(message, WidgetsChanged):
            if self.widgets_listener is not None:
                self.widgets_listener(message)
        elif self.debug_listener is not None:
            self.debug_listener(message.event, message.body)

    def _take_if_complete(self, arriving: PartialState) -> None:
        self._arriving = arriving if arriving.missing else None
        if self._arriving is None:
            self._take_welcome(arriving.assemble())
            self._listener.session_changed(None, kernel=True)

    def _take_welcome(self, welcome: m.Welcome) -> None:
        self.seq = welcome.seq
        self.kernel = welcome.kernel
        self.notices = welcome.notices
        self.agents = welcome.agents
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
                case m.AgentsChanged(agents=agents):
                    self.agents, kernel = agents, True
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


def _hello(client: ClientInfo, *, observer: bool = False) -> m.Hello:
    return m.Hello(m.PROTOCOL, client.name, observer, client.kind, client.allowed)


_ENDED_EARLY = "The session ended before it could be used; run the cell again."
_LOST = "The notebook's session has ended; run a cell to start a new one."
