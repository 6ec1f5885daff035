"""The running time, updated while a cell runs.

Owns when the time is updated: each second at first, later less often, and never while the user
types, so that lines do not move while they are edited, nor while a debugger has stopped the code.
status_text.py formats the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellbridge.core.runs.runs import RunState
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

QUIET_TIME = 2.0
"""Seconds after an edit during which the running time is not updated."""


def pause(elapsed: float, since_edit: float) -> float:
    """Return the seconds to wait before the next update of the running time.

    At that time the text of a run that has taken ``elapsed`` seconds is different enough, and the
    quiet time after an edit ``since_edit`` seconds ago is over.
    """
    reads_differently = 1.0 if elapsed < 60 else 5.0 if elapsed < 3600 else 60.0
    return max(reads_differently, QUIET_TIME - since_edit)


class ElapsedTime:
    """Updates the running times of all running cells of one editor."""

    def __init__(self, context: Context, notify: Callable[[Notebook], None]) -> None:
        self._context = context
        self._notify = notify
        self._changed = asyncio.Event()
        self._edited = -QUIET_TIME

    def update(self) -> None:
        """Handle a run that may have started or ended."""
        self._changed.set()

    def edited(self) -> None:
        """Handle an edit of a document."""
        self._edited = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Update the running times, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            started = [time for _, time in self._running()]
            if not started:
                await self._changed.wait()
                continue
            elapsed, since_edit = self._context.now() - max(started), loop.time() - self._edited
            await asyncio.sleep(pause(elapsed, since_edit))  # Wait: for time itself to pass
            if loop.time() - self._edited >= QUIET_TIME:
                for notebook in dict.fromkeys(notebook for notebook, _ in self._running()):
                    self._notify(notebook)

    def _running(self) -> list[tuple[Notebook, float]]:
        return [
            (notebook, run.started_at)
            for notebook in self._context.workspace
            if notebook.debugging.status.stopped is None
            for view in notebook.views_with_runs()
            if (run := view.active) and run.state is RunState.RUNNING and run.started_at is not None
        ]
