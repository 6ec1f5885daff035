"""One script run to its end, or to where it fails, in a session of its own.

Owns what happens in which order. What a person sees of it is the screen's and the progress's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK
from cellbridge.cli.run import executed_notebook
from cellbridge.cli.run.failure import failing_line, reason_of
from cellbridge.cli.run.follow import Changes, Follower, Progress, Viewer
from cellbridge.cli.run.parameters import put_into
from cellbridge.cli.run.private_session import Private
from cellbridge.cli.run.report import NOT_RUN, SKIPPED, CellOutcome, Outcome
from cellbridge.cli.run.run_plan import NOT_IN_SCRIPT, Plan, Wish
from cellbridge.core.output.outputs import Output
from cellbridge.core.output.preview import shorten
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.core.runs.runs import KernelState, Run, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.messages import Warm

_TITLE = 80
_RESUME = "; mend it and go on from there with --resume"


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who sees a script run, and answers it."""

    viewer: Viewer
    progress: Callable[[Sequence[str]], Progress]
    """Makes one for the titles of the cells that will run."""


class Execution:
    """One script's run."""

    def __init__(self, plan: Plan, wish: Wish, to: Path | None, watcher: Watcher) -> None:
        self.changes = Changes()
        self._plan, self._wish, self._to = plan, wish, to
        self._watcher = watcher
        self._runs: dict[int, str] = {}
        """The run of each request that was made, or was there already."""
        self._skipped = 0

    async def run(self) -> Outcome:
        """Run the script; returns what became of it.

        Raises:
            SessionError: its session could not be started, or broke off.
            CommandError: its notebook could not be written.
        """
        began = time.monotonic()
        plan = self._plan
        private = Private(plan.script.path, resumable=self._wish.resume)
        # Only a kernel that is asked whether it ran the first cells must not be a new one.
        fresh = bool(plan.requests) and not self._wish.resume
        first = Warm(plan.language, plan.kernel) if fresh else None
        outcome = await private.use(self.changes, self._script, first)
        return replace(outcome, seconds=time.monotonic() - began)

    async def _script(self, client: SessionClient) -> tuple[Outcome, bool]:
        """Run the script and keep its notebook; returns also whether the session can end."""
        plan = self._plan
        self._skipped = self._ran_before(client) if self._wish.resume else 0
        ended_by: Run | None = None
        requests = plan.requests[self._skipped :]
        if requests:
            run_ids = await client.execute(requests, kernel=plan.kernel, language=plan.language)
            for number, run_id in enumerate(run_ids, self._skipped):
                self._runs[number] = run_id
            expected = frozenset(
                run_id
                for run_id, request in zip(run_ids, requests, strict=True)
                if request.continue_on_error
            )
            progress = self._watcher.progress(plan.titles[self._skipped :])
            follower = Follower(client, self.changes, self._watcher.viewer, progress)
            ended_by = await follower.follow(run_ids, expected, self._wish.timeout)
        code, problem = (OK, "") if ended_by is None else self._explain(client, ended_by)
        kept = str(self._to) if self._to is not None else None
        outcome = Outcome(
            plan.script.given, code, cells=self._cells(client), problem=problem, notebook=kept
        )
        if self._to is not None:
            await self._keep(client, self._to)
        return outcome, code == OK

    def _ran_before(self, client: SessionClient) -> int:
        """Return how many of the first cells the session's kernel has run as they stand."""
        if client.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
            return 0
        known = sorted(client.runs.values(), key=lambda run: run.queued_at)
        latest = {run.cell_id: run for run in known if run.started_at is not None}
        for number, request in enumerate(self._plan.requests):
            run = latest.get(request.cell_id)
            failed_well = request.continue_on_error and run and run.state is RunState.ERROR
            if run is None or run.source != request.source:
                return number
            if run.state is not RunState.OK and not failed_well:
                return number
            self._runs[number] = run.id
        return len(self._plan.requests)

    def _explain(self, client: SessionClient, run: Run) -> tuple[int, str]:
        """Return the exit code and why the script ended at ``run``."""
        outputs = client.outputs.get(run.id, ())
        place = self._plan.place(run, failing_line(run, outputs))
        more = _RESUME if self._wish.resume else ""
        if self.changes.overtime:
            limit = f"{self._wish.timeout:g} s"
            return FAILED, f"{place}: the cell took longer than {limit} and was interrupted{more}"
        if self.changes.input_ended:
            return FAILED, f"{place}: it asked for input, but standard input has ended"
        if self.changes.interrupted:
            return INTERRUPTED, f"{place}: interrupted"
        if run.started_at is None and client.kernel.state is KernelState.DEAD:
            # The kernel did not start, so no line of the script is at fault.
            return FAILED, client.kernel.message
        return FAILED, f"{place}: {reason_of(run, outputs)}{more}"

    def _cells(self, client: SessionClient) -> list[CellOutcome]:
        made: list[CellOutcome] = []
        for number, request in enumerate(self._plan.requests):
            title = shorten(self._plan.titles[number], _TITLE)
            cell = CellOutcome(title, request.origin.line + 1)
            run = client.runs.get(self._runs.get(number, ""))
            if number < self._skipped:
                cell = replace(cell, state=SKIPPED)
            elif run is not None and run.started_at is not None:
                cell = replace(cell, state=run.state.value, seconds=run.duration, count=run.count)
            made.append(replace(cell, state=cell.state or NOT_RUN))
        return made

    async def _keep(self, client: SessionClient, to: Path) -> None:
        """Write the notebook as far as it was executed."""
        plan, executed = self._plan, dict[int, ExecutedCell]()
        for number, run_id in self._runs.items():
            run = client.runs.get(run_id)
            if run is not None and run.started_at is not None:
                outputs: Sequence[Output] = await client.fetch_outputs(run_id)
                executed[plan.indexes[number]] = ExecutedCell(outputs, run.count)
        made = executed_notebook.made(
            plan.script, executed, plan.label, chosen=self._wish.kernel is not None
        )
        if plan.injected is not None:
            mine = executed.get(NOT_IN_SCRIPT)
            put_into(made["cells"], plan.injected, mine.count if mine else None)
        await asyncio.to_thread(executed_notebook.write, to, made, plan.script)
