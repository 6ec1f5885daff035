"""One execution of a script, to its end or its first failure, in a session of its own.

Owns the order of the steps. output_printer.py and progress.py own the text on the terminal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK
from cellbridge.cli.run import executed_notebook
from cellbridge.cli.run.failure import exit_reason, failing_line, reason_of
from cellbridge.cli.run.follow import Changes, Follower, Progress, Viewer
from cellbridge.cli.run.parameters import insert_into
from cellbridge.cli.run.private_session import PrivateSession
from cellbridge.cli.run.report import NOT_RUN, SKIPPED, CellOutcome, Outcome
from cellbridge.cli.run.run_plan import NOT_IN_SCRIPT, Plan, RunOptions
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.output.outputs import Output
from cellbridge.core.output.preview import shorten
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.core.python.same_code import is_same_code
from cellbridge.core.runs.runs import KernelState, Run, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.messages import Warm

_TITLE = 80
_RESUME = "; fix it and continue from there with --resume"


@dataclass(frozen=True, slots=True)
class Watcher:
    """The user's view of a run, and the source of input."""

    viewer: Viewer
    progress: Callable[[Sequence[str]], Progress]
    """Creates the progress display for the titles of the cells that will run."""


class Execution:
    """One execution of a script."""

    def __init__(self, plan: Plan, options: RunOptions, to: Path | None, watcher: Watcher) -> None:
        self.changes = Changes()
        self._plan, self._options, self._to = plan, options, to
        self._watcher = watcher
        self._runs: dict[int, str] = {}
        """The run of each request: a new run, or an existing one."""
        self._skipped = 0

    async def run(self) -> Outcome:
        """Run the script; return the outcome.

        Raises:
            SessionError: the session could not be started, or was lost.
            CommandError: the notebook could not be written.
        """
        began = time.monotonic()
        plan = self._plan
        private = PrivateSession(plan.script.path, resumable=self._options.resume)
        # With --resume, the kernel must be the one that has run the first cells.
        fresh = bool(plan.requests) and not self._options.resume
        first = Warm(plan.language, plan.kernel) if fresh else None
        outcome = await private.use(self.changes, self._run_script, first)
        return replace(outcome, seconds=time.monotonic() - began)

    async def _run_script(self, client: SessionClient) -> tuple[Outcome, bool]:
        """Run the script and write its notebook; return also whether the session can end."""
        plan = self._plan
        self._skipped = self._count_finished(client) if self._options.resume else 0
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
            ended_by = await follower.follow(run_ids, expected, self._options.timeout)
        code, problem = (OK, "") if ended_by is None else self._explain(client, ended_by)
        kept = str(self._to) if self._to is not None else None
        outcome = Outcome(
            plan.script.given,
            code,
            cells=self._cells(client),
            problem=problem if code != OK else "",
            notice=problem if code == OK else "",
            notebook=kept,
        )
        if self._to is not None:
            await self._write_notebook(client, self._to)
        return outcome, code == OK

    def _count_finished(self, client: SessionClient) -> int:
        """Return the number of first cells that the kernel has run in their current form.

        A change of a comment is no other form: no cell runs again for it.
        """
        if client.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
            return 0
        is_python = self._plan.language == PYTHON.name
        known = sorted(client.runs.values(), key=lambda run: run.queued_at)
        latest = {run.cell_id: run for run in known if run.started_at is not None}
        for number, request in enumerate(self._plan.requests):
            run = latest.get(request.cell_id)
            failed_well = request.continue_on_error and run and run.state is RunState.ERROR
            if run is None or not is_same_code(run.source, request.source, python=is_python):
                return number
            if run.state is not RunState.OK and not failed_well:
                return number
            self._runs[number] = run.id
        return len(self._plan.requests)

    def _explain(self, client: SessionClient, run: Run) -> tuple[int, str]:
        """Return the exit code, and the reason why the script ended at ``run``."""
        outputs = client.outputs.get(run.id, ())
        place = self._plan.place(run, failing_line(run, outputs))
        more = _RESUME if self._options.resume else ""
        if run.exit_code is not None and not (self.changes.timed_out or self.changes.input_ended):
            left = sum(cell.state == NOT_RUN for cell in self._cells(client))
            reason = exit_reason(run, outputs, left)
            more = more if run.exit_code else ""
            return run.exit_code, f"{place}: {reason}{more}" if reason else ""
        if self.changes.timed_out:
            limit = f"{self._options.timeout:g} s"
            return FAILED, f"{place}: the cell took longer than {limit} and was interrupted{more}"
        if self.changes.input_ended:
            return FAILED, f"{place}: the cell requested input, but standard input has ended"
        if self.changes.interrupted:
            return INTERRUPTED, f"{place}: interrupted"
        if run.started_at is None and client.kernel.state is KernelState.DEAD:
            # The kernel did not start, so no line of the script is the cause.
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

    async def _write_notebook(self, client: SessionClient, to: Path) -> None:
        """Write the notebook with the cells that were executed."""
        plan, executed = self._plan, dict[int, ExecutedCell]()
        for number, run_id in self._runs.items():
            run = client.runs.get(run_id)
            if run is not None and run.started_at is not None:
                outputs: Sequence[Output] = await client.fetch_outputs(run_id)
                executed[plan.indexes[number]] = ExecutedCell(outputs, run.count)
        made = executed_notebook.made(
            plan.script, executed, plan.label, chosen=self._options.kernel is not None
        )
        if plan.injected is not None:
            mine = executed.get(NOT_IN_SCRIPT)
            insert_into(made["cells"], plan.injected, mine.count if mine else None)
        await asyncio.to_thread(executed_notebook.write, to, made, plan.script)
