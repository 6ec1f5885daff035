# Size: one kernel process from its first message to its end, each step with its bound.
"""One process of a kernel with the channels to it and the requests under way.

Owns the start of a kernel until it answers, and its end without leftovers. It must not know runs,
nor that a kernel may have several processes over time.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import msgspec

from cellbridge.kernel.channels import probe_socket
from cellbridge.kernel.channels.connection import Channels, Connection, Identity
from cellbridge.kernel.channels.lost_messages import LostMessages
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.channels.probe_socket import ProbeSocket
from cellbridge.kernel.channels.requests import Requests
from cellbridge.kernel.errors import KernelGone, KernelStartError, KernelTimeout, NotListening
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.process import provisioned, source_files
from cellbridge.kernel.process.exit_reason import explain_failed_start
from cellbridge.kernel.process.kernel_records import (
    KernelInfo,
    KernelRecord,
    RecordedKernel,
    connection_of,
    own_sockets,
    write,
)
from cellbridge.kernel.process.launch import LaunchedProcess, LaunchPlan, launch, needs_provisioner
from cellbridge.kernel.process.process import AdoptedProcess, KernelProcess, OutputFile, OwnProcess
from cellbridge.kernel.queries import probe_installation, run_control
from cellbridge.kernel.trust.process_identity import started_at

READY_SECONDS = 60.0
"""Seconds that a kernel may take to answer after its process has started."""
NUDGE_SECONDS = 0.1
"""Seconds within which an answer's "idle" must follow, or the request is sent again: until the
subscription has reached the kernel, its published messages are lost."""
LOST_SECONDS = 5.0
"""Seconds without an answer after which the request is sent again: it may have come too early."""
CONNECT_SECONDS = 2.0
"""Seconds that a kernel that answers may take to listen on its other channels."""
POLITE_SECONDS = 2.5
"""Seconds that a kernel has to end after a shutdown request."""
TERM_SECONDS = 1.0
"""Seconds that it has after SIGTERM."""
KILL_SECONDS = 5.0
"""Seconds that the system has to remove a killed process."""
LISTEN_SECONDS = 15.0
"""Seconds after which a kernel without any socket is taken as one that creates none."""
DRAIN_MS = 30
"""Milliseconds of silence on a channel, after the end of the process, that mean that all its
messages were read."""

_log = logging.getLogger(__name__)


class LiveKernel:
    """A kernel's process with its channels. Created by `begin`, ended by `end`."""

    def __init__(
        self,
        plan: LaunchPlan,
        process: KernelProcess,
        deliver: Callable[[list[Message]], None],
        identity: Identity | None = None,
    ) -> None:
        """Connect to a process, with the identity of its previous host if it had one."""
        self.plan = plan
        self.identity = identity or Identity()
        self.process = process
        self.ending = False
        """True from the shutdown request on: its exit is then expected."""
        self.begun = False
        """True once it has been ready."""
        self._deliver = deliver
        self._lost_messages = LostMessages()
        loop = asyncio.get_running_loop()
        self.channels = Channels(process.connection, loop, self._receive, self.identity)
        self.requests = Requests(self.channels)
        self._record: Path | None = None
        """The file by which another process finds this kernel."""
        self.probe_socket: ProbeSocket | None = None
        """The connection for queries to the probe; None before `connect_probe`, and without one."""

    def _receive(self, batch: Sequence[Message]) -> None:
        marked = self._lost_messages.mark(batch)
        rest = self.requests.remove_replies(marked)
        self._lost_messages.report_later(_lost(marked) - _lost(rest))
        if rest:
            self._deliver(rest)

    async def watch(self) -> int | None:
        """Return the exit code once the process has ended and all its messages are delivered."""
        code = await self.process.watch()
        await self.channels.close(drain_ms=DRAIN_MS)
        self._fail_requests()
        return code

    async def until_ready(self, timeout: float = READY_SECONDS) -> dict[str, Any]:  # noqa: ASYNC109 - a deadline over several steps
        """Return the content of the kernel's ``kernel_info_reply`` once its "idle" has come too.

        Raises:
            KernelStartError: the process ended first; the message gives the reason.
            KernelTimeout: it did not answer in time.
        """
        name, clock = self.plan.spec.name, asyncio.get_running_loop().time
        due = clock() + LISTEN_SECONDS
        try:
            async with asyncio.timeout(timeout):
                while True:
                    content = await self._request_info()
                    if content is not None:
                        await self._until_connected()
                        self.process.settle()
                        return content
                    if not self.process.connection.may_listen(late=clock() > due):
                        raise NotListening(f"The kernel {name} does not listen on its sockets.")
        except KernelGone:
            raise self._failed_start() from None
        except TimeoutError:
            raise KernelTimeout(
                f"The kernel {name} did not answer within {timeout:.0f} seconds. "
                "Try again, or choose another kernel.",
                self.process.output.text(),
            ) from None

    def check_ready(self) -> None:
        """Mark the process as ready; from now on its watcher reports its exit.

        Raises:
            KernelStartError: it has ended meanwhile, for example in the user's startup code.
        """
        if self.process.ended.is_set():
            raise self._failed_start()
        self.begun = True

    async def until_reachable(self) -> None:
        """Wait, for a bounded time, until a kernel that was ready long ago answers again.

        It may be in one long call that blocks its answers: then a live process is enough.

        Raises:
            KernelGone: it has ended.
        """
        await self._until_connected()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while await self._request_info("control") is None:
                    continue
        except TimeoutError:
            _log.warning("the kernel %s does not answer at once", self.plan.spec.name)

    async def _until_connected(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.channels.until_connected()
        except TimeoutError:
            _log.warning("the kernel %s does not listen on every channel", self.plan.spec.name)

    async def _request_info(
        self, channel: Literal["shell", "control"] = "shell"
    ) -> dict[str, Any] | None:
        pending = self.requests.send(channel, "kernel_info_request", {})
        try:
            async with asyncio.timeout(LOST_SECONDS):
                reply = await asyncio.shield(pending.reply)
            async with asyncio.timeout(NUDGE_SECONDS):
                await pending.idle
        except TimeoutError:
            return None
        finally:
            self.requests.forget(pending)
        return reply.content

    async def connect_probe(self) -> None:
        """Connect to the probe's socket; without one, queries go to control."""
        path = self.process.connection.probe_path
        self.probe_socket = await probe_socket.connect(path) if path is not None else None

    async def query_probe(
        self,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - passed on
        *,
        order: bool = False,
    ) -> dict[str, Any] | None:
        """Return the probe's answer to a query or ``order``; None if it does not come in time."""
        if self.probe_socket is not None and self.probe_socket.open:
            return await self.probe_socket.query(content, timeout, order=order)
        reply = await self.requests.query("control", probe_installation.REQUEST, content, timeout)
        return reply.content if reply is not None else None

    async def send_order(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Return run control's answer to an order; None if it does not come in time.

        In a flood, the control channel waits behind the output, and the probe's socket does not.
        """
        if self.probe_socket is not None and self.probe_socket.open:
            passed_on = {"op": run_control.OPERATION, "order": content}
            answer = await self.probe_socket.query(passed_on, timeout, order=True)
            if answer is None or answer.get("status") == "ok":
                return answer
        reply = await self.requests.query("control", run_control.REQUEST, content, timeout)
        return reply.content if reply is not None else None

    def record(self, info: KernelInfo | None) -> None:
        """Write the record by which another process can take over this kernel."""
        process = self.process
        started = started_at(process.pid) if self.plan.outlives else None
        if started is None:
            return
        output = process.output.path
        record = KernelRecord(
            pid=process.pid,
            started=started,
            spec=asdict(self.plan.spec),
            cwd=self.plan.cwd,
            env=dict(self.plan.env),
            connection_file=output.with_suffix(".json").name,
            session=self.identity.session,
            generation=self.identity.generation,
            info=info,
            directory=str(output.parent),
        )
        places = (self.plan.records, output.parent)
        try:
            self._record = write(output.stem, record, *(place for place in places if place))
        except OSError as error:
            _log.warning("the kernel %d cannot be found again: %s", process.pid, error)

    async def interrupt(self) -> None:
        """Interrupt the run in the way that the kernelspec requests."""
        if self.plan.spec.interrupt_mode != "message":
            await self.process.signal(signal.SIGINT)
        elif self.probe_socket is not None and self.probe_socket.open:
            await run_control.interrupt(self.send_order)
        else:
            self.requests.forget(self.requests.send("control", "interrupt_request", {}))

    async def end(self, *, restart: bool = False) -> None:
        """End the process: shutdown request, SIGTERM, SIGKILL, each bounded; remove its files."""
        self.ending = True
        if not self.process.ended.is_set():
            await self._request_shutdown(restart=restart)
        if not await self._ended_within(POLITE_SECONDS):
            _log.info("kernel %d did not end when asked to; sending SIGTERM", self.process.pid)
            await self.process.terminate()
            if not await self._ended_within(TERM_SECONDS):
                _log.info("kernel %d ignored SIGTERM; killing it", self.process.pid)
                await self.process.kill()
                await self._ended_within(KILL_SECONDS)
        self._fail_requests()
        await self.channels.close()
        await self.clean_up()

    async def kill(self) -> None:
        """End the process at once, after a start that failed or was abandoned."""
        self.ending = True
        await self.process.kill()
        await self._ended_within(KILL_SECONDS)
        self._fail_requests()
        await self.channels.close()
        await self.clean_up()

    async def clean_up(self) -> None:
        """Remove the files of a process that has ended."""
        await self.process.clean_up()
        if self.plan.sources is not None:
            await asyncio.to_thread(source_files.remove, self.plan.sources, self.process.pid)
        if self._record is not None:
            self._record.unlink(missing_ok=True)

    def _failed_start(self) -> KernelStartError:
        output, code = self.process.output.text(), self.process.returncode
        name, cwd = self.plan.spec.name, self.plan.cwd
        sentence, clear = explain_failed_start(name, code, output, cwd)
        return KernelStartError(sentence, output, clear=clear)

    def _fail_requests(self) -> None:
        """Fail the pending requests: the process has ended."""
        self.requests.fail()
        if self.probe_socket is not None:
            self.probe_socket.close()

    async def _request_shutdown(self, *, restart: bool) -> None:
        try:
            # A kernel that runs a cell handles the request only once the cell ends.
            await self.interrupt()
            pending = self.requests.send("control", "shutdown_request", {"restart": restart})
            self.requests.forget(pending)
        except KernelGone:
            return

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.process.watch()
        except TimeoutError:
            return False
        return True


def _lost(messages: Sequence[Message]) -> int:
    return sum(message.lost for message in messages)


async def begin(
    plan: LaunchPlan,
    deliver: Callable[[list[Message]], None],
    launched: LaunchedProcess | None = None,
) -> LiveKernel:
    """Start a process, unless it is ``launched`` already, and connect; it may not answer yet.

    Raises:
        KernelStartError: it could not be started.
        OSError: the system refuses the sockets for its channels; the process was ended.
    """
    theirs = launched is None and needs_provisioner(plan.spec)
    process = await provisioned.launch(plan) if theirs else OwnProcess(launched or launch(plan))
    try:
        life = LiveKernel(plan, process, deliver)
    except OSError:
        await process.kill()
        raise
    life.record(None)
    return life


def resume(
    recorded: RecordedKernel,
    deliver: Callable[[list[Message]], None],
    sources: Path | None = None,
) -> LiveKernel:
    """Connect to a process that an earlier host has started.

    Raises:
        KernelGone: its connection file is gone or broken.
    """
    record, file = recorded.record, recorded.connection_file
    info = connection_of(file)
    try:
        connection = Connection.of(info)
    except ValueError as error:
        raise KernelGone from error
    plan = LaunchPlan(
        spec_of(recorded),
        record.cwd,
        recorded.directory,
        record.env,
        sources=sources,
        outlives=True,
        records=recorded.path.parent,
    )
    output = OutputFile(recorded.output)
    files = (file, *own_sockets(info, recorded.directory))
    process = AdoptedProcess(record.pid, record.started, connection, output, files)
    life = LiveKernel(plan, process, deliver, Identity(record.session, record.generation + 1))
    life.record(record.info)
    return life


def spec_of(recorded: RecordedKernel) -> Spec:
    """Return the kernelspec that a kernel was started from."""
    return msgspec.convert(recorded.record.spec, Spec)
