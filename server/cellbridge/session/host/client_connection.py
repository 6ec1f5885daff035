# Size: one return for each call of a client.
"""The connection to one client of a host: requests in, replies and events out.

Owns the translation between messages and the executor. It must not know the queue's rules or how
outputs are stored.

Bound: beyond `BACKLOG_LIMIT` unread bytes, a client receives no events. Once it reads again, it
receives a new welcome, which holds everything it has missed. Replies are always sent; their number
is bounded by `REQUEST_LIMIT` (session/messages.py) requests under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from cellbridge.core.resource_errors import shortage
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.trust.ownership import is_own_peer
from cellbridge.session import messages as m
from cellbridge.session import text_messages as t
from cellbridge.session import wire
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.host.agents import rules
from cellbridge.session.host.agents.agents import Agents
from cellbridge.session.host.executor import Executor
from cellbridge.session.host.outbox import Outbox
from cellbridge.session.host.plots import Plots
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.plot_messages import GetPlot, ListPlots, PlotCall, PlotsChanged
from cellbridge.session.widget_messages import SendWidgets, WatchWidgets

BACKLOG_LIMIT = 16 * 1024 * 1024
"""Unread bytes beyond which a client receives no more events."""
NAME_LIMIT = 100
"""Characters of a client's name; the rest is cut."""

T = TypeVar("T")

log = logging.getLogger(__name__)
_decoder: msgspec.msgpack.Decoder[m.FromClient] = msgspec.msgpack.Decoder(m.FromClient)


class Services(Protocol):
    """The parts of a host that a connection uses."""

    executor: Executor
    publisher: Publisher
    storage: ResilientStore
    plots: Plots
    agents: Agents
    tasks: asyncio.TaskGroup
    clients: set[Connection]

    def stop_listening(self) -> None:
        """Accept no more clients."""
        ...

    def end(self) -> None:
        """End the host."""
        ...

    def clients_changed(self) -> None:
        """React to a client that has connected or disconnected."""
        ...

    def describe(self, asking: Connection) -> m.Description:
        """Return the session's entry in a list of sessions."""
        ...


