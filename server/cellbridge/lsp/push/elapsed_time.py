"""The running time, told anew while a cell runs.

Owns when the time is told: each second at first, more rarely as it says less, and never while a
person types, so that no line moves under their hands. What is told is status_text.py's matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellbridge.core.runs.runs import RunState
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

QUIET = 2.0
"""Seconds after an edit in which no time is told."""


def pause(elapsed: float, since_edit: float) -> float:
    """Return the seconds to wait before the time is told anew.

    That is when a run that has taken ``elapsed`` seconds reads differently enough, and a person has
    rested from an edit ``since_edit`` seconds ago.
    """
    reads_differently = 1.0 if elapsed < 60 else 5.0 if elapsed < 3600 else 60.0
    return max(reads_differently, QUIET - since_edit)


class Ticking:
    """Tells of the time of all running cells of one editor."""

    def __init__(self, context: Context, tell: Callable[[Notebook], None]) -> None:
        self._context = context
        self._tell = tell
        self._changed = asyncio.Event()
        self._edited = -QUIET

    def update(self) -> None:
        """A run may have started or ended."""
        self._changed.set()

    def edited(self) -> None:
        """A person has edited a document."""
        self._edited = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Tell the time; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            started = [time for _, time in self._running()]
            if not started:
                await self._changed.wait()
                continue
            elapsed, since_edit = self._context.now() - max(started), loop.time() - self._edited
            await asyncio.sleep(pause(elapsed, since_edit))  # Wait: for time itself to pass
            if loop.time() - self._edited >= QUIET:
                for notebook in dict.fromkeys(notebook for notebook, _ in self._running()):
                    self._tell(notebook)

    def _running(self) -> list[tuple[Notebook, float]]:
        return [
            (notebook, view.run.started_at)
            for notebook in self._context.workspace
            for view in notebook.views()
            if view.run and view.run.state is RunState.RUNNING and view.run.started_at is not None
        ]
