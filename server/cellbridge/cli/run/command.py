"""``cellbridge run FILE``: from the file to the exit code.

Owns one script before a person's eyes: its outputs as they come, questions answered from the
keyboard, Ctrl-C. Several files are batch.py's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK
from cellbridge.cli.exit_handling import ended
from cellbridge.cli.run import batch, executed_notebook, report
from cellbridge.cli.run.execution import Execution, Watcher
from cellbridge.cli.run.follow import Progress, Viewer
from cellbridge.cli.run.input_lines import Keyboard
from cellbridge.cli.run.notebook_source import read
from cellbridge.cli.run.output_printer import Screen
from cellbridge.cli.run.progress import NoProgress, TerminalProgress, say_summary
from cellbridge.cli.run.report import Outcome
from cellbridge.cli.run.run_plan import Wish, plan_of
from cellbridge.core.output.escapes import label


def execute(wish: Wish) -> int:
    """Run the scripts and return the exit code; whatever went wrong has been said on stderr."""
    work = batch.run if len(wish.files) > 1 else _one
    try:
        return ended(lambda: asyncio.run(work(wish)))
    except asyncio.CancelledError:
        # The end of the process's only task: the second Ctrl-C, or one before anything ran.
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


async def _one(wish: Wish) -> int:
    """Run the only script; returns the exit code."""
    plan = plan_of(wish, read(wish.files[0]))
    to = (
        executed_notebook.own(plan.script)
        if wish.to is None
        else executed_notebook.target(wish.to, wish.files[0])
    )
    screen = Screen(sys.stdout, sys.stderr)

    def progress(titles: Sequence[str]) -> Progress:
        watched = screen.shows_progress
        return TerminalProgress(sys.stderr, screen, titles) if watched else NoProgress()

    execution = Execution(plan, wish, to, Watcher(Viewer(screen, Keyboard()), progress))
    task = asyncio.current_task()

    def interrupt() -> None:
        """Ctrl-C: interrupt the cell at first; for one who insists, end everything."""
        if execution.changes.interrupted and task is not None:
            task.cancel()
        execution.changes.interrupt()

    with _interruptible(interrupt):
        outcome = await execution.run()
    _say(screen, outcome)
    if wish.report is not None:
        report.write(wish.report, [outcome])
    return outcome.code


def _say(screen: Screen, outcome: Outcome) -> None:
    if outcome.code != OK:
        screen.fresh_line()
        print(label(outcome.problem), file=sys.stderr, flush=True)
    elif screen.shows_progress:
        say_summary(sys.stderr, outcome)


@contextlib.contextmanager
def _interruptible(on_interrupt: Callable[[], None]) -> Generator[None]:
    """Have Ctrl-C call ``on_interrupt`` instead of ending the process."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
