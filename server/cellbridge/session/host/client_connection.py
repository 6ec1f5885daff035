"""One client of a host: its requests in, its replies and events out.

Owns the translation between the wire and the executor. It must not know the queue's rules or how
outputs are stored.

Bound: a client that does not read is sent no events beyond `BACKLOG_LIMIT` bytes; once it reads
again it gets a new welcome, which holds everything it has missed. Replies are always sent; their
number is bounded by `REQUEST_LIMIT` (session/messages.py) requests under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import msgspec

from cellbridge.core.resource_errors import shortage
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.trust.ownership import is_own_peer
from cellbridge.session import messages as m
from cellbridge.session import wire
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.host.executor import Executor
from cellbridge.session.host.outbox import Outbox
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.resilient_store import Storage

BACKLOG_LIMIT = 16 * 1024 * 1024
"""Bytes waiting for a client after which it is sent no more events."""

T = TypeVar("T")

log = logging.getLogger(__name__)
_decoder: msgspec.msgpack.Decoder[m.FromClient] = msgspec.msgpack.Decoder(m.FromClient)


class Services(Protocol):
    """What a connection needs of its host."""

    executor: Executor
    publisher: Publisher
    storage: Storage
    tasks: asyncio.TaskGroup
    clients: set[Connection]

    def listen_no_more(self) -> None:
        """Take no more clients."""
        ...

    def end(self) -> None:
        """End the host."""
        ...

    def clients_changed(self) -> None:
        """A client has come or gone."""
        ...

    def describe(self, asking: Connection) -> m.Description:
        """Return the session as a list of sessions shows it."""
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
        self.client = ""
        """For people; empty until the client has said it."""
        self._lagging = False
        self._slots = asyncio.Semaphore(m.REQUEST_LIMIT)

    async def serve(self) -> None:
        """Talk to the client until it goes."""
        try:
            if not is_own_peer(self._writer.get_extra_info("socket")):
                log.warning("Refused a connection from another user")
                return
            if await self._greet():
                await self._read_requests()
        except (SessionLostError, OSError) as error:
            log.info("Client %s broke off: %s", self.client, error)
        finally:
            self._services.publisher.unsubscribe(self)
            if self in self._services.clients:
                self._services.clients.discard(self)
                self._services.clients_changed()
            self._writer.close()

    def close(self) -> None:
        """Hang up, after what was sent already; `serve` then returns."""
        self._outbox.close()

    def publish(self, frame: bytes) -> None:
        """Send one batch of events, or note that the client is behind."""
        if self._lagging or self._writer.is_closing():
            return
        if self._outbox.backlog > BACKLOG_LIMIT:
            self._lagging = True
            self._services.tasks.create_task(self._catch_up())
            return
        self._outbox.put(frame)

    async def _catch_up(self) -> None:
        with contextlib.suppress(OSError):
            await self._outbox.emptied()
            # The welcome is taken first: making it flushes what must not reach this client twice.
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
        self.client = hello.client
        if hello.only_looking:
            kernel = self._services.publisher.kernel
            self._writer.write(wire.encode(m.Welcome(m.PROTOCOL, 0, kernel, [])))
            return True
        # Welcome and subscription happen without a pause between them: nothing twice, nothing lost.
        self._outbox.put_all(self._services.publisher.welcome())
        self._services.publisher.subscribe(self)
        self._services.clients.add(self)
        self._services.clients_changed()
        return True

    async def _read_requests(self) -> None:
        while (message := await wire.read(self._reader, _decoder)) is not None:
            if not isinstance(message, m.Request):
                continue
            if isinstance(message.call, m.Ping):
                self._outbox.overtake(wire.encode(m.Reply(message.id)))
                continue
            await self._slots.acquire()
            answer = self._answer(message.call)
            if not callable(answer):
                # A task of the host, not of the connection: what a client has asked for, such as a
                # restart, is carried out even if the client goes meanwhile.
                self._services.tasks.create_task(self._reply_later(message, answer))
            else:
                self._reply(message.id, answer)

    def _reply(self, request: int, act: Callable[[], object]) -> None:
        try:
            self._send(m.Reply(request, wire.encode_body(act())))
        except (SessionError, KernelError) as error:
            self._send(m.Reply(request, error=str(error)))
        except Exception as error:  # Boundary: one request must not end the session of all.
            log.exception("A request failed")
            self._send(m.Reply(request, error=_unexpected(error)))

    async def _reply_later(self, message: m.Request, answer: Coroutine[Any, Any, object]) -> None:
        request, first = message.id, isinstance(message.call, m.AboutObjects)
        try:
            result = await answer
        except (SessionError, KernelError) as error:
            self._send(m.Reply(request, error=str(error)))
        except Exception as error:  # Boundary: one request must not end the session of all.
            log.exception("A request failed")
            self._send(m.Reply(request, error=_unexpected(error)))
        else:
            self._send(m.Reply(request, wire.encode_body(result)), first=first)

    def _send(self, reply: m.Reply, *, first: bool = False) -> None:
        """Send a reply: after the events that happened before it, or before all that waits."""
        self._slots.release()
        send = self._outbox.overtake if first else self._outbox.put
        send(wire.encode(reply))

    def _answer(  # noqa: C901, PLR0911, PLR0912 (one return for each call there is)
        self, call: m.Call
    ) -> Callable[[], object] | Coroutine[Any, Any, object]:
        """Return what carries out ``call``: at once and in order, or in its own time."""
        # Size: one return for each call there is.
        executor, publisher = self._services.executor, self._services.publisher
        match call:
            case m.Execute():
                return lambda: self._execute(call)
            case m.Warm(language=language, kernel=kernel, startup=startup):
                return lambda: executor.warm(kernel, language, startup)
            case m.SaveVariables() | m.RestoreVariables():
                return self._settled(executor.saver.carry_out(call))
            case m.Limit(limits=limits):
                return lambda: executor.limiter.set(limits)
            case m.Cancel(runs=run_ids):
                return lambda: executor.cancel(run_ids)
            case m.ClearOutputs():
                return lambda: self._clear(call)
            case m.AnswerInput(run=run_id, text=text):
                return lambda: executor.answer_input(run_id, text)
            case m.FetchOutputs(run=run_id):
                return lambda: publisher.whole_outputs(run_id)
            case m.RememberCells(cells=stored):
                return lambda: publisher.remember(stored)
            case m.RecoverOutputs():
                return self._settled(self._recover())
            case m.Describe():
                return lambda: self._services.describe(self)
            case m.Shutdown():
                return self._shutdown()
            case m.Interrupt():
                return lambda: self._flushed(executor.interrupt)
            case m.Restart(language=language, kernel=kernel, startup=startup):
                return self._settled(executor.restart(kernel, language, startup))
            case m.Complete(code=code, offset=offset):
                return executor.keeper.complete(code, offset)
            case m.Inspect(code=code, offset=offset):
                return executor.keeper.inspect(code, offset)
            case m.AskSignature(code=code, offset=offset):
                return executor.keeper.signature(code, offset)
            case m.Look(question=question):
                return executor.keeper.look(question)

    def _execute(self, call: m.Execute) -> list[str]:
        self._services.executor.warm(call.kernel, call.language, call.startup)
        run_ids = self._services.executor.execute(call.runs, self.client)
        # The kernel is at work already; the client shall know its runs before it reads their ids.
        self._services.publisher.flush()
        return run_ids

    def _clear(self, call: m.ClearOutputs) -> None:
        queue = self._services.executor.queue
        gone = queue.ended(call.runs)
        queue.forget(gone)
        self._services.publisher.forget(gone)
        self._services.publisher.flush(at_once=True)
        if call.everything:
            self._services.publisher.cleared()

    async def _recover(self) -> m.Recovered:
        storage, publisher = self._services.storage, self._services.publisher
        publisher.flush()
        if not storage.storing:
            raise SessionError(" ".join(storage.notices))
        result = m.Recovered(0, 0, 0, [])
        for found in storage.recover(publisher.cells_known_to_have_runs):
            if isinstance(found, m.Recovered):
                result = found
            else:
                self._services.executor.found([found])
            await asyncio.sleep(0)  # Others have their turn between two runs.
        return result

    def _flushed(self, work: Callable[[], None]) -> None:
        """Carry out ``work``; the client shall know what came of it before it reads the reply."""
        work()
        self._services.publisher.flush()

    async def _settled(self, work: Coroutine[Any, Any, T]) -> T:
        """As `_flushed`, for what takes its time."""
        try:
            return await work
        finally:
            self._services.publisher.flush()

    async def _shutdown(self) -> None:
        self._services.listen_no_more()
        await self._services.executor.stop()
        self._services.publisher.flush()
        self._services.end()


def _unexpected(error: Exception) -> str:
    if want := shortage(error):
        return f"The session cannot go on with this: {want}"
    return "Something went wrong inside the session; its log says what (cellbridge sessions)."
