# Size: the whole interface to a kernel in one place, mostly one short method for each question.
"""The kernel of a session: one object for all the processes that a kernel has over time.

Owns the interface between session and kernel: runs, helpers, interrupt, restart, stop. It must not
know queues, outputs or clients; and it must never send an ``execute_request`` of its own while a
run is under way, not even a silent one: in ipykernel that steals figures and breaks ``input()``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Origin
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.core.widgets.messages import TARGET, CommMessage
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.channels.requests import silent_code
from cellbridge.kernel.code_queries import CodeQueries
from cellbridge.kernel.errors import KernelGone, KernelStartError, NotListening
from cellbridge.kernel.live_kernel import LiveKernel, begin, resume
from cellbridge.kernel.process import source_files, transports
from cellbridge.kernel.process.exit_reason import KernelExit, explain
from cellbridge.kernel.process.kernel_records import KernelInfo, RecordedKernel
from cellbridge.kernel.process.launch import LaunchedProcess, LaunchPlan, start_error
from cellbridge.kernel.queries import (
    answers,
    debugging,
    execution_order,
    probe_installation,
    run_control,
    run_details,
    startup_code,
    variable_store,
)
from cellbridge.kernel.queries.request_scheduler import RequestScheduler
from cellbridge.kernel.trust.process_identity import started_at

FRAMES_SECONDS = 2.0
"""Seconds that a failed run may wait for its traceback's frames."""
ABOUT_SECONDS = 10.0
"""Seconds that a kernel may take to report which Python it runs in."""

_log = logging.getLogger(__name__)


