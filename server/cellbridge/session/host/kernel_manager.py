# Size: every change of a kernel's life in one place, with the status that results from it.
"""The manager of a session's kernel: it starts, restarts and stops it, and handles its end.

Owns the kernel's life, one change at a time, and the status that clients see. It must not know runs
or outputs; it notifies its observer when a kernel is ready and when the kernel is gone.

Invariant: at most one kernel process belongs to a session, whatever requests come at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

import msgspec

from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    NO_SIGNATURES,
    Completions,
    Inspection,
    Signatures,
)
from cellbridge.core.runs.lifecycle import may_follow
from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.core.runs.start_options import Startup
from cellbridge.core.variables import VariableAnswer, VariableQuery
from cellbridge.kernel import variable_queries
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.live_kernel import spec_of
from cellbridge.kernel.process.exit_reason import KernelExit
from cellbridge.kernel.process.kernel_records import RecordedKernel
from cellbridge.kernel.process.launch import LaunchedProcess, LaunchPlan
from cellbridge.session.errors import SessionError
from cellbridge.session.host.crash_guard import log_faults
from cellbridge.session.host.debug.on_demand import DebuggerOnDemand
from cellbridge.session.host.debug.selected_frame import FrameSelector
from cellbridge.session.host.health_check import monitor
from cellbridge.session.host.probe_cache import probe_cache_directory
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, data_root, source_root

ADOPTED = (
    "The session's process had ended; a new one continues with the same kernel. "
    "Output of the time between may be missing."
)
STOPPED = "The kernel was stopped, so there is nothing to debug any more."
SLOW_SECONDS = 10.0
"""Seconds after which a starting kernel is reported as slow."""
ANSWER_TIMEOUT = 2.0
"""Seconds that a completion or an inspection may take in the kernel."""

log = logging.getLogger(__name__)


class KernelObserver(Protocol):
    """The observer of a managed kernel."""

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Handle messages of the kernel."""
        ...

    def kernel_ready(self) -> None:
        """React to a kernel that accepts cells."""
        ...

    def kernel_lost(self, note: str) -> None:
        """React to the kernel's end; ``note`` gives the reason in one sentence, if a kernel ran."""
        ...

    def status_changed(self, status: KernelStatus, notices: list[str]) -> None:
        """Take the status to show to clients, and notices that hold while the kernel runs."""
        ...


