"""The values of assignments at their lines: asked from the kernel when a run has ended.

Owns when they are asked for and what is known of them. The kernel tells them without running a
person's code (kernel/probe); a kernel that cannot is not asked twice for the same run.

Invariant: what is kept is bounded by what is open: the values of the runs that cells show.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.python.assignments import assignments
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.core.variables import PAGE_LIMIT, ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import Pump
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

_ENDED = frozenset({RunState.OK, RunState.ERROR})


class LineValues:
    """The values of all open documents' assignments."""

    def __init__(self, context: Context, tell: Callable[[], None]) -> None:
        self._context = context
        self._tell = tell
        self._dirty: set[str] = set()
        self._pump = Pump(self._ask)

    async def run(self) -> None:
        """Do the asking; until cancelled."""
        await self._pump.run()

    def update(self, notebook: Notebook) -> None:
        """Runs of a document have changed."""
        if self._context.config.hints.values and self._missing(notebook):
            self._dirty.add(notebook.uri)
            self._pump.wake()

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._dirty.discard(uri)
        self._context.values.pop(uri, None)

    def _missing(self, notebook: Notebook) -> list[Run]:
        """Return the runs that have bound names whose values are not known yet."""
        known = self._context.values.get(notebook.uri, {})
        return [
            view.shown
            for view in notebook.views()
            if view.shown is not None
            and view.shown.state in _ENDED
            and view.shown.id not in known
            and assignments(view.shown.source)
        ]

    async def _ask(self) -> None:
        while self._dirty:
            notebook = self._context.workspace.get(self._dirty.pop())
            if notebook is None or not (missing := self._missing(notebook)):
                continue
            question = ListVariables(count=PAGE_LIMIT, sort="recent", hidden=True)
            page = await query(notebook, question, VariablesPage)
            said: dict[str, str] = {}
            if isinstance(page, VariablesPage):
                said = {one.name: one.value or one.type for one in page.variables}
            self._keep(notebook, missing, said)
            self._tell()

    def _keep(self, notebook: Notebook, asked: list[Run], said: dict[str, str]) -> None:
        """Keep the values of the runs that were asked about, and of those still shown."""
        runs = [view.shown for view in notebook.views() if view.shown is not None]
        known = self._context.values.get(notebook.uri, {})
        kept = {run.id: known[run.id] for run in runs if run.id in known}
        for run in asked:
            names = {name for _, bound in assignments(run.source) for name in bound}
            # A name that another run has bound since holds that one's value.
            for other in runs:
                if (other.started_at or 0.0) > (run.started_at or 0.0):
                    names -= {name for _, bound in assignments(other.source) for name in bound}
            kept[run.id] = {name: said[name] for name in names if name in said}
        self._context.values[notebook.uri] = kept
