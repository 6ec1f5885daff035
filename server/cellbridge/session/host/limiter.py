"""The limits of a session's kernel, enforced while a cell runs.

Owns when usage is checked and which step follows. It must not know how a run is stopped or a
kernel is ended; the executor does both.

Time: a run that takes too long is interrupted, as if by the user; if it continues, its kernel is
ended. Memory: the run is interrupted as well, since the other variables may be worth keeping; if
that does not help, or if there is no time for it, the kernel is ended. A run that begins beyond the
limit, such as one that deletes a large object, may not grow any further. While no cell runs, the
kernel is never ended. The time in which a debugger has stopped the code does not count.
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
from cellbridge.session.host.crash_guard import log_faults

CHECK_SECONDS = 0.5
"""Seconds between two checks."""
STOPPING_SECONDS = 8.0
"""Seconds that an interrupted run gets to end: the time of all steps of the escalation
(interrupt_escalation.py)."""
FREEING_SECONDS = 3.0
"""Seconds that it gets while its kernel holds too much memory."""
SLACK = 1.05
"""The factor by which a run may exceed its kernel's memory at the start, if that was too much."""
HARD_FACTOR = 1.5
"""The factor beyond the limit at which there is no time for an interrupt."""


class Runner(Protocol):
    """The part of a host that runs cells."""

    def running_run(self) -> tuple[Run, int] | None:
        """Return the run under way and the process id of its kernel."""
        ...

    def idle_pid(self) -> int:
        """Return the process id of an idle kernel; 0 without one."""
        ...

    def stop_running(self, why: str) -> None:
        """Interrupt the running cell and report ``why``."""
        ...

    async def end_kernel(self, why: str) -> None:
        """End the kernel at once and report ``why``."""
        ...


class Limiter:
    """Enforces the limits of runs."""

    def __init__(
        self,
        runner: Runner,
        tasks: asyncio.TaskGroup,
        clock: Callable[[], float],
        in_debugger: Callable[[], bool],
    ) -> None:
        self._runner = runner
        self._in_debugger = in_debugger
        """Returns True while a debugger has stopped the code."""
        self._tasks = tasks
        self._clock = clock
        self._defaults = NO_LIMITS
        self._override: Limits | None = None
        self._usage = Usage()
        self._watching: asyncio.Task[None] | None = None
        self._baseline: dict[int, int] = {}
        """Bytes that a kernel held when it was idle, or when a run was stopped because of them."""

    @property
    def limits(self) -> Limits:
        """The limits in force: the session's own, or else those of the settings."""
        return self._defaults if self._override is None else self._override

    def set_defaults(self, limits: Limits) -> None:
        """Set the limits from the settings of the client that requests a run."""
        self._defaults = limits
        self.watch()

    def set_override(self, limits: Limits | None) -> None:
        """Set the session's own limits, which override those of the settings; None removes them."""
        self._override = limits
        self.watch()
        self._tasks.create_task(log_faults(self._note_baseline()))

    def watch(self) -> None:
        """Watch the running cell if there is a limit."""
        if self.limits and self._watching is None and self._runner.running_run() is not None:
            self._watching = self._tasks.create_task(log_faults(self._watch()))

    async def _watch(self) -> None:
        try:
            while self.limits and (current := self._runner.running_run()) is not None:
                await self._watch_run(current[0])
        finally:
            self._watching = None
        await self._note_baseline()

    async def _watch_run(self, run: Run) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time() - max(0.0, self._clock() - (run.started_at or self._clock()))
        give_up, checked = float("inf"), loop.time()
        while self.limits and (pid := self._pid_of(run)):
            left = begun + self.limits.time - loop.time() if self.limits.time else CHECK_SECONDS
            until = min(CHECK_SECONDS, left) if left > 0 else CHECK_SECONDS
            await asyncio.sleep(until)  # Wait: for the next check, or the end of the run's time.
            checked, passed = loop.time(), loop.time() - checked
            begun += passed if self._in_debugger() else 0.0
            limits = self.limits
            held = await self._memory_of(pid) if limits.memory else 0
            if not self._pid_of(run):
                return
            allowed = max(limits.memory * 1e6, self._baseline.get(pid, 0) * SLACK)
            heavy = bool(limits.memory) and held > allowed
            late = bool(limits.time) and loop.time() >= begun + limits.time
            if not heavy and not late:
                continue
            say = (
                partial(memory_limit_message, limits, held)
                if heavy
                else partial(time_limit_message, limits)
            )
            if held > allowed * HARD_FACTOR or loop.time() >= give_up:
                await self._runner.end_kernel(say(ENDED))
                return
            if give_up == float("inf"):
                give_up = loop.time() + (FREEING_SECONDS if heavy else STOPPING_SECONDS)
                self._runner.stop_running(say(INTERRUPTED))
                if heavy:
                    self._baseline = {pid: held}

    async def _note_baseline(self) -> None:
        """Measure the memory of the idle kernel, which the next run has not caused."""
        pid = self._runner.idle_pid()
        if not pid or not self.limits.memory:
            return
        held = await self._memory_of(pid)
        if self._runner.idle_pid() == pid:
            self._baseline = {pid: held}

    def _pid_of(self, run: Run) -> int:
        """Return the process id of the kernel that still runs ``run``; 0 if none does."""
        current = self._runner.running_run()
        return current[1] if current is not None and current[0].id == run.id else 0

    async def _memory_of(self, pid: int) -> int:
        # Finding a tree of processes means reading all of them, which takes a while.
        return (await asyncio.to_thread(self._usage.of, pid)).memory
