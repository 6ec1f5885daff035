"""Work that nobody waits for, and what becomes of it at the end and when it fails.

Owns the tasks of the language server. Invariant: one that fails takes nothing down with it: what
went wrong is shown to the user, the same fault once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from cellbridge.lsp.errors import own_fault
from cellbridge.session.errors import SessionError
from cellbridge.workspace.supervised_tasks import Supervised

_REMEMBERED = 100
"""Faults of which it is remembered that they have been shown."""
_PAUSES = (1.0, 60.0)
"""Seconds before work that has failed goes on: after the first fault, at most."""


class Background(Supervised):
    """A group of tasks that ends by cancelling them all; an async context manager."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._shown: deque[str] = deque(maxlen=_REMEMBERED)

    def begin(self, work: Coroutine[Any, Any, object]) -> None:
        """Do ``work`` while everything else goes on."""
        self._tasks.start(work, self._failed)

    def keep(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work``, which is for all documents and has no end; go on with it after a fault."""
        self._tasks.start(self._kept(work), self._failed)

    async def _kept(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        pause, longest = _PAUSES
        while True:
            try:
                await work()
            except Exception as error:  # Boundary: one document's fault is not the end for all.
                self._failed(error)
            await asyncio.sleep(pause)  # Wait: so that what fails at once does not fail all day.
            pause = min(2 * pause, longest)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, SessionError):
            self._show(str(error))
            return
        said = own_fault(error)
        if said not in self._shown:
            self._shown.append(said)
            self._show(said)
