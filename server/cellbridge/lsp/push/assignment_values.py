"""The values of assignments, requested from the kernel when a run has ended.

Owns when they are requested, and the known values. The kernel returns them without running user
code (kernel/probe). A kernel that cannot do so is not queried twice for the same run.

Invariant: only the values of runs that cells of open documents show are stored.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.python.assignments import assignments
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.core.variables import PAGE_LIMIT, ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

_ENDED = frozenset({RunState.OK, RunState.ERROR})


class AssignmentValues:
    """The values of all open documents' assignments."""

    def __init__(self, context: Context, notify: Callable[[], None]) -> None:
        self._context = context
        self._notify = notify
        self._dirty: set[str] = set()
        self._task = LatestTask(self._query)

    async def run(self) -> None:
        """Query the kernels when needed, until cancelled."""
        await self._task.run()

    def update(self, notebook: Notebook) -> None:
        """Handle changed runs of a document."""
        if self._context.config.hints.values and self._missing(notebook):
            self._dirty.add(notebook.uri)
            self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._dirty.discard(uri)
        self._context.values.pop(uri, None)

    def _missing(self, notebook: Notebook) -> list[Run]:
        """Return the runs that have bound names whose values are still unknown."""
        known = self._context.values.get(notebook.uri, {})
        return [
            view.shown
            for view in notebook.views_with_runs()
            if view.shown is not None
            and view.shown.state in _ENDED
            and view.shown.id not in known
            and assignments(view.shown.source)
        ]

    async def _query(self) -> None:
        while self._dirty:
            notebook = self._context.workspace.get(self._dirty.pop())
            if notebook is None or not (missing := self._missing(notebook)):
                continue
            question = ListVariables(count=PAGE_LIMIT, sort="recent", hidden=True, session=True)
            page = await query(notebook, question, VariablesPage)
            said: dict[str, str] = {}
            if isinstance(page, VariablesPage):
                said = {one.name: one.value or one.type for one in page.variables}
            self._keep(notebook, missing, said)
            self._notify()

    def _keep(self, notebook: Notebook, asked: list[Run], said: dict[str, str]) -> None:
        """Store the values of the queried runs, and keep those of runs that are still shown."""
        runs = [view.shown for view in notebook.views_with_runs() if view.shown is not None]
        known = self._context.values.get(notebook.uri, {})
        kept = {run.id: known[run.id] for run in runs if run.id in known}
        for run in asked:
            names = {name for _, bound in assignments(run.source) for name in bound}
            # A name that another run has bound since has the value of that run.
            for other in runs:
                if (other.started_at or 0.0) > (run.started_at or 0.0):
                    names -= {name for _, bound in assignments(other.source) for name in bound}
            kept[run.id] = {name: said[name] for name in names if name in said}
        self._context.values[notebook.uri] = kept
