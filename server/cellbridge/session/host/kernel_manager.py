# Size: every change of a kernel's life in one place, beside the status that it leads to.
"""The keeper of a session's kernel: starting, restarting, stopping, and being told of its end.

Owns the kernel's life, one change at a time, and the status that clients see. It must not know runs
or outputs; it tells its follower when there is a kernel to run them and when there is none left.

Invariant: at most one kernel process belongs to a session, whatever is asked for at once.
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
from cellbridge.kernel.process.kernel_records import Left
from cellbridge.kernel.process.launch import Launched, LaunchPlan
from cellbridge.session.errors import SessionError
from cellbridge.session.host.crash_guard import guarded
from cellbridge.session.host.health_check import look_after
from cellbridge.session.host.probe_cache import compiled_parts
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, data_root

ADOPTED = (
    "The session's process had ended; a new one goes on with the same kernel. "
    "Output of the time between may be missing."
)
SLOW_SECONDS = 10.0
"""Seconds after which a kernel that still starts is said to be slow."""
ANSWER_TIMEOUT = 2.0
"""Seconds that a completion or an inspection may take in the kernel."""

log = logging.getLogger(__name__)


class Follower(Protocol):
    """Who uses the kernel that is kept."""

    def on_messages(self, batch: Sequence[Message]) -> None:
        """The kernel has said this."""
        ...

    def kernel_ready(self) -> None:
        """There is a kernel that takes cells."""
        ...

    def kernel_lost(self, note: str) -> None:
        """The kernel is gone; ``note`` says why in one sentence, or nothing if none ever was."""
        ...

    def status_changed(self, status: KernelStatus, notices: list[str]) -> None:
        """What clients should see of the kernel, and what the user should know while it lives."""
        ...


class Keeper:
    """Keeps one kernel; the kernel's listener."""

    def __init__(
        self, follower: Follower, tasks: asyncio.TaskGroup, plan: HostPlan, location: Location
    ) -> None:
        self.kernel: Kernel | None = None
        """The kernel, while there is one that takes cells."""
        self.status = KernelStatus(KernelState.ABSENT)
        self._follower = follower
        self._tasks = tasks
        self._plan, self._records = plan, location.records
        self.directory = location.kernel  # For the next kernel's sockets; the host may move.
        self._log_file = location.log  # Named in messages about what a kernel wrote.
        self._spec: Spec | None = None
        self._why = ""
        """Why the kernel was ended by us, where it was."""
        self._change = asyncio.Lock()
        self._pulse: asyncio.Task[None] | None = None
        self._ensuring: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[Kernel | KernelError] | None = None

    @property
    def alive(self) -> bool:
        """True while there is a kernel, or one is about to be."""
        return self.kernel is not None or self._change.locked()

    def ensure(self, spec: Spec, startup: Startup, launched: Launched | None = None) -> None:
        """See to it that there is a kernel; one of ``spec``, or its process, where there is none.

        Whoever asks while a kernel starts shares in what comes of it.
        """
        if self._ensuring is None or self._ensuring.done():
            self._ensuring = self._tasks.create_task(guarded(self._ensure(spec, startup, launched)))

    async def adopt(self, left: Left, running: str) -> bool:
        """Go on with the kernel of an earlier host; returns whether it still lives.

        ``running`` is the id of the message that it is working on, or empty.
        """
        async with self._change:
            try:
                kernel = await Kernel.adopt(left, self, self._tasks, running=running)
            except KernelError as error:
                log.warning("The kernel of the host before could not be adopted: %s", error)
                return False
            self._take(kernel)
            log.info("Adopted the kernel process %d", kernel.pid)
            state = KernelState.BUSY if running else KernelState.IDLE
            self._tell(state, spec_of(left), ADOPTED)
            return True

    async def restart(self, spec: Spec, startup: Startup) -> None:
        """Replace the kernel, or start one; returns when it is ready or was given up.

        A start is given up when another restart, or a stop, is asked for meanwhile.

        Raises:
            SessionError: it did not start.
        """
        self._give_up_starting()
        async with self._change:
            old = self._let_go("The kernel was restarted while this cell ran.")
            self._tell(KernelState.RESTARTING, spec)
            if old is not None:
                await old.stop()
            await self._start(spec, startup)
            if self.status.state is KernelState.DEAD:
                raise SessionError(self.status.message)

    async def stop(self) -> None:
        """End the kernel."""
        self._give_up_starting()
        async with self._change:
            old = self._let_go("The session was stopped while this cell ran.")
            if old is not None:
                await old.stop()
            self._tell(KernelState.STOPPED)

    async def ready(self) -> Kernel | None:
        """Return the kernel, once one that is about to be there is; None where there is none."""
        async with self._change:
            return self.kernel

    async def end(self, why: str) -> None:
        """End the kernel at once; what it has said is still heard, and ``why`` is told."""
        if self.kernel is not None:
            self._why = why
            await self.kernel.kill()

    def say(self, message: str, *, stuck: bool = False) -> None:
        """Tell clients one sentence about the kernel in its present state."""
        status = msgspec.structs.replace(self.status, message=message, stuck=stuck)
        self._publish(status)

    async def complete(self, code: str, offset: int) -> Completions:
        """Ask the living kernel for completions."""
        kernel = self.kernel
        return await kernel.complete(code, offset, ANSWER_TIMEOUT) if kernel else NO_COMPLETIONS

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Ask the living kernel about a name."""
        kernel = self.kernel
        return await kernel.inspect(code, offset, ANSWER_TIMEOUT) if kernel else NO_INSPECTION

    async def signature(self, code: str, offset: int) -> Signatures:
        """Ask the living kernel how a function is called."""
        kernel = self.kernel
        return await kernel.signature(code, offset, ANSWER_TIMEOUT) if kernel else NO_SIGNATURES

    async def look(self, question: VariableQuery) -> VariableAnswer:
        """Ask the living kernel about its variables and tables."""
        kernel = self.kernel
        return (
            await variable_queries.look(kernel, question) if kernel else variable_queries.NO_KERNEL
        )

    def working(self, *, busy: bool) -> None:
        """The kernel executes a cell, or no longer does."""
        if self.kernel is not None:
            self._tell(KernelState.BUSY if busy else KernelState.IDLE)

    # --- the kernel's listener --------------------------------------------------------------------

    def on_messages(self, batch: Sequence[Message]) -> None:
        """See `cellbridge.kernel.kernel.KernelListener`."""
        self._follower.on_messages(batch)

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 (the listener's name for it)
        """The kernel's process has ended by itself."""
        if self.kernel is None:
            return
        log.warning("%s\n%s", exit.sentence, exit.stderr_tail.strip())
        why = self._why or exit.sentence
        self._let_go(why)
        self._tell(KernelState.DEAD, message=why)

    # --- inside -----------------------------------------------------------------------------------

    async def _ensure(self, spec: Spec, startup: Startup, launched: Launched | None) -> None:
        async with self._change:
            if self.kernel is None:
                self._tell(KernelState.STARTING, spec)
                await self._start(spec, startup, launched)
            elif launched is not None:
                await asyncio.to_thread(launched.abandon)

    async def _start(self, spec: Spec, startup: Startup, launched: Launched | None = None) -> None:
        """Start a kernel; if that fails, the status says why. Called with `_change` held."""
        plan = LaunchPlan(
            spec=spec,
            cwd=startup.directory or str(self._plan.cwd),
            directory=self.directory,
            records=self._records,
            env=startup.variables,
            startup=startup.code,
            notes=data_root() / "transports",
            allow_unencrypted=startup.allow_unencrypted,
            cache=None if self._plan.temporary else compiled_parts(),
            outlives=not self._plan.temporary,
        )
        starting = self._starting = self._tasks.create_task(self._attempt(plan, launched))
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._tell_of_slowness, spec)
        try:
            await asyncio.wait([starting])
        finally:
            self._starting = None
            slow.cancel()
        try:
            outcome = starting.result()
        except asyncio.CancelledError:
            # Given up for a restart or a stop, which says what comes next; perhaps before it began.
            # If this task itself were being cancelled, `asyncio.wait` would have raised above.
            if launched is not None:
                await asyncio.to_thread(launched.abandon)
            self._follower.kernel_lost("")
            return
        if isinstance(outcome, KernelError):
            self._report_failed_start(spec, outcome)
            return
        self._take(outcome)
        self._tell(KernelState.IDLE, message=outcome.startup_problem)
        self._follower.kernel_ready()

    def _report_failed_start(self, spec: Spec, error: KernelError) -> None:
        said = getattr(error, "stderr_tail", "").strip()
        log.warning("The kernel %s did not start: %s\n%s", spec.name, error, said)
        self._follower.kernel_lost("")
        clear = not said or getattr(error, "clear", False)
        where = "" if clear else f" What it wrote is in {self._log_file}."
        self._tell(KernelState.DEAD, message=f"{error}{where}")

    def _tell_of_slowness(self, spec: Spec) -> None:
        after = f"The kernel {spec.name} is slow to start: after {SLOW_SECONDS:g} seconds it still "
        self.say(f"{after}imports what it needs. Wait for it, or restart with another kernel.")

    async def _attempt(self, plan: LaunchPlan, launched: Launched | None) -> Kernel | KernelError:
        """Return a kernel, or why there is none; raised in a task it would end the whole group."""
        try:
            return await Kernel.start(plan, self, self._tasks, launched)
        except KernelError as error:
            return error

    def _take(self, kernel: Kernel) -> None:
        self.kernel, self._why = kernel, ""
        self._pulse = self._tasks.create_task(guarded(look_after(self, kernel)))
        if not self._plan.temporary:
            seconds = self._plan.idle_hours * 3600
            self._tasks.create_task(guarded(kernel.guard(seconds)))

    def _give_up_starting(self) -> None:
        if self._starting is not None:
            self._starting.cancel()

    def _let_go(self, note: str) -> Kernel | None:
        kernel, self.kernel = self.kernel, None
        if self._pulse is not None:
            self._pulse.cancel()
        if kernel is not None:
            self._follower.kernel_lost(note)
        return kernel

    def _tell(self, state: KernelState, spec: Spec | None = None, message: str = "") -> None:
        self._spec = spec = spec or self._spec
        name, language, chosen = (spec.name, spec.language, spec.id) if spec else ("", "", "")
        info = self.kernel.info if self.kernel is not None else None
        language, python = (info.language or language, info.python) if info else (language, "")
        self._publish(KernelStatus(state, name, language, message, python=python, id=chosen))

    def _publish(self, status: KernelStatus) -> None:
        if not may_follow(self.status.state, status.state):
            log.error("The kernel went from %s to %s", self.status.state, status.state)
        self.status = status
        exposure = self.kernel.exposure if self.kernel is not None else ""
        self._follower.status_changed(status, [exposure] if exposure else [])
