# Size: one life of a kernel from its first message to its end, each step with its bound.
"""One life of a kernel: a process, the channels to it, and the requests under way.

Owns bringing a kernel to the point where it answers, and ending it without leaving anything behind.
It must not know runs, nor that a kernel may have several lives.
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
from cellbridge.kernel.channels.lost_messages import Gaps
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.channels.probe_socket import Line
from cellbridge.kernel.channels.requests import Requests
from cellbridge.kernel.errors import KernelGone, KernelStartError, KernelTimeout, NotListening
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.process import provisioned
from cellbridge.kernel.process.exit_reason import explain_failed_start
from cellbridge.kernel.process.kernel_records import (
    KernelInfo,
    KernelRecord,
    Left,
    connection_of,
    own_sockets,
    write,
)
from cellbridge.kernel.process.launch import Launched, LaunchPlan, launch, needs_provisioner
from cellbridge.kernel.process.process import AdoptedProcess, KernelProcess, OutputFile, OwnProcess
from cellbridge.kernel.queries import probe_installation
from cellbridge.kernel.trust.process_identity import started_at

READY_SECONDS = 60.0
"""How long a kernel may take to answer after its process has started."""
NUDGE_SECONDS = 0.1
"""How soon after an answer its "idle" must be seen, or the question is put again: until the
subscription has reached the kernel, what it publishes is lost."""
LOST_SECONDS = 5.0
"""After so long without an answer the question is put again: it may have come too early."""
CONNECT_SECONDS = 2.0
"""How long a kernel that answers may take to listen on its other channels too."""
POLITE_SECONDS = 2.5
"""What a kernel gets to end after it was asked to."""
TERM_SECONDS = 1.0
"""What it gets after SIGTERM."""
KILL_SECONDS = 5.0
"""What the system gets to remove a killed process."""
LISTEN_SECONDS = 15.0
"""After so long a kernel has made a socket, or is one that makes none."""
DRAIN_MS = 30
"""Quiet on a channel for so long after the process has ended means that all it said was read."""

_log = logging.getLogger(__name__)


class Incarnation:
    """A kernel's process with its channels. Made by `begin`, ended by `end`."""

    def __init__(
        self,
        plan: LaunchPlan,
        process: KernelProcess,
        deliver: Callable[[list[Message]], None],
        identity: Identity | None = None,
    ) -> None:
        """Connect to a process; under the name of who spoke to it before, where one did."""
        self.plan = plan
        self.identity = identity or Identity()
        self.process = process
        self.ending = False
        """True from the moment the end was asked for: its exit is then no surprise."""
        self.begun = False
        """True once it has been ready."""
        self._deliver = deliver
        self._gaps = Gaps()
        loop = asyncio.get_running_loop()
        self.channels = Channels(process.connection, loop, self._receive, self.identity)
        self.requests = Requests(self.channels)
        self._record: Path | None = None
        """The file that another process finds this kernel by."""
        self.line: Line | None = None
        """On which the probe is asked; None before `find_probe`, and where there is none."""

    def _receive(self, batch: Sequence[Message]) -> None:
        marked = self._gaps.marked(batch)
        rest = self.requests.unclaimed(marked)
        self._gaps.untold(_lost(marked) - _lost(rest))
        if rest:
            self._deliver(rest)

    async def watch(self) -> int | None:
        """Return the exit code once the process has ended and everything it said was delivered."""
        code = await self.process.watch()
        await self.channels.close(drain_ms=DRAIN_MS)
        self._fall_silent()
        return code

    async def until_ready(self, timeout: float = READY_SECONDS) -> dict[str, Any]:  # noqa: ASYNC109 - a deadline over several steps
        """Return the content of the kernel's ``kernel_info_reply`` once its "idle" was seen too.

        Raises:
            KernelStartError: the process ended first; the sentence says why.
            KernelTimeout: it did not answer in time.
        """
        name, clock = self.plan.spec.name, asyncio.get_running_loop().time
        due = clock() + LISTEN_SECONDS
        try:
            async with asyncio.timeout(timeout):
                while True:
                    content = await self._introduction()
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
        """Mark the process as ready; from now on its exit is reported by who watches it.

        Raises:
            KernelStartError: it has ended meanwhile, as in the user's start-up code.
        """
        if self.process.ended.is_set():
            raise self._failed_start()
        self.begun = True

    async def until_heard(self) -> None:
        """Wait until a kernel that was ready long ago is heard again, for a bounded time.

        It may be inside one long call that lets nobody answer: then it is enough that it lives.

        Raises:
            KernelGone: it has ended.
        """
        await self._until_connected()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while await self._introduction("control") is None:
                    continue
        except TimeoutError:
            _log.warning("the kernel %s does not answer at once", self.plan.spec.name)

    async def _until_connected(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.channels.until_connected()
        except TimeoutError:
            _log.warning("the kernel %s does not listen on every channel", self.plan.spec.name)

    async def _introduction(
        self, channel: Literal["shell", "control"] = "shell"
    ) -> dict[str, Any] | None:
        asked = self.requests.ask(channel, "kernel_info_request", {})
        try:
            async with asyncio.timeout(LOST_SECONDS):
                reply = await asyncio.shield(asked.reply)
            async with asyncio.timeout(NUDGE_SECONDS):
                await asked.idle
        except TimeoutError:
            return None
        finally:
            self.requests.forget(asked)
        return reply.content

    async def find_probe(self) -> None:
        """Reach the probe on its line; where it has none, it is asked on control."""
        path = self.process.connection.line
        self.line = await probe_socket.reach(path) if path is not None else None

    async def ask_probe(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Ask the probe; None where it does not answer in time."""
        if self.line is not None and self.line.open:
            return await self.line.ask(content, timeout)
        reply = await self.requests.reply("control", probe_installation.REQUEST, content, timeout)
        return reply.content if reply is not None else None

    def record(self, info: KernelInfo | None) -> None:
        """Leave on disk what another process needs to go on with this kernel, where it may."""
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
        """Interrupt what runs, in the way the kernelspec asks for."""
        if self.plan.spec.interrupt_mode == "message":
            self.requests.forget(self.requests.ask("control", "interrupt_request", {}))
        else:
            await self.process.signal(signal.SIGINT)

    async def end(self, *, restart: bool = False) -> None:
        """End the process: ask, then SIGTERM, then SIGKILL, each with a bound; remove its files."""
        self.ending = True
        if not self.process.ended.is_set():
            await self._ask_to_end(restart=restart)
        if not await self._ended_within(POLITE_SECONDS):
            _log.info("kernel %d did not end when asked to; sending SIGTERM", self.process.pid)
            await self.process.terminate()
            if not await self._ended_within(TERM_SECONDS):
                _log.info("kernel %d ignored SIGTERM; killing it", self.process.pid)
                await self.process.kill()
                await self._ended_within(KILL_SECONDS)
        self._fall_silent()
        await self.channels.close()
        await self.clean_up()

    async def kill(self) -> None:
        """End the process at once; for a start that failed or was given up."""
        self.ending = True
        await self.process.kill()
        await self._ended_within(KILL_SECONDS)
        self._fall_silent()
        await self.channels.close()
        await self.clean_up()

    async def clean_up(self) -> None:
        """Remove what is on disk of a process that has ended."""
        await self.process.clean_up()
        if self._record is not None:
            self._record.unlink(missing_ok=True)

    def _failed_start(self) -> KernelStartError:
        output, code = self.process.output.text(), self.process.returncode
        name, cwd = self.plan.spec.name, self.plan.cwd
        sentence, clear = explain_failed_start(name, code, output, cwd)
        return KernelStartError(sentence, output, clear=clear)

    def _fall_silent(self) -> None:
        """Nothing will be answered any more."""
        self.requests.fail()
        if self.line is not None:
            self.line.close()

    async def _ask_to_end(self, *, restart: bool) -> None:
        try:
            # A kernel that runs a cell only hears the request on shell's thread once the cell ends.
            await self.interrupt()
            asked = self.requests.ask("control", "shutdown_request", {"restart": restart})
            self.requests.forget(asked)
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
    launched: Launched | None = None,
) -> Incarnation:
    """Start a process, unless it is ``launched`` already, and connect to it; it may not answer yet.

    Raises:
        KernelStartError: it could not be started.
        OSError: the system refuses what the channels to it take; it was ended.
    """
    theirs = launched is None and needs_provisioner(plan.spec)
    process = await provisioned.launch(plan) if theirs else OwnProcess(launched or launch(plan))
    try:
        life = Incarnation(plan, process, deliver)
    except OSError:
        await process.kill()
        raise
    life.record(None)
    return life


def resume(left: Left, deliver: Callable[[list[Message]], None]) -> Incarnation:
    """Connect to a process that somebody before us has started.

    Raises:
        KernelGone: its connection file is gone or broken.
    """
    record, file = left.record, left.connection_file
    info = connection_of(file)
    try:
        connection = Connection.of(info)
    except ValueError as error:
        raise KernelGone from error
    plan = LaunchPlan(
        spec_of(left),
        record.cwd,
        left.directory,
        record.env,
        outlives=True,
        records=left.path.parent,
    )
    output = OutputFile(left.output)
    files = (file, *own_sockets(info, left.directory))
    process = AdoptedProcess(record.pid, record.started, connection, output, files)
    life = Incarnation(plan, process, deliver, Identity(record.session, record.generation + 1))
    life.record(record.info)
    return life


def spec_of(left: Left) -> Spec:
    """Return the kernelspec that a kernel was started from."""
    return msgspec.convert(left.record.spec, Spec)
