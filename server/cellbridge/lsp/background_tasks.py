"""Background tasks, their end and the handling of their errors.

Owns the tasks of the language server. Invariant: a task that fails ends no other task. Its error is
shown to the user, equal errors only once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from cellbridge.lsp.errors import internal_error_message
from cellbridge.session.errors import SessionError
from cellbridge.workspace.supervised_tasks import Supervisor

_SHOWN_LIMIT = 100
"""The number of shown errors that are remembered."""
_PAUSES = (1.0, 60.0)
"""Seconds before failed work continues: after the first error, and at most."""


class BackgroundTasks(Supervisor):
    """A group of tasks that ends by cancelling them all; an async context manager."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._shown: deque[str] = deque(maxlen=_SHOWN_LIMIT)

    def begin(self, work: Coroutine[Any, Any, object]) -> None:
        """Start ``work`` in the background."""
        self.start(work, self._failed)

    def keep(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work``, an endless task for all documents, and restart it after an error."""
        self.start(self._run_forever(work), self._failed)

    async def _run_forever(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        pause, longest = _PAUSES
        while True:
            try:
                await work()
            except Exception as error:  # Boundary: one document's error must not affect others.
                self._failed(error)
            await asyncio.sleep(pause)  # Wait: so that repeated errors do not use up the processor.
            pause = min(2 * pause, longest)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, SessionError):
            self._show(str(error))
            return
        said = internal_error_message(error)
        if said not in self._shown:
            self._shown.append(said)
            self._show(said)
