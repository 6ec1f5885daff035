"""Work that nobody waits for, and what becomes of it at the end and when it fails.

Owns the tasks of the language server. Invariant: one that fails takes nothing down with it: what
went wrong is shown to the person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from cellbridge.lsp.errors import own_fault
from cellbridge.session.errors import SessionError


class Background:
    """A group of tasks that ends by cancelling them all; an async context manager."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
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
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def begin(self, work: Coroutine[Any, Any, object]) -> None:
        """Do ``work`` while everything else goes on."""
        task = self._group.create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # One that is cancelled before its first step has never taken hold of its work.
        task.add_done_callback(lambda _: work.close())

    async def _watched(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except SessionError as error:
            self._show(str(error))
        except Exception as error:  # Boundary: no request waits for this work
            self._show(own_fault(error))
