"""The jedi worker seen from the server: a child process that may be slow, stuck or dead.

Owns the process (given, or spawned at the first job), which job goes next, deadlines and
respawning. It must not import jedi nor know the meaning of the jobs.

Which job goes next: at most one runs and at most one of each kind waits; a newer one of a kind
replaces the waiting one, whose caller gets "not answered". A running job is never stopped
because its answer has become useless, as killing the process would throw jedi's warm caches away;
only a job beyond the deadline costs the process its life, or being idle with much memory.

Memory that Python has freed mostly stays with the process, so an idle one that holds much of it is
replaced. jedi's trees are read again from its cache on disk.

Invariants: nothing that happens to the process reaches the caller as an exception. A replacement
has imported jedi before the process that it replaces ends, and no job waits for either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec

from cellbridge.analysis import worker_protocol
from cellbridge.analysis.memory import memory_of
from cellbridge.analysis.worker_process import COMMAND, Child

_log = logging.getLogger(__name__)

_ORDER: tuple[type[worker_protocol.Job], ...] = (
    worker_protocol.CompletionJob,
    worker_protocol.SignatureJob,
    worker_protocol.DefinitionJob,
    worker_protocol.TypeDefinitionJob,
    worker_protocol.ReferencesJob,
    worker_protocol.HoverJob,
    worker_protocol.HighlightJob,
    worker_protocol.WarmUpJob,
)
"""The order of the kinds if several wait."""
_FAILURES_ALLOWED = 2
"""Deaths in a row without an answer between them before respawning is paced."""
_LONGEST_PAUSE = 60.0
"""Seconds between attempts at most."""
_GOODBYE = 1.0
"""Seconds the process has to end by itself once its stdin is closed."""
UNUSED_SECONDS = 60.0
"""Seconds that a process which was started ahead of time may go without a job."""
IDLE_SECONDS = 60.0
"""Seconds without a job after which the memory of the process is measured."""
REPLACE_SECONDS = 5.0
"""Seconds without a job in which the replacement of a process imports jedi."""
MUCH_MEMORY = 160 * 2**20
"""Bytes, its children's included, beyond which an idle process is replaced."""


@dataclass(slots=True)
class _Waiting:
    job: worker_protocol.Job
    answer: asyncio.Future[worker_protocol.Result | None]


