"""The session's kernel and the runs it executes.

Owns the kernel's life and the way of every kernel message to the run that caused it. It must not
know clients, sockets or the store; it tells the publisher.

Invariant: an output reaches the run whose message id it carries as parent, and no other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cellbridge.core.items import NO_COMPLETIONS, NO_INSPECTION, Completions, Inspection
from cellbridge.core.outputs import Display, Failure
from cellbridge.core.queue import RunQueue
from cellbridge.core.reduce import display_id_of
from cellbridge.core.runs import (
    InputRequest,
    KernelState,
    KernelStatus,
    Run,
    RunRequest,
    RunState,
)
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.exits import KernelExit
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.launch import LaunchPlan
from cellbridge.kernel.messages import Message
from cellbridge.kernel.specs import Spec, find
from cellbridge.session.errors import SessionError
from cellbridge.session.host.publisher import Publisher

IDLE_GRACE = 2.0
"""Seconds without any output after which a run that was replied to counts as over."""
ANSWER_TIMEOUT = 2.0
"""Seconds that a completion or an inspection may take in the kernel."""

log = logging.getLogger(__name__)


class Executor:
    """Runs a session's queue in its kernel; the kernel's listener."""

    def __init__(
        self,
        publisher: Publisher,
        tasks: asyncio.TaskGroup,
        *,
        cwd: Path,
        directory: Path,
        clock: Callable[[], float],
    ) -> None:
        self.queue = RunQueue()
        self._publisher = publisher
        self._tasks = tasks
        self._cwd = cwd
        self._directory = directory
        self._clock = clock
        self._kernel: Kernel | None = None
        self._changing: asyncio.Task[None] | None = None
        self._spec: Spec | None = None
        self._run_of: dict[str, str] = {}
        self._displays: dict[str, set[str]] = {}
        self._grace: asyncio.TimerHandle | None = None

    @property
    def alive(self) -> bool:
        """True while there is a kernel, or one is being started."""
        return self._kernel is not None or self._changing is not None

    @property
    def kernel_pid(self) -> int:
        """The process id of the kernel; 0 where there is none."""
        return self._kernel.pid if self._kernel is not None else 0

    # --- what clients ask for ---------------------------------------------------------------------

    def execute(
        self, requests: Sequence[RunRequest], client: str, kernel: str | None, language: str
    ) -> list[str]:
        """Queue runs and return their ids; starts a kernel where there is none.

        Raises:
            KernelError: there is no such kernel.
        """
        if not self.alive:
            self._start(find(kernel, language))
        now = self._clock()
        runs = [self.queue.add(secrets.token_hex(8), request, client, now) for request in requests]
        self._publisher.runs_changed(runs)
        self._pump()
        return [run.id for run in runs]

    def cancel(self, run_ids: Sequence[str]) -> None:
        """Take runs from the queue."""
        self._publisher.runs_changed(self.queue.cancel(run_ids, self._clock()))

    async def interrupt(self) -> None:
        """Empty the queue and interrupt the running cell."""
        self._publisher.runs_changed(self.queue.cancel_all(self._clock()))
        if self._kernel is not None and self.queue.running is not None:
            await self._kernel.interrupt()

    async def restart(self, kernel: str | None, language: str) -> None:
        """Replace the kernel by a new one; what ran is lost, what waited is cancelled.

        Raises:
            KernelError: there is no such kernel, or it does not start.
        """
        spec = find(kernel, language)
        if self._changing is not None:
            await asyncio.wait([self._changing])
        note = "The kernel was restarted while this cell ran."
        self._settle(self.queue.lose_running(note, self._clock()))
        self._tell(KernelState.RESTARTING)
        old, self._kernel = self._kernel, None
        await self._become(spec, old)
        if self._kernel is None:
            raise SessionError(self._publisher.kernel.message)

    async def stop(self) -> None:
        """End the kernel and the queue."""
        if self._changing is not None:
            self._changing.cancel()
            await asyncio.wait([self._changing])
        self._settle(self.queue.lose_running("The session was stopped.", self._clock()))
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            await kernel.stop()
        self._tell(KernelState.STOPPED)

    def answer_input(self, run_id: str, text: str) -> None:
        """Give the running cell the line that it waits for.

        Raises:
            SessionError: it does not wait for one.
        """
        run = self.queue.get(run_id)
        if self._kernel is None or run is None or run.waiting is None:
            raise SessionError("No cell is waiting for input; nothing was sent.")
        self._kernel.answer_input(text)
        if changed := self.queue.wait_for_input(run_id, None):
            self._publisher.runs_changed([changed])

    async def complete(self, code: str, offset: int) -> Completions:
        """Ask the living kernel for completions."""
        if self._kernel is None:
            return NO_COMPLETIONS
        return await self._kernel.complete(code, offset, ANSWER_TIMEOUT)

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Ask the living kernel about a name."""
        if self._kernel is None:
            return NO_INSPECTION
        return await self._kernel.inspect(code, offset, ANSWER_TIMEOUT)

    # --- the kernel's life ------------------------------------------------------------------------

    def _start(self, spec: Spec) -> None:
        self._spec = spec
        self._tell(KernelState.STARTING)
        self._changing = self._tasks.create_task(self._become(spec, None))
        self._changing.add_done_callback(self._changed)

    def _changed(self, _task: asyncio.Task[None]) -> None:
        self._changing = None

    async def _become(self, spec: Spec, old: Kernel | None) -> None:
        """Stop ``old``, start a kernel of ``spec`` and go on with the queue."""
        self._spec = spec
        if old is not None:
            await old.stop()
        self._run_of.clear()
        self._displays.clear()
        plan = LaunchPlan(spec=spec, cwd=str(self._cwd), env={}, directory=self._directory)
        try:
            self._kernel = await Kernel.start(plan, self, self._tasks)
        except KernelError as error:
            self._settle(self.queue.lose_running("", self._clock()))
            self._tell(KernelState.DEAD, str(error))
            return
        self._tell(KernelState.IDLE)
        self._pump()

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 (the listener's name for it)
        """The kernel's process has ended by itself."""
        self._kernel = None
        self._settle(self.queue.lose_running(exit.sentence, self._clock()))
        self._tell(KernelState.DEAD, exit.sentence)

    def _tell(self, state: KernelState, message: str = "") -> None:
        info = self._kernel.info if self._kernel else None
        name = self._spec.name if self._spec else ""
        language = info.language if info else self._spec.language if self._spec else ""
        self._publisher.kernel_changed(KernelStatus(state, name, language, message))

    # --- one run after the other ------------------------------------------------------------------

    def _pump(self) -> None:
        if self._kernel is None:
            return
        run = self.queue.start_next(self._clock())
        if run is None:
            if not self.queue.busy:
                self._tell(KernelState.IDLE)
            return
        gone = self.queue.superseded(run)
        self.queue.forget(gone)
        self._publisher.forget(gone)
        self._publisher.runs_changed([run])
        self._tell(KernelState.BUSY)
        try:
            message_id = self._kernel.execute(
                run.source,
                cell_id=run.cell_id,
                origin=run.origin,
                stop_on_error=not self.queue.goes_on_after(run.id),
            )
        except KernelError:
            # The process has just gone; `on_exit` is under way and ends the run with its reason.
            return
        self._run_of[message_id] = run.id

    def _settle(self, changed: Sequence[Run]) -> None:
        self._publisher.runs_changed(changed)
        if self._grace is not None and self.queue.running is None:
            self._grace.cancel()
            self._grace = None
        if any(run.state.final for run in changed):
            self._pump()

    def _give_up(self, run_id: str) -> None:
        log.warning("No idle came for run %s; its output may be incomplete", run_id)
        self._settle(self.queue.give_up_waiting_for_idle(run_id, self._clock()))

    def _await_idle(self, run_id: str) -> None:
        """(Re)start the time after which a replied run counts as over."""
        if self._grace is not None:
            self._grace.cancel()
        loop = asyncio.get_running_loop()
        self._grace = loop.call_later(IDLE_GRACE, self._give_up, run_id)

    # --- what the kernel says ---------------------------------------------------------------------

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Take in what the kernel has said since the last call."""
        for message in batch:
            run_id = self._run_of.get(message.parent_id)
            if run_id is None:
                continue
            if message.channel == "iopub":
                self._on_iopub(run_id, message)
            elif message.msg_type == "execute_reply":
                self._on_reply(run_id, message.content)
            elif message.msg_type == "input_request":
                self._on_input(run_id, message.content)

    def _on_iopub(self, run_id: str, message: Message) -> None:
        if self._grace is not None and self.queue.running and self.queue.running.id == run_id:
            self._await_idle(run_id)
        content = message.content
        match message.msg_type:
            case "status":
                if content.get("execution_state") == "idle":
                    self._settle(self.queue.idle(run_id, self._clock()))
            case "execute_input":
                self._note_count(run_id, content)
            case "update_display_data":
                self._update_display(content)
            case _:
                self._output(run_id, message.msg_type, content)

    def _output(self, run_id: str, msg_type: str, content: dict[str, Any]) -> None:
        if self.queue.get(run_id) is None:
            return
        ops = list(self._publisher.outputs_of(run_id).apply(msg_type, content))
        self._publisher.outputs_changed(run_id, ops)
        last = self._publisher.outputs_of(run_id).outputs[-1:]
        if last and isinstance(last[0], Display) and last[0].display_id:
            self._displays.setdefault(last[0].display_id, set()).add(run_id)

    def _update_display(self, content: dict[str, Any]) -> None:
        display_id = display_id_of(content)
        for run_id in self._displays.get(display_id or "", ()):
            if run_id in self.queue:
                ops = self._publisher.outputs_of(run_id).update(display_id or "", content)
                self._publisher.outputs_changed(run_id, list(ops))

    def _note_count(self, run_id: str, content: dict[str, Any]) -> None:
        count = content.get("execution_count")
        if isinstance(count, int) and (changed := self.queue.count(run_id, count)):
            self._publisher.runs_changed([changed])

    def _on_input(self, run_id: str, content: dict[str, Any]) -> None:
        request = InputRequest(str(content.get("prompt", "")), bool(content.get("password")))
        if changed := self.queue.wait_for_input(run_id, request):
            self._publisher.runs_changed([changed])

    def _on_reply(self, run_id: str, content: dict[str, Any]) -> None:
        self._note_count(run_id, content)
        match content.get("status"):
            case "ok":
                self._on_end(run_id, RunState.OK)
            case "error":
                self._tasks.create_task(self._explain(run_id))
            case _:
                self._on_end(run_id, RunState.CANCELLED)

    async def _explain(self, run_id: str) -> None:
        """Add to the run's failure where it happened, then end the run."""
        frames = await self._kernel.frames() if self._kernel else ()
        ops: list[Any] = []
        outputs = self._publisher.outputs_of(run_id)
        failure = next((o for o in reversed(outputs.outputs) if isinstance(o, Failure)), None)
        if frames and failure is not None:
            ops.extend(outputs.with_frames(msgspec.structs.replace(failure, frames=frames)))
            self._publisher.outputs_changed(run_id, ops)
        self._on_end(run_id, RunState.ERROR)

    def _on_end(self, run_id: str, state: RunState) -> None:
        changed = self.queue.replied(run_id, state, self._clock())
        if changed:
            self._settle(changed)
        elif self.queue.running and self.queue.running.id == run_id:
            self._await_idle(run_id)