class KernelListener(Protocol):
    """A follower of a kernel; both methods are called on the event loop."""

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Take all messages since the last call, in order of arrival per channel.

        These are iopub messages, input requests on stdin, and replies on shell that belong to runs.
        It is called often, so it must not block.
        """
        ...

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 - the interface's word
        """Handle the end of a process that ended by itself, once all its messages are delivered."""
        ...


class Kernel(CodeQueries):
    """A running kernel. Made by `start`; `stop` must be awaited in the end."""

    def __init__(
        self, plan: LaunchPlan, listener: KernelListener, tasks: asyncio.TaskGroup
    ) -> None:
        """Use `start`."""
        self._plan = plan
        self._listener = listener
        self._tasks = tasks
        self._life: LiveKernel | None = None
        self._running: set[str] = set()
        """Ids of our runs whose idle or reply has not come."""
        self._foreign_busy = False
        """True while the kernel runs a request of another client."""
        self._input: dict[str, Any] | None = None
        self._scheduler = RequestScheduler()
        self.debugging = debugging.Debugging(self._order_probe, lambda: self.info.has_probe)
        self.info = KernelInfo(plan.spec.name, plan.spec.language.casefold(), "")
        self._tried_sockets = False
        """True if the process was configured to listen on our Unix sockets."""
        self.startup_problem = ""
        """One sentence that describes an error in the plan's startup code; empty without one."""

    @classmethod
    async def start(
        cls,
        plan: LaunchPlan,
        listener: KernelListener,
        tasks: asyncio.TaskGroup,
        launched: LaunchedProcess | None = None,
    ) -> Kernel:
        """Start a kernel and return it when it is ready to run cells.

        ``tasks`` holds the watch over its process; it must outlive the kernel. ``launched`` is its
        process, if this plan has already started it.

        Raises:
            KernelError: it could not be started; the message gives the reason and what to do.
        """
        kernel = cls(plan, listener, tasks)
        await kernel._begin(launched)
        return kernel

    @classmethod
    async def adopt(
        cls,
        recorded: RecordedKernel,
        listener: KernelListener,
        tasks: asyncio.TaskGroup,
        *,
        running: str,
        sources: Path | None = None,
    ) -> Kernel:
        """Take over a kernel that another process has started and left running.

        ``running`` is the id of the request that it may be working on, or empty. ``sources`` is the
        directory for the texts of its runs (see `LaunchPlan`).

        Raises:
            KernelGone: it has ended.
        """

        def deliver(batch: list[Message]) -> None:
            kernel._receive(batch)

        life = resume(recorded, deliver, sources)
        kernel = cls(life.plan, listener, tasks)
        kernel._life = life
        if recorded.record.info is not None:
            kernel.info = recorded.record.info
        if running:
            kernel._running.add(running)
        tasks.create_task(kernel._watch(life), name=f"watch kernel {life.process.pid}")
        try:
            await life.until_reachable()
            if kernel.info.has_probe:
                await life.connect_probe()
        except BaseException:
            kernel._life = None
            await asyncio.shield(life.kill())
            raise
        life.begun = True
        return kernel

    @property
    def pid(self) -> int:
        """The process id; 0 without a process."""
        return self._life.process.pid if self._life is not None else 0

    @property
    def life(self) -> str:
        """A text that differs for each start of the kernel, and outlives our process."""
        return self._life.identity.session if self._life is not None else ""

    @property
    def exposure(self) -> str:
        """One sentence if other users can read the kernel's messages; otherwise empty."""
        exposed = self._life is not None and self._life.process.connection.exposed
        return transports.exposure(self._plan.spec.name) if exposed else ""

    @property
    def silence(self) -> float:
        """Seconds since the process last showed a sign of life; a busy one shows it every second.

        0 without a process, and for kernels that may be silent only because they are busy. A long
        silence means that the process is stopped or out of reach.
        """
        heard = self._life is not None and self.info.is_ipykernel
        return self._life.channels.silence if self._life is not None and heard else 0.0

    def execute(
        self,
        source: str,
        *,
        cell_id: str,
        origin: Origin,
        stop_on_error: bool,
        details: run_details.RunDetails = run_details.NO_DETAILS,
    ) -> str:
        """Send a cell's source and return the id that its messages will name as their parent.

        Raises:
            KernelGone: the kernel has no process.
        """
        life = self._alive()
        kept = details.scratch is not Scratch.COPY
        shown = {"silent": False, "store_history": kept, "allow_stdin": True}
        content = {**silent_code(source), **shown, "stop_on_error": stop_on_error}
        metadata = run_details.metadata(cell_id, origin, details)
        msg_id = life.channels.send("shell", "execute_request", content, metadata=metadata)
        self._running.add(msg_id)
        self._scheduler.cell_sent()
        return msg_id

    async def revoke(self, requests: Sequence[str]) -> None:
        """Let none of these requests run, which were sent before their turn."""
        if self.info.has_probe and requests:
            await execution_order.revoke(self._order_probe, requests)

    async def frames(self, run: str = "") -> tuple[Frame, ...]:
        """Return the frames of a failed run, outermost first; empty if they are unknown.

        ``run`` is the id that `execute` returned; without it, the last finished run is used.
        """
        if not self.info.has_probe or self._life is None:
            return ()
        content = await self._life.query_probe({"op": "frames", "run": run}, FRAMES_SECONDS)
        return answers.frames(content) if content is not None else ()

    async def run_quietly(self, code: str, timeout: float) -> bool:  # noqa: ASYNC109 - the interface's word
        """Run our own code in an idle kernel without a probe; return whether it ran.

        Invariant: it is never used if there is a probe, and never while something runs.
        """
        if self.info.has_probe or self.info.is_ipykernel:
            return False
        reply = await self._query("execute_request", silent_code(code), timeout)
        return reply is not None and reply.content.get("status") == "ok"

    def private_file(self, name: str) -> Path:
        """Return the path of a file that only this kernel and we can read; it is not created."""
        return Path(self._plan.directory) / name

    async def transfer_variables(
        self, op: Literal["save", "restore"], path: Path, names: list[str]
    ) -> SavedVariables:
        """Save the variables of an idle ipykernel to a file, or load them from it.

        Raises:
            KernelGone: it has ended.
        """
        return await variable_store.transfer(self._alive().requests, op, path, names)

    def answer_input(self, text: str) -> None:
        """Send the running cell the line it waits for; do nothing if it does not wait."""
        if self._input is None or self._life is None:
            return
        parent, self._input = self._input, None
        self._life.channels.answer(parent, text)

    def send_comm(self, message: CommMessage) -> str:
        """Send a comm message, which the kernel handles after all earlier requests; return its id.

        Raises:
            KernelGone: the kernel has no process.
        """
        channels = self._alive().channels
        return channels.send_comm(
            message.msg_type, message.content, message.metadata, message.buffers
        )

    async def comms(self, timeout: float) -> list[str] | None:  # noqa: ASYNC109 - the interface's word
        """Return the ids of the comms of all widgets; None without an answer."""
        reply = await self._query("comm_info_request", {"target_name": TARGET}, timeout)
        return answers.comms(reply.content) if reply is not None else None

    def expect_input(self) -> None:
        """Note that the running cell waits for input that it requested before we took over."""
        self._input = {}

    async def state(self) -> run_control.State | None:
        """Return the kernel's record of its runs; None without an answer."""
        life = self._life
        return await run_control.state(life.send_order) if life and self.info.is_ipykernel else None

    async def cancel_await(self) -> run_control.Obstacle | None:
        """Cancel the running cell's await; return the obstacle if it does not await."""
        life = self._life
        if life is None or not self.info.is_ipykernel:
            return run_control.Obstacle.UNKNOWN
        return await run_control.cancel(life.send_order)

    async def guard(self, seconds: float) -> None:
        """Make the kernel end when this process has been gone for ``seconds``; 0 means never."""
        started = started_at(os.getpid())
        if self._life is not None and self.info.is_ipykernel and started is not None:
            await run_control.guard(self._life.send_order, os.getpid(), started, seconds)

    async def until_idle(self) -> None:
        """Wait until the kernel has finished all requests sent to it before.

        Raises:
            KernelGone: it has ended.
        """
        requests = self._alive().requests
        pending = requests.send("shell", "kernel_info_request", {})
        try:
            await pending.reply
        finally:
            requests.forget(pending)

    def trim_files(self) -> None:
        """Keep the kernel's files small; to be called regularly."""
        if self._life is not None:
            self._life.process.output.trim()

    async def interrupt(self) -> None:
        """Interrupt the kernel's run; do nothing if it is idle.

        Raises:
            KernelGone: the kernel has no process.
        """
        await self._alive().interrupt()

    async def restart(self) -> None:
        """Replace the process by a new one; returns when it is ready.

        Raises:
            KernelError: the new one could not be started; the old one has ended.
        """
        await self.stop(restart=True)
        await self._begin()

    async def stop(self, *, restart: bool = False) -> None:
        """End the process, if any, and remove its files. It takes a bounded time."""
        life, self._life = self._life, None
        if life is not None:
            await life.end(restart=restart)

    async def kill(self) -> None:
        """End the process at once, and those it started; its exit is reported like any other."""
        if self._life is not None:
            await self._life.process.kill()

    async def _begin(self, launched: LaunchedProcess | None = None) -> None:
        """Start a process; use the loopback interface if it does not listen on Unix sockets.

        Raises:
            KernelError: it could not be started.
        """
        try:
            await self._live(launched)
        except KernelStartError as error:
            self._plan = self._on_loopback(error)
            await self._live()
            transports.note_loopback(self._plan.spec, self._plan.notes)

    def _on_loopback(self, error: KernelStartError) -> LaunchPlan:
        """Return the plan for a second start, for a kernel that did not listen on Unix sockets.

        Raises:
            KernelStartError: it was not tried on sockets, or they are not the reason for its
            failure.
        """
        plan = self._plan
        if not self._tried_sockets or plan.spec.runs_ipykernel:
            raise error
        keys = transports.curve_keys(plan.spec)
        if not plan.allow_unencrypted and not keys and not isinstance(error, NotListening):
            raise error  # On the loopback interface it would be refused, whatever it failed for.
        return replace(plan, loopback=True)

    def _check_exposure(self) -> None:
        """Refuse a kernel whose messages other users can read, before anything is sent to it.

        Raises:
            KernelStartError: it is exposed, and that is not allowed.
        """
        if self.exposure and not self._plan.allow_unencrypted:
            raise KernelStartError(transports.refusal(self._plan.spec.name))

    async def _live(self, launched: LaunchedProcess | None = None) -> None:
        self._tried_sockets = False
        self._running.clear()
        self._foreign_busy = False
        self._input = None
        try:
            life = await begin(self._plan, self._receive, launched)
        except OSError as error:
            raise start_error(self._plan, error) from error
        self._life = life
        self._tried_sockets = life.process.connection.transport == "ipc"
        self._tasks.create_task(self._watch(life), name=f"watch kernel {life.process.pid}")
        try:
            self._check_exposure()
            content = await life.until_ready()
            info = answers.kernel_info(self._plan.spec.name, content)
            self.info = KernelInfo(**info)
            if await probe_installation.install(
                life.requests,
                info,
                self._plan.cache,
                life.process.connection.probe_path,
                source_files.prepare(self._plan.sources),
            ):
                await life.connect_probe()
                about = await life.query_probe({"op": "about"}, ABOUT_SECONDS)
                python = answers.interpreter(about or {})
                self.info = KernelInfo(**info, has_probe=True, python=python)
            if self.info.is_ipykernel:
                await run_control.install(life.requests)
            self.startup_problem = await startup_code.run(life.requests, self._plan.startup)
            life.record(self.info)
            life.check_ready()
        except BaseException:
            # Cancelled or failed: a kernel without an owner must not stay.
            self._life = None
            await asyncio.shield(life.kill())
            raise

    async def _watch(self, life: LiveKernel) -> None:
        code = await life.watch()
        if life.ending or not life.begun:
            return  # Its starter or its ender cleans up and reports.
        self._life = None
        ending = explain(code, life.process.output.text())
        await life.clean_up()
        self._listener.on_exit(ending)

    def _receive(self, batch: list[Message]) -> None:
        for message in batch:
            if message.channel == "shell":
                self._running.discard(message.parent_id)
            elif message.msg_type == "status":
                self._note_status(message)
            elif message.msg_type == "input_request":
                self._input = message.header
        if not self._running:
            self._scheduler.cells_ended()
        self._listener.on_messages(batch)

    def _note_status(self, message: Message) -> None:
        busy = message.content.get("execution_state") == "busy"
        if not busy:
            self._running.discard(message.parent_id)
        # A kernel does one thing at a time: busy with one request means done with those before.
        ours = self._life is not None and self._life.channels.sent(message.parent_id)
        self._foreign_busy = busy and not ours

    async def query_probe(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Return the probe's answer; None if it does not come in time."""

        async def send(left: float) -> dict[str, Any] | None:
            return None if self._life is None else await self._life.query_probe(content, left)

        return await self._scheduler.schedule(
            send, timeout, alone=content["op"] not in probe_installation.ELSEWHERE
        )

    async def _order_probe(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Return the probe's answer to an order of the user, which waits for no query."""
        life = self._life
        return await life.query_probe(content, timeout, order=True) if life is not None else None

    async def _query(
        self,
        msg_type: str,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - passed on
    ) -> Message | None:
        """Send a query that never delays a run: on control, or only while nothing runs."""
        life = self._life
        if life is None:
            return None
        if self.info.is_ipykernel:
            return await life.requests.query("control", msg_type, content, timeout)
        if self._running or self._foreign_busy:
            return None
        return await life.requests.query("shell", msg_type, content, timeout)

    def _alive(self) -> LiveKernel:
        if self._life is None:
            raise KernelGone
        return self._life
