"""``cellbridge run FILE FILE ...``: several scripts, some at the same time.

Owns the schedule, and the line that is printed for each script. Outputs are not shown: they are in
the notebooks that ``--to`` writes. A script that fails does not stop the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK, CommandError
from cellbridge.cli.run import executed_notebook, report
from cellbridge.cli.run.execution import Execution, Watcher
from cellbridge.cli.run.follow import Progress, Viewer
from cellbridge.cli.run.input_lines import NoInput
from cellbridge.cli.run.notebook_source import read
from cellbridge.cli.run.report import Outcome
from cellbridge.cli.run.run_plan import Plan, RunOptions, plan_of
from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import Run
from cellbridge.session.errors import SessionError
from cellbridge.workspace.output_printer import Screen


async def run(options: RunOptions) -> int:
    """Run all files and return the exit code. Each result is printed to stderr.

    Raises:
        CommandError: one of the files is invalid; then none is run.
    """
    plans = [plan_of(options, read(file)) for file in options.files]
    targets = _targets(options) or [executed_notebook.own(plan.script) for plan in plans]
    began = time.monotonic()
    console = Console(stderr=True, highlight=False)
    # Bars are for terminals. In a pipe, only the lines of finished files are written.
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        outcomes = await _Batch(options, bars, console).run(plans, targets)
    _print_summary(console, outcomes, time.monotonic() - began)
    if options.report is not None:
        report.write(options.report, outcomes)
    return _exit_code({outcome.code for outcome in outcomes})


def _exit_code(codes: set[int]) -> int:
    """Return the exit code for files with these codes; if several differ, that of a failure."""
    failed = codes - {OK}
    if INTERRUPTED in failed or not failed:
        return INTERRUPTED if failed else OK
    return failed.pop() if len(failed) == 1 else FAILED


def _targets(options: RunOptions) -> list[Path]:
    if options.to is None:
        return []
    names = [file.stem for file in options.files]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise CommandError(
            f"Two of the files are named {double}, and so would be their notebooks; "
            "run them one after the other."
        )
    return [executed_notebook.target_in(options.to, file) for file in options.files]


class _Batch:
    """A few scripts that run at the same time."""

    def __init__(self, options: RunOptions, bars: Bars, console: Console) -> None:
        self._options, self._bars, self._console = options, bars, console
        self._slots = asyncio.Semaphore(max(1, options.jobs))
        self._running: set[Execution] = set()
        self._interrupted = False
        self._printed_notices: set[str] = set()

    async def run(self, plans: Sequence[Plan], targets: Sequence[Path | None]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            async with asyncio.TaskGroup() as tasks:
                runs = [
                    tasks.create_task(self._run_one(plan, target))
                    for plan, target in zip(plans, targets, strict=True)
                ]
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        return [each.result() for each in runs]

    def _interrupt(self) -> None:
        """Interrupt the running scripts and start no more of them, after Ctrl-C."""
        self._interrupted = True
        for execution in self._running:
            execution.changes.interrupt()

    async def _run_one(self, plan: Plan, target: Path | None) -> Outcome:
        async with self._slots:
            given = plan.script.given
            if self._interrupted:
                return Outcome(given, INTERRUPTED, problem=f"{given}: not run")
            task = self._bars.add_task(given, total=len(plan.requests))
            null = _NullStream()
            viewer = Viewer(Screen(null, null), NoInput(), self._printed_notices)
            watcher = Watcher(viewer, lambda _: _Bar(self._bars, task))
            execution = Execution(plan, self._options, target, watcher)
            self._running.add(execution)
            try:
                outcome = await execution.run()
            except (SessionError, CommandError) as error:
                outcome = Outcome(given, FAILED, problem=str(error))
            finally:
                self._running.discard(execution)
                with contextlib.suppress(KeyError):
                    self._bars.remove_task(task)
            self._print_outcome(outcome)
            return outcome

    def _print_outcome(self, outcome: Outcome) -> None:
        if outcome.code == OK:
            plural = "" if outcome.ran == 1 else "s"
            took = units.duration(outcome.seconds)
            text = f"{label(str(outcome.file))}  {outcome.ran} cell{plural} in {took}"
            line = Text.assemble(("✓ ", "green"), text)
            if outcome.notebook is not None:
                line.append(f", saved in {outcome.notebook}", "dim")
            if outcome.notice:
                line.append(f"\n  {label(outcome.notice)}", "dim")
        else:
            line = Text.assemble(("✗ ", "red"), label(outcome.problem))
        self._console.print(line, soft_wrap=True)


class _NullStream(io.StringIO):
    """A stream that discards all text."""

    def write(self, text: str, /) -> int:
        """Discard a text."""
        return len(text)


class _Bar(Progress):
    """The progress of one script as a bar."""

    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def started(self, number: int) -> None:
        """See `cellbridge.cli.run.follow.Progress`."""

    def ended(self, run: Run) -> None:  # noqa: ARG002  # see Progress
        """See `cellbridge.cli.run.follow.Progress`."""
        self._bars.advance(self._task)


def _print_summary(console: Console, outcomes: Sequence[Outcome], duration: float) -> None:
    failed = sum(outcome.code != OK for outcome in outcomes)
    text = f"{len(outcomes)} files in {units.duration(duration)}"
    console.print(text + (f", {failed} failed" if failed else ""), style="dim")