class KernelManager:
    """Manages one kernel; the kernel's listener."""

    def __init__(
        self, observer: KernelObserver, tasks: asyncio.TaskGroup, plan: HostPlan, location: Location
    ) -> None:
        self.kernel: Kernel | None = None
        """The kernel, while there is one that accepts cells."""
        self.status = KernelStatus(KernelState.ABSENT)
        self.frames = FrameSelector(self)
        self._observer = observer
        self._tasks = tasks
        self._plan, self._records = plan, location.records
        self.directory = location.kernel  # For the next kernel's sockets; the host may change it.
        self.debugger = DebuggerOnDemand(self, tasks, location.name)
        self._log_file = location.log  # Named in messages about a kernel's error output.
        self._spec: Spec | None = None
        self._end_reason = ""
        """The reason why the session itself ended the kernel; empty if it did not."""
        self._change_lock = asyncio.Lock()
        self._monitoring: asyncio.Task[None] | None = None
        self._ensuring: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[Kernel | KernelError] | None = None

    @property
    def alive(self) -> bool:
        """True while there is a kernel, or one is being started."""
        return self.kernel is not None or self._change_lock.locked()

    def ensure(self, spec: Spec, startup: Startup, launched: LaunchedProcess | None = None) -> None:
        """Start a kernel of ``spec``, or take its process, unless there is a kernel.

        A call while a kernel starts shares in the result of that start.
        """
        if self._ensuring is None or self._ensuring.done():
            self._ensuring = self._tasks.create_task(
                log_faults(self._ensure(spec, startup, launched))
            )

    async def adopt(self, recorded: RecordedKernel, running: str) -> bool:
        """Adopt the kernel of an earlier host; return True if it still runs.

        ``running`` is the id of the message that it is executing, or empty.
        """
        async with self._change_lock:
            try:
                kernel = await Kernel.adopt(
                    recorded, self, self._tasks, running=running, sources=source_root()
                )
            except KernelError as error:
                log.warning("The kernel of the host before could not be adopted: %s", error)
                return False
            self._install(kernel)
            self._tasks.create_task(log_faults(self.frames.forget_earlier(kernel)))
            log.info("Adopted the kernel process %d", kernel.pid)
            state = KernelState.BUSY if running else KernelState.IDLE
            self._set_state(state, spec_of(recorded), ADOPTED)
            return True

    async def restart(self, spec: Spec, startup: Startup) -> None:
        """Replace the kernel, or start one; return when it is ready or its start was cancelled.

        A start is cancelled when another restart, or a stop, is requested in the meantime.

        Raises:
            SessionError: the kernel did not start.
        """
        self._cancel_start()
        async with self._change_lock:
            await self.debugger.let_go()
            old = self._release("The kernel was restarted while this cell ran.")
            self._set_state(KernelState.RESTARTING, spec)
            if old is not None:
                await old.stop()
            await self._start(spec, startup)
            if self.status.state is KernelState.DEAD:
                raise SessionError(self.status.message)

    async def stop(self) -> None:
        """End the kernel."""
        self._cancel_start()
        async with self._change_lock:
            await self.debugger.let_go()
            old = self._release("The session was stopped while this cell ran.")
            if old is not None:
                await old.stop()
            self.debugger.end(STOPPED)
            self._set_state(KernelState.STOPPED)

    async def ready(self) -> Kernel | None:
        """Wait for a kernel that is being started; return the kernel, or None without one."""
        async with self._change_lock:
            return self.kernel

    async def end(self, why: str) -> None:
        """End the kernel at once and report ``why``; messages it has sent are still read."""
        if self.kernel is not None:
            self._end_reason = why
            await self.kernel.kill()

    def show_message(self, message: str, *, stuck: bool = False) -> None:
        """Show clients one sentence about the kernel in its present state."""
        status = msgspec.structs.replace(self.status, message=message, stuck=stuck)
        self._publish(status)

    async def complete(self, code: str, offset: int, *, frame: bool) -> Completions:
        """Request completions from the live kernel."""
        if self.kernel is None:
            return NO_COMPLETIONS
        return await self.kernel.complete(code, offset, ANSWER_TIMEOUT, frame=frame)

    async def inspect(self, code: str, offset: int, *, frame: bool) -> Inspection:
        """Request documentation of a name from the live kernel."""
        if self.kernel is None:
            return NO_INSPECTION
        return await self.kernel.inspect(code, offset, ANSWER_TIMEOUT, frame=frame)

    async def signature(self, code: str, offset: int, *, frame: bool) -> Signatures:
        """Request a function's signatures from the live kernel."""
        if self.kernel is None:
            return NO_SIGNATURES
        return await self.kernel.signature(code, offset, ANSWER_TIMEOUT, frame=frame)

    async def query_variables(self, question: VariableQuery) -> VariableAnswer:
        """Query variables and tables of the live kernel."""
        kernel = self.kernel
        return (
            await variable_queries.query_variables(kernel, question)
            if kernel
            else variable_queries.NO_KERNEL
        )

    def set_busy(self, *, busy: bool) -> None:
        """Set the status to busy while the kernel executes a cell, or back to idle."""
        if busy:
            self.frames.run_begins()
        if self.kernel is not None:
            self._set_state(KernelState.BUSY if busy else KernelState.IDLE)
            self.debugger.busy_changed(busy=busy)

    def debugger_changed(self) -> None:
        """Show clients the new state of the debugger, or the newly selected frame."""
        self._publish(self.status)

    # --- the kernel's listener --------------------------------------------------------------------

    def on_messages(self, batch: Sequence[Message]) -> None:
        """See `cellbridge.kernel.kernel.KernelListener`."""
        self._observer.on_messages(batch)

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 (the listener's name for it)
        """React to a kernel process that has ended by itself."""
        if self.kernel is None:
            return
        log.warning("%s\n%s", exit.sentence, exit.stderr_tail.strip())
        why = self._end_reason or exit.sentence
        self._release(why)
        self.debugger.end(why)
        self._set_state(KernelState.DEAD, message=why)

    # --- inside -----------------------------------------------------------------------------------

    async def _ensure(self, spec: Spec, startup: Startup, launched: LaunchedProcess | None) -> None:
        async with self._change_lock:
            if self.kernel is None:
                self._set_state(KernelState.STARTING, spec)
                await self._start(spec, startup, launched)
            elif launched is not None:
                await asyncio.to_thread(launched.abandon)

    async def _start(
        self, spec: Spec, startup: Startup, launched: LaunchedProcess | None = None
    ) -> None:
        """Start a kernel; if that fails, the status shows why. Called with `_change_lock` held."""
        plan = LaunchPlan(
            spec=spec,
            cwd=startup.directory or str(self._plan.cwd),
            directory=self.directory,
            records=self._records,
            env=startup.variables,
            sources=source_root(),
            startup=startup.code,
            notes=data_root() / "transports",
            allow_unencrypted=startup.allow_unencrypted,
            cache=None if self._plan.temporary else probe_cache_directory(),
            outlives=not self._plan.temporary,
        )
        starting = self._starting = self._tasks.create_task(self._try_start(plan, launched))
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._report_slow_start, spec)
        try:
            await asyncio.wait([starting])
        finally:
            self._starting = None
            slow.cancel()
        try:
            outcome = starting.result()
        except asyncio.CancelledError:
            # Cancelled by a restart or a stop, which sets the next state; perhaps before it began.
            # If this task itself were being cancelled, `asyncio.wait` would have raised above.
            if launched is not None:
                await asyncio.to_thread(launched.abandon)
            self._observer.kernel_lost("")
            return
        if isinstance(outcome, KernelError):
            self._report_failed_start(spec, outcome)
            return
        self._install(outcome)
        await self.debugger.kernel_started(outcome)
        self._set_state(KernelState.IDLE, message=outcome.startup_problem)
        self._observer.kernel_ready()

    def _report_failed_start(self, spec: Spec, error: KernelError) -> None:
        output = getattr(error, "stderr_tail", "").strip()
        log.warning("The kernel %s did not start: %s\n%s", spec.name, error, output)
        self.debugger.end(str(error))
        self._observer.kernel_lost("")
        clear = not output or getattr(error, "clear", False)
        where = "" if clear else f" Its output is in {self._log_file}."
        self._set_state(KernelState.DEAD, message=f"{error}{where}")

    def _report_slow_start(self, spec: Spec) -> None:
        after = f"The kernel {spec.name} is slow to start: after {SLOW_SECONDS:g} seconds it still "
        self.show_message(
            f"{after}imports what it needs. Wait for it, or restart with another kernel."
        )

    async def _try_start(
        self, plan: LaunchPlan, launched: LaunchedProcess | None
    ) -> Kernel | KernelError:
        """Return a kernel or the error; raised in a task, the error would end the whole group."""
        try:
            return await Kernel.start(plan, self, self._tasks, launched)
        except KernelError as error:
            return error

    def _install(self, kernel: Kernel) -> None:
        self.kernel, self._end_reason = kernel, ""
        self._monitoring = self._tasks.create_task(log_faults(monitor(self, kernel)))
        if not self._plan.temporary:
            seconds = self._plan.idle_hours * 3600
            self._tasks.create_task(log_faults(kernel.guard(seconds)))

    def _cancel_start(self) -> None:
        if self._starting is not None:
            self._starting.cancel()

    def _release(self, note: str) -> Kernel | None:
        kernel, self.kernel = self.kernel, None
        self.frames.leave()
        if self._monitoring is not None:
            self._monitoring.cancel()
        if kernel is not None:
            self.debugger.kernel_gone()
            self._observer.kernel_lost(note)
        return kernel

    def _set_state(self, state: KernelState, spec: Spec | None = None, message: str = "") -> None:
        self._spec = spec = spec or self._spec
        name, language, chosen = (spec.name, spec.language, spec.id) if spec else ("", "", "")
        info = self.kernel.info if self.kernel is not None else None
        language, python = (info.language or language, info.python) if info else (language, "")
        life = self.kernel.life if self.kernel is not None else ""
        self._publish(
            KernelStatus(state, name, language, message, python=python, id=chosen, life=life)
        )

    def _publish(self, status: KernelStatus) -> None:
        if not may_follow(self.status.state, status.state):
            log.error("The kernel went from %s to %s", self.status.state, status.state)
        debugger = msgspec.structs.replace(self.debugger.status, frame=self.frames.selected)
        self.status = status = msgspec.structs.replace(status, debugger=debugger)
        exposure = self.kernel.exposure if self.kernel is not None else ""
        self._observer.status_changed(status, [exposure] if exposure else [])