class Connection:
    """A client that has connected; `serve` lives as long as the connection."""

    def __init__(
        self, services: Services, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._services = services
        self._reader = reader
        self._writer = writer
        self._outbox = Outbox(writer, services.tasks)
        self.info = ClientInfo("")
        """The client as it has introduced itself; without a name until then."""
        self._observer = self._refused = False
        self._lagging = False
        self._plots_wanted = False
        """True if the client is notified of the next change of the history of plots."""
        self._slots = asyncio.Semaphore(m.REQUEST_LIMIT)

    async def serve(self) -> None:
        """Serve the client until it disconnects."""
        try:
            if not is_own_peer(self._writer.get_extra_info("socket")):
                log.warning("Refused a connection from another user")
                return
            if await self._greet():
                await self._read_requests()
        except (SessionLostError, OSError) as error:
            log.info("Client %s broke off: %s", self.info.name, error)
        finally:
            self._services.publisher.unsubscribe(self)
            self._services.executor.kernel_manager.debugger.client_gone(self)
            self._services.executor.widgets.watchers.remove(self)
            if self in self._services.clients:
                self._services.clients.discard(self)
                self._services.clients_changed()
            self._services.agents.client_gone(self, observer=self._observer)
            self._writer.close()

    def close(self) -> None:
        """Close the connection after everything queued is sent; `serve` then returns."""
        self._outbox.close()

    def publish(self, frame: bytes) -> None:
        """Send one batch of events, or mark the client as lagging."""
        if self._lagging or self._writer.is_closing():
            return
        if self._outbox.backlog > BACKLOG_LIMIT:
            self._lagging = True
            self._services.tasks.create_task(self._catch_up())
            return
        self._outbox.put(frame)

    def plots_changed(self) -> None:
        """See `cellbridge.session.host.publisher.Subscriber`."""
        if self._plots_wanted and not self._writer.is_closing():
            self._plots_wanted = False
            self._outbox.put(wire.encode(PlotsChanged()))

    @property
    def backlog(self) -> int:
        """Bytes that the client has not read yet."""
        return self._outbox.backlog

    def send_debug_event(self, event: str, body: dict[str, Any]) -> None:
        """Send an event of the debugger to this client."""
        if not self._writer.is_closing():
            self._outbox.put(wire.encode(m.DebugEvent(event, body)))

    def send_frame(self, frame: bytes) -> None:
        """Send a frame after all that are queued."""
        if not self._writer.is_closing():
            self._outbox.put(frame)

    def send_frames(self, frames: Iterator[bytes]) -> None:
        """Send frames in order, each created when the one before has left."""
        if not self._writer.is_closing():
            self._outbox.put_all(frames)

    def request_text(self) -> None:
        """See `cellbridge.session.host.agents.clients.SessionClient`."""
        if not self._writer.is_closing():
            self._outbox.put(wire.encode(m.TextWanted()))

    def send_latest(self, message: t.TextEvent) -> None:
        """See `cellbridge.session.host.agents.clients.SessionClient`."""
        self._outbox.put_latest(type(message).__name__, wire.encode(message))

    def refuse(self, reason: str) -> None:
        """See `cellbridge.session.host.agents.clients.SessionClient`."""
        self._refused = True
        self._outbox.put(wire.encode(m.Refusal(reason)))
        self.close()

    async def _catch_up(self) -> None:
        with contextlib.suppress(OSError):
            await self._outbox.wait_until_empty()
            # The welcome comes first: creating it flushes events that must not be sent twice.
            welcome = self._services.publisher.welcome()
            self._lagging = False
            self._outbox.put_all(welcome)

    async def _greet(self) -> bool:
        hello = await wire.read(self._reader, _decoder)
        if not isinstance(hello, m.Hello) or hello.protocol != m.PROTOCOL:
            reason = (
                "This notebook's session was started by another version of cellbridge; "
                "stop it (cellbridge sessions stop) and run a cell to start a new one."
            )
            self._outbox.put(wire.encode(m.Refusal(reason)))
            return False
        self.info = ClientInfo(hello.client[:NAME_LIMIT], hello.kind, hello.allowed)
        self._observer = hello.observer
        if hello.observer:
            kernel = self._services.publisher.kernel
            self._writer.write(wire.encode(m.Welcome(m.PROTOCOL, 0, kernel, [])))
            return True
        if reason := self._services.agents.access.reason_against(self.info):
            self._outbox.put(wire.encode(m.Refusal(reason)))
            return False
        # No await between welcome and subscription, so that no event is lost or sent twice.
        self._outbox.put_all(self._services.publisher.welcome())
        self._services.publisher.subscribe(self)
        self._services.clients.add(self)
        self._services.clients_changed()
        self._services.agents.client_joined(self)
        return True

    async def _read_requests(self) -> None:
        while (message := await wire.read(self._reader, _decoder)) is not None:
            if self._refused:
                return
            if not isinstance(message, m.Request):
                continue
            if isinstance(message.call, m.Ping):
                self._outbox.put_first(wire.encode(m.Reply(message.id)))
                continue
            await self._slots.acquire()
            queue = self._services.executor.queue
            reason = rules.reason_against(self.info, message.call, queue, observer=self._observer)
            answer = partial(_refuse, reason) if reason else self._handler_of(message.call)
            if not callable(answer):
                # A task of the host, not of the connection: a request, such as a restart, is
                # carried out even if the client disconnects in the meantime.
                self._services.tasks.create_task(self._reply_later(message, answer))
            else:
                self._reply(message.id, answer)

    def _reply(self, request: int, act: Callable[[], object]) -> None:
        try:
            self._send(m.Reply(request, wire.encode_body(act())))
        except (SessionError, KernelError) as error:
            self._send(m.Reply(request, error=str(error)))
        except Exception as error:  # Boundary: one request must not end a shared session.
            log.exception("A request failed")
            self._send(m.Reply(request, error=_fault_message(error)))

    async def _reply_later(self, message: m.Request, answer: Coroutine[Any, Any, object]) -> None:
        request, first = message.id, isinstance(message.call, m.ObjectQuery)
        try:
            result = await answer
        except (SessionError, KernelError) as error:
            self._send(m.Reply(request, error=str(error)))
        except Exception as error:  # Boundary: one request must not end a shared session.
            log.exception("A request failed")
            self._send(m.Reply(request, error=_fault_message(error)))
        else:
            self._send(m.Reply(request, wire.encode_body(result)), first=first)

    def _send(self, reply: m.Reply, *, first: bool = False) -> None:
        """Send a reply after the events before it, or, if ``first``, before everything queued."""
        self._slots.release()
        send = self._outbox.put_first if first else self._outbox.put
        send(wire.encode(reply))

    def _handler_of(  # noqa: C901, PLR0911, PLR0912 (one return for each call)
        self, call: m.Call
    ) -> Callable[[], object] | Coroutine[Any, Any, object]:
        """Return the handler of ``call``: a function to call now, in order, or a coroutine."""
        # Size: one return for each call.
        executor, publisher = self._services.executor, self._services.publisher
        agents = self._services.agents
        match call:
            case m.Execute():
                return lambda: self._execute(call)
            case m.Warm(language=language, kernel=kernel, startup=startup):
                return lambda: executor.warm(kernel, language, startup)
            case m.SaveVariables() | m.RestoreVariables():
                return self._await_and_flush(executor.saver.carry_out(call))
            case m.Limit(limits=limits):
                return lambda: executor.limiter.set_override(limits)
            case m.Cancel(runs=run_ids):
                return lambda: self._cancel(run_ids)
            case m.ClearOutputs():
                return lambda: self._clear(call)
            case m.AnswerInput(run=run_id, text=text):
                return lambda: executor.answer_input(run_id, text)
            case m.FetchOutputs(run=run_id):
                return lambda: publisher.whole_outputs(run_id)
            case ListPlots() | GetPlot():
                return self._answer_about_plots(call)
            case m.StoreCells(cells=stored):
                return lambda: agents.store_cells(self.info, stored)
            case m.RecoverOutputs():
                return self._await_and_flush(self._recover())
            case m.Describe():
                return lambda: self._services.describe(self)
            case m.Shutdown():
                return self._shutdown()
            case m.Interrupt():
                whose = rules.interrupted_runs(self.info, call)
                return lambda: self._call_and_flush(lambda: executor.interrupt(whose=whose))
            case m.Restart(language=language, kernel=kernel, startup=startup):
                return self._await_and_flush(executor.restart(kernel, language, startup))
            case m.DebugRequest(command=command, arguments=arguments):
                return executor.kernel_manager.debugger.request(self, command, arguments)
            case m.DebugText():
                return lambda: executor.kernel_manager.debugger.take_text(self, call)
            case m.SelectFrame(depth=depth, run=run_id):
                frames = executor.kernel_manager.frames
                return self._await_and_flush(frames.select(depth, run_id, executor.queue.get))
            case m.AskAccess() | m.AllowAgents() | m.GetText() | m.GiveText():
                return self._agents_handler(call)
            case t.WatchText() | t.ShareText() | t.ShareCursor() | t.ShowCell():
                return lambda: agents.carry_out(self, call)
            case WatchWidgets(watch=wanted):
                return lambda: executor.widgets.watch(self, wanted=wanted)
            case SendWidgets(messages=changes):
                return lambda: executor.widgets.send(self, changes)
            case m.Complete() | m.Inspect() | m.GetSignatures() | m.QueryVariables():
                return self._query_objects(call)

    def _query_objects(self, call: m.ObjectQuery) -> Coroutine[Any, Any, object]:
        manager = self._services.executor.kernel_manager
        match call:
            case m.Complete(code=code, offset=offset, frame=frame):
                return manager.complete(code, offset, frame=frame)
            case m.Inspect(code=code, offset=offset, frame=frame):
                return manager.inspect(code, offset, frame=frame)
            case m.GetSignatures(code=code, offset=offset, frame=frame):
                return manager.signature(code, offset, frame=frame)
            case m.QueryVariables(question=question):
                return manager.query_variables(question)

    def _answer_about_plots(self, call: PlotCall) -> Coroutine[Any, Any, object]:
        if isinstance(call, GetPlot):
            return self._services.plots.get(call)
        self._plots_wanted = True
        return self._services.plots.list()

    def _agents_handler(
        self, call: m.AskAccess | m.AllowAgents | m.GetText | m.GiveText
    ) -> Callable[[], object] | Coroutine[Any, Any, object]:
        """Return the handler of a call about agents; see `_handler_of`."""
        agents = self._services.agents
        match call:
            case m.AskAccess(new=new):
                return agents.access.ask(self.info.name, new=new)
            case m.AllowAgents():
                return lambda: self._allow_agents(call)
            case m.GetText(content=content):
                return agents.get_text(content)
            case m.GiveText(text=given):
                return lambda: agents.take_text(self, given)

    def _execute(self, call: m.Execute) -> list[str]:
        self._services.executor.warm(call.kernel, call.language, call.startup)
        run_ids = self._services.executor.execute(
            call.runs, self.info, stop_on_entry=call.stop_on_entry
        )
        # The kernel already runs; the client must receive its runs before it reads their ids.
        self._services.publisher.flush()
        return run_ids

    def _cancel(self, run_ids: Sequence[str]) -> None:
        executor = self._services.executor
        executor.cancel(rules.allowed_runs(self.info, run_ids, executor.queue))

    def _allow_agents(self, call: m.AllowAgents) -> None:
        if not call.allowed:  # First of all: the agents learn the end of their runs.
            executor = self._services.executor
            executor.cancel(rules.waiting_of_agents(executor.queue))
            self._services.publisher.flush()
        self._services.agents.access.allow(call)

    def _clear(self, call: m.ClearOutputs) -> None:
        executor = self._services.executor
        executor.forget(executor.queue.ended(call.runs))
        self._services.publisher.flush(at_once=True)
        if call.everything:
            self._services.publisher.clear_store()

    async def _recover(self) -> m.RecoveryResult:
        storage, publisher = self._services.storage, self._services.publisher
        publisher.flush()
        if not storage.storing:
            raise SessionError(" ".join(storage.notices))
        result = m.RecoveryResult(0, 0, 0, [])
        for found in storage.recover(publisher.cells_with_runs):
            if isinstance(found, m.RecoveryResult):
                result = found
            else:
                self._services.executor.add_found_runs([found])
            await asyncio.sleep(0)  # Other tasks run between two runs.
        return result

    def _call_and_flush(self, work: Callable[[], None]) -> None:
        """Carry out ``work`` and flush, so that the client receives the events before the reply."""
        work()
        self._services.publisher.flush()

    async def _await_and_flush(self, work: Coroutine[Any, Any, T]) -> T:
        """Await ``work`` and flush; see `_call_and_flush`."""
        try:
            return await work
        finally:
            self._services.publisher.flush()

    async def _shutdown(self) -> None:
        self._services.stop_listening()
        await self._services.executor.stop()
        self._services.publisher.flush()
        self._services.end()


def _refuse(reason: str) -> None:
    raise SessionError(reason)


def _fault_message(error: Exception) -> str:
    if want := shortage(error):
        return f"The session cannot continue with this: {want}"
    return "Something went wrong inside the session; see its log (cellbridge sessions)."
