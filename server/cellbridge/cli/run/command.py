"""``cellbridge run FILE``: one script, with its outputs on the terminal.

Owns the interaction with the user: outputs, input from the keyboard, and Ctrl-C. batch.py runs
several files.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence

from cellbridge.cli.errors import FAILED, INTERRUPTED, OK
from cellbridge.cli.exit_handling import run_command
from cellbridge.cli.run import executed_notebook, report
from cellbridge.cli.run.execution import Execution, Watcher
from cellbridge.cli.run.follow import NoProgress, Progress, Viewer
from cellbridge.cli.run.input_lines import Keyboard
from cellbridge.cli.run.notebook_source import read
from cellbridge.cli.run.report import Outcome
from cellbridge.cli.run.run_plan import RunOptions, plan_of
from cellbridge.core.output.escapes import label
from cellbridge.workspace.output_printer import Screen


def execute(options: RunOptions) -> int:
    """Run the scripts and return the exit code. Errors are printed to stderr."""
    try:
        return run_command(lambda: asyncio.run(_run(options)))
    except asyncio.CancelledError:
        # The end of the process's only task: the second Ctrl-C, or one before anything ran.
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed the pipe. Python would report this again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


async def _run(options: RunOptions) -> int:
    if len(options.files) == 1:
        return await _run_one(options)
    from cellbridge.cli.run import batch  # noqa: PLC0415  # rich is slow to import

    return await batch.run(options)


async def _run_one(options: RunOptions) -> int:
    """Run the only script; return the exit code."""
    plan = plan_of(options, read(options.files[0]))
    to = (
        executed_notebook.own(plan.script)
        if options.to is None
        else executed_notebook.target(options.to, options.files[0])
    )
    screen = Screen(sys.stdout, sys.stderr)

    def progress(titles: Sequence[str]) -> Progress:
        if not screen.shows_progress:
            return NoProgress()
        from cellbridge.cli.run.progress import TerminalProgress  # noqa: PLC0415  # as above

        return TerminalProgress(sys.stderr, screen, titles)

    execution = Execution(plan, options, to, Watcher(Viewer(screen, Keyboard()), progress))
    task = asyncio.current_task()

    def interrupt() -> None:
        """Interrupt the cell at the first Ctrl-C, and end everything at the second."""
        if execution.changes.interrupted and task is not None:
            task.cancel()
        execution.changes.interrupt()

    with _handle_interrupts(interrupt):
        outcome = await execution.run()
    _print_outcome(screen, outcome)
    if options.report is not None:
        report.write(options.report, [outcome])
    return outcome.code


def _print_outcome(screen: Screen, outcome: Outcome) -> None:
    if said := outcome.problem or outcome.notice:
        screen.fresh_line()
        print(label(said), file=sys.stderr, flush=True)
    if outcome.code == OK and screen.shows_progress:
        from cellbridge.cli.run.progress import print_summary  # noqa: PLC0415  # as above

        print_summary(sys.stderr, outcome)


@contextlib.contextmanager
def _handle_interrupts(on_interrupt: Callable[[], None]) -> Generator[None]:
    """Call ``on_interrupt`` at Ctrl-C instead of ending the process."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
