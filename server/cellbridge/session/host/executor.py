# Size: everything that changes a run in one place: clients, the kernel and the kernel manager.
"""The session's runs: their queue, and the routing of each kernel message to the run it belongs to.

Owns the queue and the run of each kernel message. It must not know how a kernel is started or
ended (kernel_manager.py), clients, sockets or the store; it reports changes to the publisher.

Invariant: an output reaches the run whose message id it carries as parent, and no other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from cellbridge.core.output.payloads import exit_code, is_interrupt, next_input, pages
from cellbridge.core.runs.agents import ClientInfo, Scratch
from cellbridge.core.runs.queue import NO_COPY, RunQueue, Whose
from cellbridge.core.runs.runs import KernelStatus, Run, RunRequest, RunState
from cellbridge.core.runs.start_options import Startup
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.process.kernel_records import find_adoptable
from cellbridge.kernel.process.orphans import clear
from cellbridge.kernel.queries.run_details import Predecessor, RunDetails
from cellbridge.session.errors import SessionError
from cellbridge.session.host.adoption import (
    find_running,
    pending_input,
    recorded_outcome,
    wait_for_outcome,
)
from cellbridge.session.host.crash_guard import log_faults
from cellbridge.session.host.grace_timer import GraceTimer
from cellbridge.session.host.interrupt_escalation import InterruptEscalation
from cellbridge.session.host.kernel_manager import KernelManager
from cellbridge.session.host.launch_report import FirstKernel
from cellbridge.session.host.limiter import Limiter
from cellbridge.session.host.live_outputs import LiveOutputs
from cellbridge.session.host.pipeline import Pipeline
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.variable_saver import VariableSaver
from cellbridge.session.host.widgets.session_widgets import SessionWidgets
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location
from cellbridge.session.messages import RunView

log = logging.getLogger(__name__)


class Executor:
    """Runs a session's queue in its kernel; observes the kernel manager."""

    def __init__(
        self,
        publisher: Publisher,
        tasks: asyncio.TaskGroup,
        plan: HostPlan,
        location: Location,
        clock: Callable[[], float],
    ) -> None:
        self.queue = RunQueue()
        self.kernel_manager = KernelManager(self, tasks, plan, location)
        self._directories = location.records, location.kernel
        self._escalation = InterruptEscalation(self.kernel_manager, tasks)
        self.saver = VariableSaver(
            self.kernel_manager, self.queue, location.variables, location.variables_part
        )
        debugger = self.kernel_manager.debugger
        debugger.runs = self.queue.all
        self.limiter = Limiter(self, tasks, clock, lambda: debugger.stopped)
        self._pipeline = Pipeline()
        self._pipelined = plan.temporary
        self._publisher = publisher
        self._tasks = tasks
        self._clock = clock
        self._run_of: dict[str, str] = {}
        self.widgets = SessionWidgets(
            publisher, lambda: self.kernel_manager.kernel, lambda: self.queue.running is not None
        )
        self._live = LiveOutputs(publisher, self.queue.get, self.widgets)
        self._replied: tuple[str, dict[str, Any]] = "", {}
        """The run of the last reply, and the reply's content."""
        self._interrupted = ""
        """The last run that the user interrupted."""
        self._grace = GraceTimer(self._on_grace_over)

    async def resume(self, runs: Sequence[Run]) -> None:
        """Restore the runs of an earlier host, and adopt its kernel if that still runs."""
        left = find_adoptable(*self._directories)
        clear(*self._directories, keep=left)
        adopted = find_running(runs) if left else None
        if adopted is not None:
            # Before the first message is read, so that each one is assigned to this run.
            self._run_of[adopted.message] = adopted.id
        self._restore(runs, still_running=adopted.id if adopted else "")
        if left is None:
            self.saver.clean()
            return
        if not await self.kernel_manager.adopt(left, adopted.message if adopted else ""):
            self.kernel_lost("The session's process and its kernel ended while this cell ran.")
            return
        self._tasks.create_task(log_faults(self.widgets.restore()))
        if adopted is not None:
            if adopted.waiting is not None and self.kernel_manager.kernel is not None:
                # At once: a client may answer before the kernel has reported its input request.
                self.kernel_manager.kernel.expect_input()
            self._tasks.create_task(log_faults(self._follow_adopted(adopted)))

    def start_with(self, runs: Sequence[Run], first: FirstKernel, startup: Startup) -> None:
        """Restore the runs of an earlier host; a new kernel's process has already been started."""
        self._restore(runs)
        self.saver.clean()
        self.limiter.set_defaults(startup.limits)
        self.kernel_manager.ensure(first.spec, startup, first.take())

    def _restore(self, runs: Sequence[Run], still_running: str = "") -> None:
        changed = self.queue.restore(runs, self._clock(), still_running=still_running)
        self._publisher.runs_changed(changed)
        for run in runs:
            self._live.restore(run.id, self._publisher.outputs_of(run.id).outputs)

    def add_found_runs(self, views: Sequence[RunView]) -> None:
        """Add stored runs that could not be read when the host started."""
        self._publisher.add_stored(views)
        self._publisher.runs_changed(
            self.queue.restore_older([view.run for view in views], self._clock())
        )
        self.forget(self.queue.outdated())

    async def _follow_adopted(self, run: Run) -> None:
        """End an adopted run even if the kernel reported its end while no host was running."""
        kernel = self.kernel_manager.kernel
        if kernel is None:
            return
        try:
            pending = await pending_input(kernel, run)
            if pending is None:
                changed = self.queue.note_input_sent(run.id)
            else:
                kernel.expect_input()
                prompt, password = pending
                changed = None
                if not run.waiting:
                    changed = self.queue.request_input(run.id, prompt, password=password)
            self._publisher.runs_changed([changed] if changed else [])
            state, note = await wait_for_outcome(kernel, run)
        except KernelError:
            return  # It has ended, and the kernel manager reports that.
        if self._replied[0] != run.id:
            self._settle(self.queue.conclude(run.id, state, note, self._clock()))

    # --- requests of clients ----------------------------------------------------------------------

    def warm(self, kernel: str | None, language: str, startup: Startup) -> None:
        """Start a kernel if none runs.

        Raises:
            KernelError: there is no such kernel.
        """
        self.limiter.set_defaults(startup.limits)
        if self.kernel_manager.kernel is None:
            self.kernel_manager.ensure(find(kernel, language), startup)

    def execute(
        self, requests: Sequence[RunRequest], author: ClientInfo, *, stop_on_entry: bool = False
    ) -> list[str]:
        """Queue runs and return their ids; they start as soon as there is a kernel."""
        now = self._clock()
        runs = [self.queue.add(secrets.token_hex(8), request, author, now) for request in requests]
        if stop_on_entry and runs:
            self.kernel_manager.debugger.stop_on_entry(runs[0].id)
        self._publisher.runs_changed(runs)
        self._run_next()
        return [run.id for run in runs]

    def cancel(self, run_ids: Sequence[str]) -> None:
        """Remove runs from the queue, except those that the kernel may begin by itself."""
        own = [run_id for run_id in run_ids if run_id not in self._pipeline]
        self._publisher.runs_changed(self.queue.cancel(own, self._clock()))

    def forget(self, run_ids: Sequence[str]) -> None:
        """Drop ended runs, with their outputs."""
        for run in filter(None, map(self.queue.get, run_ids)):
            self._run_of.pop(run.message, None)
        self.queue.forget(run_ids)
        self._publisher.forget(run_ids)

    def interrupt(self, *, by_user: bool = True, whose: Whose = None) -> None:
        """Empty the queue and stop the running cell, by increasingly strong means.

        With ``whose``, this concerns only these runs.
        """
        running, now = self.queue.running, self._clock()
        if whose is not None and (running is None or not whose(running)):
            self._publisher.runs_changed(self.queue.cancel_all(now, whose))
            return
        if by_user and running is not None:
            self._interrupted = running.id
        requests = self._pipeline.clear()
        self._publisher.runs_changed(self.queue.empty_for_interrupt(now, whose))
        if running is not None:
            self._escalation.start(requests)
        elif (kernel := self.kernel_manager.kernel) and (self.saver.busy or self.widgets.busy):
            self._tasks.create_task(log_faults(kernel.interrupt()))

    async def restart(self, kernel: str | None, language: str, startup: Startup) -> None:
        """Replace the kernel with a new one; the running cell is lost, queued ones are cancelled.

        Raises:
            KernelError: there is no such kernel.
            SessionError: the new kernel does not start.
        """
        self.limiter.set_defaults(startup.limits)
        await self.kernel_manager.restart(find(kernel, language), startup)

    async def stop(self) -> None:
        """End the kernel and the queue."""
        self._publisher.runs_changed(self.queue.cancel_all(self._clock()))
        await self.kernel_manager.stop()

    def answer_input(self, run_id: str, text: str) -> None:
        """Send the running cell the line that it waits for.

        Raises:
            SessionError: the cell does not wait for input.
        """
        run = self.queue.get(run_id)
        if self.kernel_manager.kernel is None or run is None or run.waiting is None:
            raise SessionError("No cell is waiting for input; nothing was sent.")
        self.kernel_manager.kernel.answer_input(text)
        if changed := self.queue.note_input_sent(run_id):
            self._publisher.runs_changed([changed])

    # --- requests of the limiter ------------------------------------------------------------------

    def running_run(self) -> tuple[Run, int] | None:
        """See `cellbridge.session.host.limiter.Runner`."""
        run, kernel = self.queue.running, self.kernel_manager.kernel
        return (run, kernel.pid) if run is not None and kernel is not None else None

    def idle_pid(self) -> int:
        """Return the process id of an idle kernel; 0 without one."""
        kernel = self.kernel_manager.kernel
        return kernel.pid if kernel is not None and self.queue.running is None else 0

    def stop_running(self, why: str) -> None:
        """Interrupt the running cell and report ``why``."""
        if self.queue.running is not None and (
            changed := self.queue.note_reason(self.queue.running.id, why)
        ):
            self._publisher.runs_changed([changed])
            self.kernel_manager.show_message(why)
            self.interrupt(by_user=False)

    async def end_kernel(self, why: str) -> None:
        """End the kernel at once and report ``why``."""
        if self.queue.running is not None:
            self.queue.note_reason(self.queue.running.id, "")  # `kernel_lost` reports it.
        await self.kernel_manager.end(why)

    # --- events of the kernel manager -------------------------------------------------------------

    def kernel_ready(self) -> None:
        """Run the queued cells."""
        self._run_of.clear()
        self._pipeline.clear()
        self.widgets.reset()
        self._live.forget_kernel()
        self._run_next()

    def kernel_lost(self, note: str) -> None:
        """End the running cell and cancel queued ones, which must not run in another kernel.

        It was running the first cell in its queue that it has not answered.
        """
        self.widgets.kernel_lost()
        running = self.queue.running
        while self._pipeline and running:
            self._settle(self.queue.give_up(running.id, self._clock()))
            running = self.queue.start_next(self._clock(), running.life)
            if running is not None:
                message_id, early = self._pipeline.begin(running.id)
                self._publisher.runs_changed([self.queue.note_sent(running.id, message_id)])
                self.on_messages(early)
        self._settle(self.queue.lose_running(note, self._clock()))

    def status_changed(self, status: KernelStatus, notices: list[str]) -> None:
        """Publish the kernel's new status."""
        self._publisher.kernel_changed(status, notices)

    # --- runs, one at a time ----------------------------------------------------------------------

    def _run_next(self) -> None:
        kernel = self.kernel_manager.kernel
        if kernel is None:
            return
        if self.queue.running is None:
            self.widgets.flush(free=True)
        run = self.queue.start_next(self._clock(), kernel.life)
        if run is None:
            self.kernel_manager.set_busy(busy=self.queue.running is not None)
            self._send_early(kernel)
            return
        if run.scratch is Scratch.COPY and not kernel.info.has_probe:
            self._settle(self.queue.conclude(run.id, RunState.CANCELLED, NO_COPY, self._clock()))
            return
        self.forget(self.queue.superseded(run))
        self.kernel_manager.set_busy(busy=True)
        message_id, early = self._pipeline.begin(run.id)
        if not message_id:
            message_id = self._send(kernel, run, None)
        self.limiter.watch()
        self._publisher.runs_changed([self.queue.note_sent(run.id, message_id)])
        self._send_early(kernel)
        self.on_messages(early)

    def _send(self, kernel: Kernel, run: Run, after: Predecessor | None) -> str:
        try:
            message_id = kernel.execute(
                run.source,
                cell_id=run.cell_id,
                origin=run.origin,
                stop_on_error=not self.queue.continues_after(run.id),
                details=RunDetails(
                    after, self.kernel_manager.debugger.breakpoints_of(run), run.scratch
                ),
            )
        except KernelError:
            # The process has just ended; `kernel_lost` will follow and end the run.
            message_id = ""
        self._run_of[message_id] = run.id
        return message_id

    def _send_early(self, kernel: Kernel) -> None:
        """Send the next cells, so that the kernel need not wait for this process."""
        # A cell that is being interrupted makes the kernel refuse all that is in its queue.
        if self._pipelined and kernel.info.has_probe and not self._escalation.active:
            self._pipeline.fill(self.queue, lambda run, after: self._send(kernel, run, after))

    def _settle(self, changed: Sequence[Run]) -> None:
        for run in changed:
            if run.state is RunState.ERROR:
                self._ensure_failure_output(run.id)
        self._pipeline.drop(run.id for run in changed)
        self._publisher.runs_changed(changed)
        if self.queue.running is None:
            self._escalation.stop()
            self._grace.cancel()
        if any(run.state.final for run in changed):
            self._run_next()

    def _on_grace_over(self, run_id: str) -> None:
        log.warning("Of reply and idle of run %s only one came", run_id)
        self._tasks.create_task(log_faults(self._end_incomplete(run_id)))

    async def _end_incomplete(self, run_id: str) -> None:
        """End a run whose reply or idle status is lost; the kernel may know its outcome."""
        kernel, run = self.kernel_manager.kernel, self.queue.get(run_id)
        if kernel is not None and run is not None and self._replied[0] != run_id:
            outcome = await recorded_outcome(kernel, run)
            if outcome is not None:
                self._settle(self.queue.conclude(run_id, outcome, "", self._clock()))
        self._settle(self.queue.give_up(run_id, self._clock()))

    # --- messages of the kernel -------------------------------------------------------------------

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Handle the kernel's messages since the last call."""
        for message in batch:
            run_id = self._run_of.get(message.parent_id)
            if run_id is not None and run_id in self._pipeline:
                self._pipeline.keep(run_id, message)
                continue
            if message.lost or message.unreadable:
                self._on_missing(run_id, message)
            if message.channel == "iopub" and message.msg_type.startswith("comm_"):
                self._live.receive(message, run_id)
            elif run_id is None:
                self._on_foreign(message)
            elif message.channel == "iopub":
                self._on_iopub(run_id, message)
            elif message.msg_type == "execute_reply":
                self._on_reply(run_id, message.content)
            elif message.msg_type == "input_request":
                self._on_input(run_id, message.content)
        self._live.send_changes()

    def _on_missing(self, run_id: str | None, message: Message) -> None:
        """Mark the run whose messages are missing: the running one, or else the message's own."""
        unreadable = int(message.unreadable and message.channel != "control")
        if message.lost:
            log.warning("%d messages of the kernel never came", message.lost)
        ran = self.queue.running.id if self.queue.running else run_id
        if ran is not None and (changed := self.queue.note_missing(ran, message.lost, unreadable)):
            self._publisher.runs_changed([changed])

    def _on_foreign(self, message: Message) -> None:
        """Handle a message that none of our runs has caused; a run of another client may begin."""
        if (model := self.widgets.model_of(message.parent_id)) and message.channel == "iopub":
            self._live.add_of_widget(model, message)
            return
        if message.msg_type != "execute_input":
            return
        run_id = secrets.token_hex(8)
        self._run_of[message.parent_id] = run_id
        source = str(message.content.get("code", ""))
        self.queue.begin_foreign(run_id, source, self._clock())
        self._publisher.runs_changed([self.queue.note_sent(run_id, message.parent_id)])
        self.forget(self.queue.foreign_beyond())
        self._set_count(run_id, message.content)

    def _on_iopub(self, run_id: str, message: Message) -> None:
        if self._grace.runs and self.queue.running and self.queue.running.id == run_id:
            self._grace.start(run_id)
        content = message.content
        match message.msg_type:
            case "status":
                if content.get("execution_state") == "idle":
                    self._on_idle(run_id)
            case "execute_input":
                self._set_count(run_id, content)
            case "update_display_data":
                self._live.update(content)
            case _:
                self._output(run_id, message.msg_type, content, message.parent_id)

    def _on_idle(self, run_id: str) -> None:
        failed = self._live.failure_of(run_id) is not None
        ended = self.queue.end_foreign(run_id, failed=failed, now=self._clock())
        self._settle(ended or self.queue.note_idle(run_id, self._clock()))
        running = self.queue.running
        if running is not None and running.id == run_id != self._replied[0]:
            self._grace.start(run_id)

    def _output(
        self, run_id: str, msg_type: str, content: dict[str, Any], parent_id: str = ""
    ) -> None:
        if self.queue.get(run_id) is None:
            return
        self._live.add(run_id, parent_id, msg_type, content)
        if msg_type == "error":
            self.queue.note_failure(run_id)
            self._live.add_frames(run_id)

    def _set_count(self, run_id: str, content: dict[str, Any]) -> None:
        count = content.get("execution_count")
        if isinstance(count, int) and (changed := self.queue.count(run_id, count)):
            self._publisher.runs_changed([changed])

    def _on_input(self, run_id: str, content: dict[str, Any]) -> None:
        prompt, password = str(content.get("prompt", "")), bool(content.get("password"))
        if changed := self.queue.request_input(run_id, prompt, password=password):
            self._publisher.runs_changed([changed])

    def _on_reply(self, run_id: str, content: dict[str, Any]) -> None:
        self._set_count(run_id, content)
        self._replied = run_id, content
        self._grace.cancel()  # Fetching an error's frames takes a request to the kernel.
        for page in pages(content):
            self._output(run_id, "display_data", {"data": page, "metadata": {}})
        left = next_input(content)
        if left is not None and (changed := self.queue.set_next_input(run_id, left)):
            self._publisher.runs_changed([changed])
        code, stopped = exit_code(content), run_id == self._interrupted and is_interrupt(content)
        if changed := self.queue.note_end(run_id, code, interrupted=stopped):
            self._publisher.runs_changed([changed])
        match content.get("status"):
            case "error" if code != 0:
                self._tasks.create_task(log_faults(self._fetch_frames(run_id)))
            case "ok" | "error":
                self._on_end(run_id, RunState.OK)
            case _:
                self._on_end(run_id, RunState.CANCELLED)

    async def _fetch_frames(self, run_id: str) -> None:
        """Add its location to the run's failure, then end the run."""
        kernel, run = self.kernel_manager.kernel, self.queue.get(run_id)
        if kernel is not None and run is not None:
            self._live.add_frames(run_id, await kernel.frames(run.message))
        self._on_end(run_id, RunState.ERROR)

    def _ensure_failure_output(self, run_id: str) -> None:
        """Add a failure that the kernel reported only in its reply, such as an exception group."""
        replied, content = self._replied
        if replied == run_id and self._live.failure_of(run_id) is None:
            self._output(run_id, "error", content)

    def _on_end(self, run_id: str, state: RunState) -> None:
        changed = self.queue.note_reply(run_id, state, self._clock())
        if changed:
            self._settle(changed)
        elif self.queue.running and self.queue.running.id == run_id:
            self._grace.start(run_id)
