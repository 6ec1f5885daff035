"""Work that nobody waits for, and what becomes of it at the end and when it fails.

Owns the tasks of the language server. Invariant: one that fails takes nothing down with it: what
went wrong is shown to the user, the same fault once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from cellbridge.lsp.errors import internal_error_message
from cellbridge.session.errors import SessionError
from cellbridge.workspace.supervised_tasks import Supervised

_SHOWN_LIMIT = 100
"""Faults of which it is remembered that they have been shown."""
_PAUSES = (1.0, 60.0)
"""Seconds before work that has failed goes on: after the first fault, at most."""


class BackgroundTasks(Supervised):
    """A group of tasks that ends by cancelling them all; an async context manager."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._shown: deque[str] = deque(maxlen=_SHOWN_LIMIT)

    def begin(self, work: Coroutine[Any, Any, object]) -> None:
        """Do ``work`` while everything else goes on."""
        self._tasks.begin(work, self._failed)

    def keep(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work``, which is for all documents and has no end; go on with it after a fault."""
        self._tasks.begin(self._run_forever(work), self._failed)

    async def _run_forever(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
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
        said = internal_error_message(error)
        if said not in self._shown:
            self._shown.append(said)
            self._show(said)
