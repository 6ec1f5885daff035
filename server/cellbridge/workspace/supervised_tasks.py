"""Tasks that fail alone.

Owns the tasks of a whole face of the program, such as the language server's, and their end. What a
fault means is for whoever begins a task. Invariant: no fault of one task ends another task, or the
group.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)

Failed = Callable[[Exception], None]
"""Called with the fault that ended a task."""


class Supervisor:
    """A group of tasks that ends by cancelling them all; an async context manager."""

    def __init__(self, grace: float = 0.0) -> None:
        """Give tasks ``grace`` seconds at the end before they are cancelled."""
        self._grace = grace
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._grace and self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace)
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def begin(self, work: Coroutine[Any, Any, object], failed: Failed) -> asyncio.Task[None]:
        """Do ``work`` while everything else goes on."""
        task = self._group.create_task(_watched(work, failed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # One that is cancelled before its first step has never taken hold of its work.
        task.add_done_callback(lambda _: work.close())
        return task


class Supervised:
    """An async context manager whose tasks end with it."""

    def __init__(self, grace: float = 0.0) -> None:
        """See `Supervisor`."""
        self._tasks = Supervisor(grace)

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()
        await self._tasks.__aexit__(kind, error, trace)

    def _leave(self) -> None:
        """Prepare for the end, before the tasks end."""


@dataclass(frozen=True, slots=True)
class Part:
    """The tasks of one part, such as a document, whose faults are that part's."""

    supervisor: Supervisor
    failed: Failed

    def create_task(self, coro: Coroutine[Any, Any, None], /) -> asyncio.Task[None]:
        """Begin a task; see `Supervisor.begin`."""
        return self.supervisor.begin(coro, self.failed)


async def _watched(work: Coroutine[Any, Any, object], failed: Failed) -> None:
    try:
        await work
    except Exception as error:  # Boundary: one task's fault must not end the others.
        try:
            failed(error)
        except Exception:  # Boundary: nor must what is done about it.
            log.exception("A fault could not be reported")
