"""``cellbridge run FILE``: from the file to the exit code.

Owns what happens in which order. A run has a session of its own that ends with it: a fresh kernel,
not the one an editor may have on the same file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from cellbridge.cli import script as scripts
from cellbridge.cli.errors import FAILED, INTERRUPTED, OK, CommandError
from cellbridge.cli.run import keep
from cellbridge.cli.run.failure import failing_line, reason_of
from cellbridge.cli.run.follow import Changes, Follower
from cellbridge.cli.run.plan import Plan, Wish, plan_of
from cellbridge.cli.run.private import in_private_session
from cellbridge.cli.run.progress import NoProgress, TerminalProgress
from cellbridge.cli.run.screen import Screen
from cellbridge.core.convert import Executed, notebook
from cellbridge.core.outputs import Output
from cellbridge.core.runs import KernelState, Run
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError


def execute(wish: Wish) -> int:
    """Run the script and return the exit code; whatever went wrong has been said on stderr."""
    try:
        plan = plan_of(wish, scripts.read(wish.file))
        if wish.to is not None:
            keep.check_target(wish.to)
        return asyncio.run(_Command(plan, wish.to).run())
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
    except SessionError as error:
        print(error, file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        # The end of the process's only task: the second Ctrl-C, or one before anything ran.
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


class _Command:
    """One invocation."""

    def __init__(self, plan: Plan, to: Path | None) -> None:
        self._plan = plan
        self._to = to
        self._screen = Screen(sys.stdout, sys.stderr)
        titles = plan.titles
        watched = self._screen.shows_progress
        self._progress = (
            TerminalProgress(sys.stderr, self._screen, titles) if watched else NoProgress()
        )
        self._changes = Changes()
        self._task: asyncio.Task[object] | None = None

    async def run(self) -> int:
        """Run the script in a session of its own; returns the exit code."""
        began = time.monotonic()
        self._task = asyncio.current_task()
        code = await in_private_session(self._plan.script.path, self._changes, self._script)
        kept = str(self._to) if self._to is not None else None
        if code == OK:
            self._progress.summary(len(self._plan.requests), time.monotonic() - began, kept)
        return code

    async def _script(self, client: SessionClient) -> int:
        """Run the script and keep its notebook; returns the exit code."""
        plan, run_ids = self._plan, list[str]()
        ended_by: Run | None = None
        if plan.requests:
            run_ids = await client.execute(
                plan.requests, kernel=plan.kernel, language=plan.language
            )
            expected = frozenset(
                run_id
                for run_id, request in zip(run_ids, plan.requests, strict=True)
                if request.continue_on_error
            )
            follower = Follower(client, self._changes, self._screen, self._progress)
            with _interruptible(self._interrupt):
                ended_by = await follower.follow(run_ids, expected)
        code = OK if ended_by is None else self._explain(client, ended_by)
        if self._to is not None:
            await self._keep(client, run_ids, self._to)
        return code

    def _interrupt(self) -> None:
        """Ctrl-C: interrupt the cell at first; for one who insists, end everything."""
        if self._changes.interrupted and self._task is not None:
            self._task.cancel()
        self._changes.interrupt()

    def _explain(self, client: SessionClient, run: Run) -> int:
        """Say why the script ended at ``run``; returns the exit code."""
        if self._changes.input_ended:
            reason = "it asked for input, but standard input has ended"
            self._say(f"{self._place(client, run)}: {reason}")
            return FAILED
        if self._changes.interrupted:
            self._say(f"{self._place(client, run)}: interrupted")
            return INTERRUPTED
        if run.started_at is None and client.kernel.state is KernelState.DEAD:
            # The kernel did not start, so no line of the script is at fault.
            self._say(client.kernel.message)
            return FAILED
        reason = reason_of(run, client.outputs.get(run.id, ()))
        self._say(f"{self._place(client, run)}: {reason}")
        return FAILED

    def _place(self, client: SessionClient, run: Run) -> str:
        line = failing_line(run, client.outputs.get(run.id, ()))
        return f"{self._plan.script.given}:{line + 1}"

    def _say(self, sentence: str) -> None:
        self._screen.fresh_line()
        print(sentence, file=sys.stderr, flush=True)

    async def _keep(self, client: SessionClient, run_ids: Sequence[str], to: Path) -> None:
        """Write the notebook as far as it was executed."""
        executed: dict[int, Executed] = {}
        for index, run_id in zip(self._plan.indexes, run_ids, strict=True):
            run = client.runs.get(run_id)
            if run is not None and run.started_at is not None:
                outputs: Sequence[Output] = await client.fetch_outputs(run_id)
                executed[index] = Executed(outputs, run.count)
        made = notebook(self._plan.script.cells, executed, self._plan.label)
        await asyncio.to_thread(keep.write, to, made)


@contextlib.contextmanager
def _interruptible(on_interrupt: Callable[[], None]) -> Generator[None]:
    """Have Ctrl-C call ``on_interrupt`` instead of ending the process."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