class Worker:
    """The worker process as an async context manager that answers jobs or reports a failure.

    Enter and leave it in the same task: it owns a `asyncio.TaskGroup`.
    """

    def __init__(
        self,
        *,
        deadline: float = 30.0,
        start_deadline: float = 20.0,
        command: Sequence[str] = COMMAND,
        started: Child | None = None,
    ) -> None:
        """Prepare a worker; both deadlines are in seconds.

        ``started`` is a process that was started ahead of time.

        ``deadline`` is for one job and must cover the first import of a large package with no cache
        on disk: more than ten seconds on a slow machine.
        """
        self._deadline = deadline
        self._start_deadline = start_deadline
        self._command = tuple(command)
        self._tasks = asyncio.TaskGroup()
        self._serving: asyncio.Task[None] | None = None
        self._waiting: dict[type[worker_protocol.Job], _Waiting] = {}
        self._wake = asyncio.Event()
        self._process: Child | None = None
        self._started = started
        self.warm_up: worker_protocol.WarmUpJob | None = None
        """The last imports to load, which a process that replaces another loads again."""
        self._measured = False
        self._replaced = False
        self._much = MUCH_MEMORY
        self._failures = 0
        self._not_before = 0.0

    @property
    def pid(self) -> int | None:
        """The process's id; None while it does not run."""
        return None if self._process is None else self._process.pid

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._serving = self._tasks.create_task(self._serve(), name="jedi worker")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._serving is not None:
            self._serving.cancel()
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, traceback)
        else:
            # The owner's exception is not the group's: it is raised as it is, not in a group.
            await self._tasks.__aexit__(None, None, None)

    async def request(self, job: worker_protocol.Job) -> worker_protocol.Result | None:
        """Return the answer to ``job``; None without one: replaced, too late, worker dead.

        Cancelling the caller leaves a running job alone and takes a waiting one back.
        """
        if self._serving is None or self._serving.done():
            return None
        waiting = self._put(job)
        try:
            return await waiting.answer
        finally:
            if self._waiting.get(type(job)) is waiting:
                del self._waiting[type(job)]

    def warm(self, job: worker_protocol.WarmUpJob) -> None:
        """Have the imports loaded when nothing else is to do. Returns at once."""
        self.warm_up = job
        self._put(job)

    def stop_warming(self) -> None:
        """Leave out the imports that are not loaded yet."""
        self.warm_up = None
        self._put(worker_protocol.WarmUpJob(""))

    def _put(self, job: worker_protocol.Job) -> _Waiting:
        replaced = self._waiting.pop(type(job), None)
        if replaced is not None:
            _settle(replaced, None)
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting[type(job)] = waiting
        self._wake.set()
        return waiting

    def _next(self) -> _Waiting | None:
        for kind in _ORDER:
            if kind in self._waiting:
                return self._waiting.pop(kind)
        return None

    async def _serve(self) -> None:
        """Give the jobs to the process one by one; the only place that touches the process."""
        running: _Waiting | None = None
        try:
            while True:
                running = self._next()
                if running is None:
                    self._wake.clear()
                    await self._wait_for_request()
                    continue
                self._measured = False
                self._replaced &= isinstance(running.job, worker_protocol.WarmUpJob)
                _settle(running, await self._exchange(running.job))
        finally:
            for left in (running, *self._waiting.values()):
                if left is not None:
                    _settle(left, None)
            self._waiting.clear()
            self._process = self._process or self._started
            await self._end(gently=True)

    async def _wait_for_request(self) -> None:
        """Wait for a job; a process that is not needed, or too large, is ended meanwhile."""
        try:
            async with asyncio.timeout(self._patience()):
                await self._wake.wait()
        except TimeoutError:
            await self._rest()

    def _patience(self) -> float | None:
        """Return the seconds without a job after which `_rest` is due; None for never."""
        if self._started is not None:
            return UNUSED_SECONDS if self._process is None else REPLACE_SECONDS
        return None if self._process is None or self._measured else IDLE_SECONDS

    async def _rest(self) -> None:
        """End an unused process; replace one that holds much memory, in two steps."""
        if self._started is None:
            self._measured = True
            if self._process is not None and await self._is_large(self._process):
                with contextlib.suppress(OSError):
                    self._started = Child(self._command)
        elif self._process is None:
            self._process, self._started = self._started, None
            await self._end(gently=True)
        else:
            _log.info("The jedi worker holds much memory and is replaced.")
            self._replaced = True
            await self._end(gently=True)
            if self.warm_up is not None:
                self._put(self.warm_up)

    async def _is_large(self, process: Child) -> bool:
        """Return True if replacing the process would free much memory.

        The imports of a script alone may need more than `MUCH_MEMORY`. So the memory of a
        replacement that has loaded only these becomes the measure.
        """
        held = await asyncio.to_thread(memory_of, process.pid)
        if self._replaced:
            self._much = max(MUCH_MEMORY, held * 3 // 2)
        return held > self._much

    async def _exchange(self, job: worker_protocol.Job) -> worker_protocol.Result | None:
        """Return the process's answer to ``job``; None if it died, hung or did not start."""
        stage = "start"
        try:
            if self._process is not None and not self._process.alive:
                await self._end(gently=False)  # It died while idle; this job need not fail.
            process = self._process or await self._spawn()
            if process is None:
                return None
            stage = f"answer {type(job).__name__}"
            async with asyncio.timeout(self._deadline):
                result = await _round_trip(process, job)
        except TimeoutError:
            _log.warning("The jedi worker did not %s in time and is replaced.", stage)
        except (OSError, EOFError, ValueError, msgspec.MsgspecError) as error:
            # A process that died closes its pipes; one that lost step sends nonsense.
            _log.warning("The jedi worker did not %s (%r) and is replaced.", stage, error)
        else:
            self._failures = 0
            return result
        await self._fail()
        return None

    async def _spawn(self) -> Child | None:
        """Start the process and wait until it can answer; None while respawning has to wait."""
        if asyncio.get_running_loop().time() < self._not_before:
            return None
        process, self._started = self._started, None
        if process is not None and not process.alive:
            await process.end()
            process = None
        self._process = process = process or Child(self._command)
        async with asyncio.timeout(self._start_deadline):
            ready = await _receive(process)
        if ready != worker_protocol.Ready():
            raise EOFError(f"the worker began with {ready!r}")
        return process

    async def _fail(self) -> None:
        await self._end(gently=False)
        self._failures += 1
        beyond = self._failures - _FAILURES_ALLOWED
        if beyond > 0:
            pause = min(_LONGEST_PAUSE, 2.0**beyond)
            self._not_before = asyncio.get_running_loop().time() + pause
        elif self.warm_up is not None and worker_protocol.WarmUpJob not in self._waiting:
            # The next request should find a worker that is up and warming, not a cold start.
            self._put(self.warm_up)

    async def _end(self, *, gently: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.end(_GOODBYE if gently else 0)


def _settle(waiting: _Waiting, result: worker_protocol.Result | None) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(result)


async def _round_trip(process: Child, job: worker_protocol.Job) -> worker_protocol.Result:
    await process.send(worker_protocol.frame(job))
    return await _receive(process)


async def _receive(process: Child) -> worker_protocol.Result:
    header = await process.receive(worker_protocol.HEADER.size)
    return worker_protocol.decode_result(await process.receive(worker_protocol.body_length(header)))
