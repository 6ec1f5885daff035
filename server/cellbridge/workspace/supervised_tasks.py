"""Supervised tasks: a fault of one task affects no other.

Owns the tasks of a whole face of the program, such as the language server's, and their end. The
caller that starts a task handles its faults. Invariant: no fault of one task ends another task, or
the group.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)

FaultHandler = Callable[[Exception], None]
"""A function that is called with the fault that ended a task."""


class Supervisor:
    """A group of tasks that ends by cancelling them all; an async context manager.

    The owner of the tasks may derive from it, and prepare for the end in `_prepare_exit`.
    """

    def __init__(self, grace: float = 0.0) -> None:
        """Set the ``grace`` seconds that tasks get at the end before they are cancelled."""
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
        self._prepare_exit()
        if self._grace and self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace)
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def start(self, work: Coroutine[Any, Any, object], failed: FaultHandler) -> asyncio.Task[None]:
        """Run ``work`` as a task."""
        task = self._group.create_task(_run_supervised(work, failed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step has never entered its coroutine.
        task.add_done_callback(lambda _: work.close())
        return task

    def _prepare_exit(self) -> None:
        """Prepare for the end, before the tasks end."""


@dataclass(frozen=True, slots=True)
class TaskScope:
    """The tasks of one owner, such as a document, which handles their faults."""

    supervisor: Supervisor
    failed: FaultHandler

    def create_task(self, coro: Coroutine[Any, Any, None], /) -> asyncio.Task[None]:
        """Start a task; see `Supervisor.start`."""
        return self.supervisor.start(coro, self.failed)


async def _run_supervised(work: Coroutine[Any, Any, object], failed: FaultHandler) -> None:
    try:
        await work
    except Exception as error:  # Boundary: one task's fault must not end the others.
        try:
            failed(error)
        except Exception:  # Boundary: nor must a failing handler.
            log.exception("A fault could not be reported")
