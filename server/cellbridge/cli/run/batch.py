"""``cellbridge run FILE FILE ...``: many scripts, some at the same time.

Owns who runs when, and the line that a person reads of each. Outputs are not shown: they are in the
notebooks that ``--to`` keeps. A script that fails keeps none of the others from running.
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

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK, SENSELESS, CommandError
from cellbridge.cli.run import executed_notebook, report
from cellbridge.cli.run.execution import Execution, Watcher
from cellbridge.cli.run.follow import Progress, Viewer
from cellbridge.cli.run.input_lines import NoKeyboard
from cellbridge.cli.run.notebook_source import read
from cellbridge.cli.run.output_printer import Screen
from cellbridge.cli.run.report import Outcome
from cellbridge.cli.run.run_plan import Plan, Wish, plan_of
from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import Run
from cellbridge.session.errors import SessionError


async def run(wish: Wish) -> int:
    """Run all files and return the exit code; each has been told of on stderr.

    Raises:
        CommandError: one of the files makes no sense; then none is run.
    """
    plans = [plan_of(wish, read(file)) for file in wish.files]
    targets = _targets(wish) or [executed_notebook.own(plan.script) for plan in plans]
    began = time.monotonic()
    console = Console(stderr=True, highlight=False)
    # Bars are for eyes: in a pipe only the lines of ended files are written.
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
        outcomes = await _Room(wish, bars, console).run(plans, targets)
    _sum_up(console, outcomes, time.monotonic() - began)
    if wish.report is not None:
        report.write(wish.report, outcomes)
    codes = {outcome.code for outcome in outcomes}
    return next((code for code in (INTERRUPTED, SENSELESS, FAILED) if code in codes), OK)


def _targets(wish: Wish) -> list[Path]:
    if wish.to is None:
        return []
    names = [file.stem for file in wish.files]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise CommandError(
            f"Two of the files are called {double}, and their notebooks would be too; "
            "run them one after the other."
        )
    return [executed_notebook.target_in(wish.to, file) for file in wish.files]


class _Room:
    """Where a few scripts run at the same time."""

    def __init__(self, wish: Wish, bars: Bars, console: Console) -> None:
        self._wish, self._bars, self._console = wish, bars, console
        self._places = asyncio.Semaphore(max(1, wish.jobs))
        self._running: set[Execution] = set()
        self._interrupted = False
        self._noticed: set[str] = set()

    async def run(self, plans: Sequence[Plan], targets: Sequence[Path | None]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            async with asyncio.TaskGroup() as tasks:
                runs = [
                    tasks.create_task(self._one(plan, target))
                    for plan, target in zip(plans, targets, strict=True)
                ]
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        return [each.result() for each in runs]

    def _interrupt(self) -> None:
        """Ctrl-C: what runs is interrupted, what waits does not begin."""
        self._interrupted = True
        for execution in self._running:
            execution.changes.interrupt()

    async def _one(self, plan: Plan, target: Path | None) -> Outcome:
        async with self._places:
            given = plan.script.given
            if self._interrupted:
                return Outcome(given, INTERRUPTED, problem=f"{given}: not run")
            task = self._bars.add_task(given, total=len(plan.requests))
            nowhere = _Nowhere()
            viewer = Viewer(Screen(nowhere, nowhere), NoKeyboard(), self._noticed)
            watcher = Watcher(viewer, lambda _: _Bar(self._bars, task))
            execution = Execution(plan, self._wish, target, watcher)
            self._running.add(execution)
            try:
                outcome = await execution.run()
            except (SessionError, CommandError) as error:
                outcome = Outcome(given, FAILED, problem=str(error))
            finally:
                self._running.discard(execution)
                with contextlib.suppress(KeyError):
                    self._bars.remove_task(task)
            self._tell(outcome)
            return outcome

    def _tell(self, outcome: Outcome) -> None:
        if outcome.code == OK:
            plural = "" if outcome.ran == 1 else "s"
            took = units.duration(outcome.seconds)
            text = f"{label(str(outcome.file))}  {outcome.ran} cell{plural} in {took}"
            line = Text.assemble(("✓ ", "green"), text)
            if outcome.notebook is not None:
                line.append(f", kept in {outcome.notebook}", "dim")
        else:
            line = Text.assemble(("✗ ", "red"), label(outcome.problem))
        self._console.print(line, soft_wrap=True)


class _Nowhere(io.StringIO):
    """Takes what is written and keeps nothing of it."""

    def write(self, text: str, /) -> int:
        """Forget a text."""
        return len(text)


class _Bar(Progress):
    """One script's cells, as a bar."""

    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def started(self, number: int) -> None:
        """See `cellbridge.cli.run.follow.Progress`."""

    def ended(self, run: Run) -> None:  # noqa: ARG002  # see Progress
        """See `cellbridge.cli.run.follow.Progress`."""
        self._bars.advance(self._task)


def _sum_up(console: Console, outcomes: Sequence[Outcome], duration: float) -> None:
    failed = sum(outcome.code != OK for outcome in outcomes)
    text = f"{len(outcomes)} files in {units.duration(duration)}"
    console.print(text + (f", {failed} failed" if failed else ""), style="dim")
