"""The limits of a session's kernel, watched over while a cell runs.

Owns when it is looked and which step is taken. It must not know how a run is stopped or a kernel is
ended: whoever runs cells does both.

Time: a run that takes too long is interrupted, as by a person; if it runs on all the same, its
kernel is ended. Memory: the run is interrupted too, as the other variables may be worth keeping;
if that does not help, or if there is no time for it, the kernel is ended. A run that begins beyond
the limit, as one that deletes what is too large, may not grow any further. While nothing runs
nothing is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from cellbridge.core.runs.limits import (
    ENDED,
    INTERRUPTED,
    NO_LIMITS,
    Limits,
    memory_limit_message,
    time_limit_message,
)
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.process.usage import Usage
from cellbridge.session.host.crash_guard import guarded

LOOK_SECONDS = 0.5
"""Time between two looks."""
STOPPING_SECONDS = 8.0
"""What an interrupted run gets to end: the time of every step of the ladder
(interrupt_escalation.py)."""
FREEING_SECONDS = 3.0
"""What it gets while its kernel holds too much memory."""
SLACK = 1.05
"""How far a run may go beyond what its kernel held when it began, where that was too much."""
FAR = 1.5
"""How far beyond the limit there is no time for an interrupt."""


class Runner(Protocol):
    """Who runs cells."""

    def running(self) -> tuple[Run, int] | None:
        """Return the run under way and the process id of its kernel."""
        ...

    def idle(self) -> int:
        """Return the process id of a kernel that runs nothing; 0 where there is none."""
        ...

    def stop_running(self, why: str) -> None:
        """Interrupt the running cell, and say why."""
        ...

    async def end_kernel(self, why: str) -> None:
        """End the kernel at once, and say why."""
        ...


class Limiter:
    """Sees to it that runs keep to the limits."""

    def __init__(
        self, runner: Runner, tasks: asyncio.TaskGroup, clock: Callable[[], float]
    ) -> None:
        self._runner = runner
        self._tasks = tasks
        self._clock = clock
        self._given = NO_LIMITS
        self._own: Limits | None = None
        self._usage = Usage()
        self._watching: asyncio.Task[None] | None = None
        self._kept: dict[int, int] = {}
        """Bytes that a kernel held when nothing ran, or when a run of it was stopped for them."""

    @property
    def limits(self) -> Limits:
        """The limits in force: those set for this session, or else those of the settings."""
        return self._given if self._own is None else self._own

    def give(self, limits: Limits) -> None:
        """Take the limits of the settings of who asks for a run."""
        self._given = limits
        self.watch()

    def set(self, limits: Limits | None) -> None:
        """Set limits for this session, whatever settings say; None for those of the settings."""
        self._own = limits
        self.watch()
        self._tasks.create_task(guarded(self._note_what_is_kept()))

    def watch(self) -> None:
        """See to it that what runs is watched, where there is a limit."""
        if self.limits and self._watching is None and self._runner.running() is not None:
            self._watching = self._tasks.create_task(guarded(self._watch()))

    async def _watch(self) -> None:
        try:
            while self.limits and (there := self._runner.running()) is not None:
                await self._watch_run(there[0])
        finally:
            self._watching = None
        await self._note_what_is_kept()

    async def _watch_run(self, run: Run) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time() - max(0.0, self._clock() - (run.started_at or self._clock()))
        give_up = float("inf")
        while self.limits and (pid := self._pid_of(run)):
            left = begun + self.limits.time - loop.time() if self.limits.time else LOOK_SECONDS
            until = min(LOOK_SECONDS, left) if left > 0 else LOOK_SECONDS
            await asyncio.sleep(until)  # Wait: for the next look, or the end of the run's time.
            limits = self.limits
            held = await self._held(pid) if limits.memory else 0
            if not self._pid_of(run):
                return
            allowed = max(limits.memory * 1e6, self._kept.get(pid, 0) * SLACK)
            heavy = bool(limits.memory) and held > allowed
            late = bool(limits.time) and loop.time() >= begun + limits.time
            if not heavy and not late:
                continue
            say = (
                partial(memory_limit_message, limits, held)
                if heavy
                else partial(time_limit_message, limits)
            )
            if held > allowed * FAR or loop.time() >= give_up:
                await self._runner.end_kernel(say(ENDED))
                return
            if give_up == float("inf"):
                give_up = loop.time() + (FREEING_SECONDS if heavy else STOPPING_SECONDS)
                self._runner.stop_running(say(INTERRUPTED))
                if heavy:
                    self._kept = {pid: held}

    async def _note_what_is_kept(self) -> None:
        """Note what the idle kernel holds, which is not the fault of the next run."""
        pid = self._runner.idle()
        if not pid or not self.limits.memory:
            return
        held = await self._held(pid)
        if self._runner.idle() == pid:
            self._kept = {pid: held}

    def _pid_of(self, run: Run) -> int:
        """Return the process id of the kernel that still runs ``run``; 0 where none does."""
        there = self._runner.running()
        return there[1] if there is not None and there[0].id == run.id else 0

    async def _held(self, pid: int) -> int:
        # A tree of processes is found among all of them, which takes a while.
        return (await asyncio.to_thread(self._usage.of, pid)).memory
