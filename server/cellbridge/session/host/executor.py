# Size: one table of who acts on a run, whether a client, the kernel or the keeper has spoken.
"""The session's runs: their queue, and the way of every kernel message to the run that caused it.

Owns the queue and which run a kernel message belongs to. It must not know how a kernel is started
or ended (kernel_manager.py), clients, sockets or the store; it tells the publisher.

Invariant: an output reaches the run whose message id it carries as parent, and no other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cellbridge.core.output.output_reducer import display_id_of
from cellbridge.core.output.outputs import Display, Failure
from cellbridge.core.output.payloads import next_input, pages
from cellbridge.core.runs.queue import RunQueue
from cellbridge.core.runs.runs import Frame, KernelStatus, Run, RunRequest, RunState
from cellbridge.core.runs.start_options import Startup
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.process.kernel_records import adoptable
from cellbridge.kernel.process.orphans import clear
from cellbridge.session.errors import SessionError
from cellbridge.session.host.adoption import (
    display_ids,
    going_on,
    known_outcome,
    outcome_of,
    question_of,
)
from cellbridge.session.host.crash_guard import guarded
from cellbridge.session.host.interrupt_escalation import Ladder
from cellbridge.session.host.kernel_manager import Keeper
from cellbridge.session.host.launch_report import FirstKernel
from cellbridge.session.host.limiter import Limiter
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.variable_saver import Saver
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location
from cellbridge.session.messages import RunView

GRACE = 2.0
"""Seconds without any output after which a run counts as over that was replied to without an idle,
or the other way round: an interrupt that meets a kernel as it begins or ends a cell costs it the
reply."""
FOREIGN_KEPT = 20
"""Ended runs of other clients of the kernel that are kept."""

log = logging.getLogger(__name__)


class Executor:
    """Runs a session's queue in its kernel; the keeper's follower."""

    def __init__(
        self,
        publisher: Publisher,
        tasks: asyncio.TaskGroup,
        plan: HostPlan,
        location: Location,
        clock: Callable[[], float],
    ) -> None:
        self.queue = RunQueue()
        self.keeper = Keeper(self, tasks, plan, location)
        self._directories = location.records, location.kernel
        self._ladder = Ladder(self.keeper, tasks)
        self.saver = Saver(self.keeper, self.queue, location.variables, location.variables_part)
        self.limiter = Limiter(self, tasks, clock)
        self._publisher = publisher
        self._tasks = tasks
        self._clock = clock
        self._run_of: dict[str, str] = {}
        self._displays: dict[str, set[str]] = {}
        self._frames: tuple[str, tuple[Frame, ...]] = "", ()
        self._replied: tuple[str, dict[str, Any]] = "", {}
        """The run whose reply came last, and what it said."""
        self._grace: asyncio.TimerHandle | None = None

    async def resume(self, runs: Sequence[Run]) -> None:
        """Take in the runs of an earlier host, and go on with its kernel where that still lives."""
        left = adoptable(*self._directories)
        clear(*self._directories, keep=left)
        going = going_on(runs) if left else None
        if going is not None:
            # Before the kernel is listened to, so that nothing it says is anybody else's.
            self._run_of[going.message] = going.id
        self._restore(runs, still_running=going.id if going else "")
        if left is None:
            self.saver.clean()
            return
        if not await self.keeper.adopt(left, going.message if going else ""):
            self.kernel_lost("The session's process and its kernel ended while this cell ran.")
        elif going is not None:
            if going.waiting is not None and self.keeper.kernel is not None:
                # At once: a client may answer before the kernel has been asked what it waits for.
                self.keeper.kernel.expect_input()
            self._tasks.create_task(guarded(self._see_to_the_end_of(going)))

    def begin(self, runs: Sequence[Run], first: FirstKernel, startup: Startup) -> None:
        """Take in the runs of an earlier host; a new kernel's process has been started already."""
        self._restore(runs)
        self.saver.clean()
        self.limiter.give(startup.limits)
        self.keeper.ensure(first.spec, startup, first.take())

    def _restore(self, runs: Sequence[Run], still_running: str = "") -> None:
        changed = self.queue.restore(runs, self._clock(), still_running=still_running)
        self._publisher.runs_changed(changed)
        for run in runs:
            for display_id in display_ids(self._publisher.outputs_of(run.id).outputs):
                self._displays.setdefault(display_id, set()).add(run.id)

    def found(self, views: Sequence[RunView]) -> None:
        """Take in stored runs that could not be read when the host started."""
        self._publisher.add_stored(views)
        self._publisher.runs_changed(
            self.queue.restore_older([view.run for view in views], self._clock())
        )
        gone = self.queue.outdated()
        self.queue.forget(gone)
        self._publisher.forget(gone)

    async def _see_to_the_end_of(self, run: Run) -> None:
        """End an adopted run even if the kernel said that it was over when nobody listened."""
        kernel = self.keeper.kernel
        if kernel is None:
            return
        try:
            asked = await question_of(kernel, run)
            if asked is None:
                changed = self.queue.note_input_sent(run.id)
            else:
                kernel.expect_input()
                prompt, password = asked
                changed = (
                    None
                    if run.waiting
                    else self.queue.request_input(run.id, prompt, password=password)
                )
            if changed:
                self._publisher.runs_changed([changed])
            state, note = await outcome_of(kernel, run)
        except KernelError:
            return  # It has ended, and the keeper says so.
        if self._replied[0] != run.id:
            self._settle(self.queue.conclude(run.id, state, note, self._clock()))

    # --- what clients ask for ---------------------------------------------------------------------

    def warm(self, kernel: str | None, language: str, startup: Startup) -> None:
        """Start a kernel where there is none.

        Raises:
            KernelError: there is no such kernel.
        """
        self.limiter.give(startup.limits)
        if self.keeper.kernel is None:
            self.keeper.ensure(find(kernel, language), startup)

    def execute(self, requests: Sequence[RunRequest], client: str) -> list[str]:
        """Queue runs and return their ids; they begin as soon as there is a kernel."""
        now = self._clock()
        runs = [self.queue.add(secrets.token_hex(8), request, client, now) for request in requests]
        self._publisher.runs_changed(runs)
        self._pump()
        return [run.id for run in runs]

    def cancel(self, run_ids: Sequence[str]) -> None:
        """Take runs from the queue."""
        self._publisher.runs_changed(self.queue.cancel(run_ids, self._clock()))

    def interrupt(self) -> None:
        """Empty the queue and stop the running cell, by stronger and stronger means."""
        self._publisher.runs_changed(self.queue.empty_for_interrupt(self._clock()))
        if self.queue.running is not None:
            self._ladder.climb()
        elif self.saver.busy and self.keeper.kernel is not None:
            self._tasks.create_task(guarded(self.keeper.kernel.interrupt()))

    async def restart(self, kernel: str | None, language: str, startup: Startup) -> None:
        """Replace the kernel by a new one; what ran is lost, what waited is cancelled.

        Raises:
            KernelError: there is no such kernel.
            SessionError: it does not start.
        """
        self.limiter.give(startup.limits)
        await self.keeper.restart(find(kernel, language), startup)

    async def stop(self) -> None:
        """End the kernel and the queue."""
        self._publisher.runs_changed(self.queue.cancel_all(self._clock()))
        await self.keeper.stop()

    def answer_input(self, run_id: str, text: str) -> None:
        """Give the running cell the line that it waits for.

        Raises:
            SessionError: it does not wait for one.
        """
        run = self.queue.get(run_id)
        if self.keeper.kernel is None or run is None or run.waiting is None:
            raise SessionError("No cell is waiting for input; nothing was sent.")
        self.keeper.kernel.answer_input(text)
        if changed := self.queue.note_input_sent(run_id):
            self._publisher.runs_changed([changed])

    # --- what the limiter asks for ----------------------------------------------------------------

    def running(self) -> tuple[Run, int] | None:
        """See `cellbridge.session.host.limiter.Runner`."""
        run, kernel = self.queue.running, self.keeper.kernel
        return (run, kernel.pid) if run is not None and kernel is not None else None

    def idle(self) -> int:
        """Return the process id of a kernel that runs nothing; 0 where there is none."""
        kernel = self.keeper.kernel
        return kernel.pid if kernel is not None and self.queue.running is None else 0

    def stop_running(self, why: str) -> None:
        """Interrupt the running cell, and say why."""
        if self.queue.running is not None and (
            changed := self.queue.note_reason(self.queue.running.id, why)
        ):
            self._publisher.runs_changed([changed])
            self.keeper.say(why)
            self.interrupt()

    async def end_kernel(self, why: str) -> None:
        """End the kernel at once, and say why."""
        if self.queue.running is not None:
            self.queue.note_reason(self.queue.running.id, "")  # `kernel_lost` says it all.
        await self.keeper.end(why)

    # --- what the keeper says ---------------------------------------------------------------------

    def kernel_ready(self) -> None:
        """Run what waits."""
        self._run_of.clear()
        self._displays.clear()
        self._pump()

    def kernel_lost(self, note: str) -> None:
        """Nothing runs any more, and what waited is not to run by itself in another kernel."""
        self._settle(self.queue.lose_running(note, self._clock()))

    def status_changed(self, status: KernelStatus, notices: list[str]) -> None:
        """Tell everyone."""
        self._publisher.kernel_changed(status, notices)

    # --- one run after the other ------------------------------------------------------------------

    def _pump(self) -> None:
        kernel = self.keeper.kernel
        if kernel is None:
            return
        run = self.queue.start_next(self._clock())
        if run is None:
            self.keeper.working(busy=self.queue.running is not None)
            return
        gone = self.queue.superseded(run)
        self.queue.forget(gone)
        self._publisher.forget(gone)
        self.keeper.working(busy=True)
        try:
            message_id = kernel.execute(
                run.source,
                cell_id=run.cell_id,
                origin=run.origin,
                stop_on_error=not self.queue.continues_after(run.id),
            )
        except KernelError:
            # The process has just gone; `kernel_lost` is under way and ends the run.
            message_id = ""
        self._run_of[message_id] = run.id
        self.limiter.watch()
        self._publisher.runs_changed([self.queue.note_sent(run.id, message_id)])

    def _settle(self, changed: Sequence[Run]) -> None:
        for run in changed:
            if run.state is RunState.ERROR:
                self._see_to_a_failure(run.id)
        self._publisher.runs_changed(changed)
        if self.queue.running is None:
            self._ladder.leave()
            self._await_no_more()
        if any(run.state.final for run in changed):
            self._pump()

    def _give_up(self, run_id: str) -> None:
        log.warning("Of reply and idle of run %s only one came", run_id)
        self._tasks.create_task(guarded(self._end_half_heard(run_id)))

    async def _end_half_heard(self, run_id: str) -> None:
        """End a run whose reply or idle is lost; how, the kernel may know where the reply is."""
        kernel, run = self.keeper.kernel, self.queue.get(run_id)
        if kernel is not None and run is not None and self._replied[0] != run_id:
            outcome = await known_outcome(kernel, run)
            if outcome is not None:
                self._settle(self.queue.conclude(run_id, outcome, "", self._clock()))
        self._settle(self.queue.give_up(run_id, self._clock()))

    def _await_rest(self, run_id: str) -> None:
        """(Re)start the time after which a run counts as over that is half over."""
        self._await_no_more()
        loop = asyncio.get_running_loop()
        self._grace = loop.call_later(GRACE, self._give_up, run_id)

    def _await_no_more(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    # --- what the kernel says ---------------------------------------------------------------------

    def on_messages(self, batch: Sequence[Message]) -> None:
        """Take in what the kernel has said since the last call."""
        for message in batch:
            run_id = self._run_of.get(message.parent_id)
            if message.lost or message.unreadable:
                self._on_missing(run_id, message)
            if run_id is None:
                self._on_foreign(message)
            elif message.channel == "iopub":
                self._on_iopub(run_id, message)
            elif message.msg_type == "execute_reply":
                self._on_reply(run_id, message.content)
            elif message.msg_type == "input_request":
                self._on_input(run_id, message.content)

    def _on_missing(self, run_id: str | None, message: Message) -> None:
        """Mark the run that something is missing of: whoever ran, or speaks, after the gap."""
        unreadable = int(message.unreadable and message.channel != "control")
        if message.lost:
            log.warning("%d messages of the kernel never came", message.lost)
        ran = self.queue.running.id if self.queue.running else run_id
        if ran is not None and (changed := self.queue.note_missing(ran, message.lost, unreadable)):
            self._publisher.runs_changed([changed])

    def _on_foreign(self, message: Message) -> None:
        """Take in a message that no run of ours has caused: another client's may begin."""
        if message.msg_type != "execute_input":
            return
        run_id = secrets.token_hex(8)
        self._run_of[message.parent_id] = run_id
        source = str(message.content.get("code", ""))
        self._publisher.runs_changed([self.queue.begin_foreign(run_id, source, self._clock())])
        gone = self.queue.foreign_beyond(FOREIGN_KEPT)
        self.queue.forget(gone)
        self._publisher.forget(gone)
        self._note_count(run_id, message.content)

    def _on_iopub(self, run_id: str, message: Message) -> None:
        if self._grace is not None and self.queue.running and self.queue.running.id == run_id:
            self._await_rest(run_id)
        content = message.content
        match message.msg_type:
            case "status":
                if content.get("execution_state") == "idle":
                    self._on_idle(run_id)
            case "execute_input":
                self._note_count(run_id, content)
            case "update_display_data":
                self._update_display(content)
            case _:
                self._output(run_id, message.msg_type, content)

    def _on_idle(self, run_id: str) -> None:
        failed = any(
            isinstance(output, Failure) for output in self._publisher.outputs_of(run_id).outputs
        )
        ended = self.queue.end_foreign(run_id, failed=failed, now=self._clock())
        self._settle(ended or self.queue.note_idle(run_id, self._clock()))
        running = self.queue.running
        if running is not None and running.id == run_id != self._replied[0]:
            self._await_rest(run_id)

    def _output(self, run_id: str, msg_type: str, content: dict[str, Any]) -> None:
        if self.queue.get(run_id) is None:
            return
        ops = list(self._publisher.outputs_of(run_id).apply(msg_type, content))
        self._publisher.outputs_changed(run_id, ops)
        if msg_type == "error":
            self._place_failure(run_id)
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
        prompt, password = str(content.get("prompt", "")), bool(content.get("password"))
        if changed := self.queue.request_input(run_id, prompt, password=password):
            self._publisher.runs_changed([changed])

    def _on_reply(self, run_id: str, content: dict[str, Any]) -> None:
        self._note_count(run_id, content)
        self._replied = run_id, content
        self._await_no_more()  # To explain an error takes a question to the kernel.
        for page in pages(content):
            self._output(run_id, "display_data", {"data": page, "metadata": {}})
        left = next_input(content)
        if left is not None and (changed := self.queue.set_next_input(run_id, left)):
            self._publisher.runs_changed([changed])
        match content.get("status"):
            case "ok":
                self._on_end(run_id, RunState.OK)
            case "error":
                self._tasks.create_task(guarded(self._explain(run_id)))
            case _:
                self._on_end(run_id, RunState.CANCELLED)

    async def _explain(self, run_id: str) -> None:
        """Add to the run's failure where it happened, then end the run."""
        kernel, run = self.keeper.kernel, self.queue.get(run_id)
        if kernel is not None and run is not None:
            self._frames = run_id, await kernel.frames(run.message)
            self._place_failure(run_id)
        self._on_end(run_id, RunState.ERROR)

    def _see_to_a_failure(self, run_id: str) -> None:
        """Make the failure that the kernel reported in its reply only, as for exception groups."""
        replied, content = self._replied
        outputs = self._publisher.outputs_of(run_id).outputs
        if replied == run_id and not any(isinstance(output, Failure) for output in outputs):
            self._output(run_id, "error", content)

    def _place_failure(self, run_id: str) -> None:
        """Put the frames into the run's failure. They and it come by two channels, in any order."""
        known_of, frames = self._frames
        outputs = self._publisher.outputs_of(run_id)
        failure = next((o for o in reversed(outputs.outputs) if isinstance(o, Failure)), None)
        if known_of == run_id and frames and failure is not None:
            placed = msgspec.structs.replace(failure, frames=frames)
            self._publisher.outputs_changed(run_id, list(outputs.with_frames(placed)))

    def _on_end(self, run_id: str, state: RunState) -> None:
        changed = self.queue.note_reply(run_id, state, self._clock())
        if changed:
            self._settle(changed)
        elif self.queue.running and self.queue.running.id == run_id:
            self._await_rest(run_id)
