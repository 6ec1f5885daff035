"""The runs of a script followed one after the other, from the first cell's start to the last's end.

Owns the order in which a person sees things, and what they are asked. It must not know files or
how a session is started.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cellbridge.cli.run.output_printer import Screen
from cellbridge.core.output.escapes import label
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import InputRequest, Run, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError

_GRACE = 5.0
"""Seconds that an interrupted cell gets to end."""
_FETCH_SHARE = 4
"""Where whole outputs have to be fetched while they grow, the pause between two fetches is this
many times what the last one took: most of the time is the cell's, however much it writes."""


_SILENT = (
    "The session does not answer, because its process is stopped or the machine has no time for "
    "it; wait, or press Ctrl-C to end it."
)


class Progress(Protocol):
    """Who is told which cell runs."""

    def started(self, number: int) -> None:
        """The run of that number, from 0, has started."""
        ...

    def ended(self, run: Run) -> None:
        """The run that was started last has ended."""
        ...


class Typing(Protocol):
    """Who answers what cells ask."""

    async def line(self, *, password: bool = False) -> str | None:
        """Return a line; None where there are no more. A ``password`` is not shown."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user's side: where runs are shown, and where answers come from."""

    screen: Screen
    typing: Typing
    noticed: set[str] = field(default_factory=set[str])
    """The notices of sessions that the command has printed already."""


class Changes:
    """What has happened since one last looked: in the session that this listens to, or Ctrl-C."""

    def __init__(self) -> None:
        self.interrupted = False
        """A person wants no more of it."""
        self.input_ended = False
        """A cell wanted a line, and there was none."""
        self.overtime = False
        """A cell took longer than it may."""
        self._changed = asyncio.Event()

    def interrupt(self) -> None:
        """Note that a person has pressed Ctrl-C."""
        self.interrupted = True
        self._changed.set()

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:  # noqa: ARG002
        """See `cellbridge.session.client.SessionListener`; the mirror there says what is new."""
        self._changed.set()

    def session_lost(self) -> None:
        """See `cellbridge.session.client.SessionListener`."""
        self._changed.set()

    async def next(self) -> None:
        """Wait until something has changed since the last call."""
        await self._changed.wait()
        self._changed.clear()


class Follower:
    """Shows runs as they go on and answers their questions from the keyboard."""

    def __init__(
        self,
        client: SessionClient,
        changes: Changes,
        viewer: Viewer,
        progress: Progress,
    ) -> None:
        self._client = client
        self._changes = changes
        self._screen, self._typing = viewer.screen, viewer.typing
        self._noticed = viewer.noticed
        self._progress = progress
        self._limit: float | None = None
        self._fetch_after = 0.0
        self._stopping = False
        self._told_silent = False

    async def follow(
        self, run_ids: Sequence[str], goes_on: frozenset[str], limit: float | None = None
    ) -> Run | None:
        """Show each run to its end; returns the one that ended the script, None if all went well.

        A failing run among ``goes_on`` was expected to fail. One that takes longer than ``limit``
        seconds is interrupted.

        Raises:
            SessionError: the session broke off.
        """
        self._limit = limit
        for number, run_id in enumerate(run_ids):
            run = await self._one(number, run_id)
            expected = run.state is RunState.ERROR and run_id in goes_on
            if self._changes.overtime or not (run.state is RunState.OK or expected):
                return run
        return None

    async def _one(self, number: int, run_id: str) -> Run:
        self._screen.begin()
        began: float | None = None
        while True:
            run = self._run(run_id)
            self._print_notices()
            if began is None and run.state is not RunState.QUEUED:
                began = time.monotonic()
                self._progress.started(number)
            await self._show(run)
            self._tell_silence()
            if run.state.final:
                self._screen.fresh_line()
                self._progress.ended(run)
                return run
            if run.waiting is not None and not self._stopping:
                await self._answer(run, run.waiting)
            elif not await self._changed(began):
                self._progress.ended(run)
                return run  # not even an interrupt helps; its kernel ends with the session
            if self._changes.interrupted or self._changes.input_ended:
                await self._stop()

    async def _changed(self, began: float | None) -> bool:
        """Wait until something has changed; False where a cell goes on beyond all limits."""
        if self._limit is None or began is None:
            await self._changes.next()
            return True
        left = began + self._limit - time.monotonic()
        try:
            async with asyncio.timeout(left + _GRACE if self._changes.overtime else left):
                await self._changes.next()
        except TimeoutError:
            if self._changes.overtime:
                return False
            self._changes.overtime = True
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
        """Print once what the user should know of the session."""
        notices = self._client.notices
        for sentence in (*notices.store, *notices.kernel):
            if sentence not in self._noticed:
                self._noticed.add(sentence)
                self._screen.fresh_line()
                print(label(sentence), file=sys.stderr, flush=True)

    def _tell_silence(self) -> None:
        """Say once that the session does not answer; what it runs may go on."""
        silent = self._client.silent
        if silent and not self._told_silent:
            self._screen.fresh_line()
            print(_SILENT, file=sys.stderr, flush=True)
        self._told_silent = silent

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
        # Replies overtake paced events. A fetch does not: after it, what is known of the run is
        # what became of it, and a request for input seen then is another one.
        await self._client.fetch_outputs(run.id)

    async def _typed_while_waiting(self, run: Run, request: InputRequest) -> str | None:
        """Return the line; None where the run does not wait for one any more."""
        async with asyncio.TaskGroup() as tasks:
            typing = tasks.create_task(self._typing.line(password=request.password))
            over = tasks.create_task(self._until_over(run.id))
            await asyncio.wait({typing, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if not typing.done():
                typing.cancel()
                return None
        line = typing.result()
        self._changes.input_ended = line is None
        return line

    async def _until_over(self, run_id: str) -> None:
        """Return once there is nothing to be typed any more."""
        while self._client.connected and not self._changes.interrupted:
            run = self._client.runs.get(run_id)
            if run is None or run.waiting is None:
                return
            await self._changes.next()
