"""The display of a script's runs, one after the other, from the first cell to the last.

Owns the order of the displayed text, and the requests for input. It must not know files or the
start of a session.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cellbridge.core.output.escapes import label
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import InputRequest, Run, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.workspace.output_printer import Screen

_GRACE = 5.0
"""Seconds for an interrupted cell to end."""
_FETCH_SHARE = 4
"""The pause between two fetches of whole outputs, as a multiple of the last fetch's duration.

The cell has most of the time, however much it writes."""


_SILENT = (
    "The session does not answer, because its process is stopped or the machine is overloaded. "
    "Wait, or press Ctrl-C to end it."
)


class Progress(Protocol):
    """The display of the running cell."""

    def started(self, number: int) -> None:
        """Show that the run with this number, from 0, has started."""
        ...

    def ended(self, run: Run) -> None:
        """Show that the latest run has ended."""
        ...


class NoProgress:
    """No progress display."""

    def started(self, number: int) -> None:
        """See `Progress`."""

    def ended(self, run: Run) -> None:
        """See `Progress`."""


class InputSource(Protocol):
    """The source of lines for cells that request input."""

    async def line(self, *, password: bool = False) -> str | None:
        """Return a line, or None at the end of input. A ``password`` is not shown."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user's side: the screen for runs, and the source of input."""

    screen: Screen
    input_source: InputSource
    printed_notices: set[str] = field(default_factory=set[str])
    """The notices that the command has already printed."""


class Changes:
    """Changes since the last wait: events of the session, and Ctrl-C."""

    def __init__(self) -> None:
        self.interrupted = False
        """The user pressed Ctrl-C."""
        self.input_ended = False
        """A cell requested a line after the end of input."""
        self.timed_out = False
        """A cell exceeded the time limit."""
        self._wait_for_change = asyncio.Event()

    def interrupt(self) -> None:
        """Record that the user pressed Ctrl-C."""
        self.interrupted = True
        self._wait_for_change.set()

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:  # noqa: ARG002
        """See `cellbridge.session.client.SessionListener`. The client's mirror has the changes."""
        self._wait_for_change.set()

    def session_lost(self) -> None:
        """See `cellbridge.session.client.SessionListener`."""
        self._wait_for_change.set()

    async def next(self) -> None:
        """Wait for a change since the last call."""
        await self._wait_for_change.wait()
        self._wait_for_change.clear()


class Follower:
    """Shows runs while they execute, and answers their requests for input."""

    def __init__(
        self,
        client: SessionClient,
        changes: Changes,
        viewer: Viewer,
        progress: Progress,
    ) -> None:
        self._client = client
        self._changes = changes
        self._screen, self._input_source = viewer.screen, viewer.input_source
        self._printed_notices = viewer.printed_notices
        self._progress = progress
        self._limit: float | None = None
        self._fetch_after = 0.0
        self._stopping = False
        self._silence_reported = False

    async def follow(
        self, run_ids: Sequence[str], may_fail: frozenset[str], limit: float | None = None
    ) -> Run | None:
        """Show each run to its end; return the run that ended the script, or None at its last cell.

        A run in ``may_fail`` is expected to fail. A run that takes longer than ``limit`` seconds is
        interrupted.

        Raises:
            SessionError: the session was lost.
        """
        self._limit = limit
        for number, run_id in enumerate(run_ids):
            run = await self._follow_one(number, run_id)
            expected = run.state is RunState.ERROR and run_id in may_fail
            ends = self._changes.timed_out or self._changes.input_ended
            exits = run.exit_code is not None and run_id not in may_fail
            if ends or exits or not (run.state is RunState.OK or expected):
                return run
        return None

    async def _follow_one(self, number: int, run_id: str) -> Run:
        self._screen.begin()
        began: float | None = None
        while True:
            run = self._run(run_id)
            self._print_notices()
            if began is None and run.state is not RunState.QUEUED:
                began = time.monotonic()
                self._progress.started(number)
            await self._show(run)
            self._report_silence()
            if run.state.final:
                self._screen.fresh_line()
                self._progress.ended(run)
                return run
            if run.waiting is not None and not self._stopping:
                await self._answer(run, run.waiting)
            elif not await self._wait_for_change(began):
                self._progress.ended(run)
                return run  # The interrupt did not help. The kernel ends with the session.
            if self._changes.interrupted or self._changes.input_ended:
                await self._stop()

    async def _wait_for_change(self, began: float | None) -> bool:
        """Wait for a change; return False if a cell continues after its interrupt."""
        if self._limit is None or began is None:
            await self._changes.next()
            return True
        left = began + self._limit - time.monotonic()
        try:
            async with asyncio.timeout(left + _GRACE if self._changes.timed_out else left):
                await self._changes.next()
        except TimeoutError:
            if self._changes.timed_out:
                return False
            self._changes.timed_out = True
            await self._stop()
        return True

    async def _stop(self) -> None:
        """Interrupt the running cell, once."""
        if not self._stopping:
            self._stopping = True
            await self._client.interrupt()

    def _run(self, run_id: str) -> Run:
        run = self._client.runs.get(run_id)
        if run is None or not (self._client.connected or run.state.final):
            raise SessionError("The session ended unexpectedly; run the script again.")
        return run

    def _print_notices(self) -> None:
        """Print each notice about the session once."""
        notices = self._client.notices
        for sentence in (*notices.store, *notices.kernel):
            if sentence not in self._printed_notices:
                self._printed_notices.add(sentence)
                self._screen.fresh_line()
                print(label(sentence), file=sys.stderr, flush=True)

    def _report_silence(self) -> None:
        """Report once that the session does not answer. Its cell may continue to run."""
        silent = self._client.silent
        if silent and not self._silence_reported:
            self._screen.fresh_line()
            print(_SILENT, file=sys.stderr, flush=True)
        self._silence_reported = silent

    async def _show(self, run: Run) -> None:
        outputs: Sequence[Output] = self._client.outputs.get(run.id, ())
        ended = run.state.final
        if self._screen.show(outputs, ended=ended):
            return
        if self._client.silent:
            return
        if ended or time.monotonic() >= self._fetch_after:
            began = time.monotonic()
            self._screen.show(await self._client.fetch_outputs(run.id), ended=ended)
            took = time.monotonic() - began
            self._fetch_after = began + took + _FETCH_SHARE * took

    async def _answer(self, run: Run, request: InputRequest) -> None:
        self._screen.prompt(request.prompt)
        line = await self._typed_while_waiting(run, request)
        if line is None:
            return
        self._screen.line_was_typed()
        # The run may have ended meanwhile: interrupted, or its kernel dead.
        with contextlib.suppress(SessionError):
            await self._client.answer_input(run.id, line)
        # Replies overtake paced events, but a fetch does not. After it, the mirror has the run's
        # current state, and a request for input seen then is a new one.
        await self._client.fetch_outputs(run.id)

    async def _typed_while_waiting(self, run: Run, request: InputRequest) -> str | None:
        """Return the line, or None if the run no longer waits for it."""
        async with asyncio.TaskGroup() as tasks:
            typed = tasks.create_task(self._input_source.line(password=request.password))
            over = tasks.create_task(self._wait_until_answered(run.id))
            await asyncio.wait({typed, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if not typed.done():
                typed.cancel()
                return None
        line = typed.result()
        self._changes.input_ended = line is None
        return line

    async def _wait_until_answered(self, run_id: str) -> None:
        """Return when the run no longer waits for input."""
        while self._client.connected and not self._changes.interrupted:
            run = self._client.runs.get(run_id)
            if run is None or run.waiting is None:
                return
            await self._changes.next()
