"""The values of names while code is stepped through, requested from the kernel at each stop.

Owns when they are requested, and the known values of each scope. The kernel answers with the names
of the function in which the code has stopped, or with its variables, and runs no user code for it.
core/names/stepped_values.py chooses the names to show.

Invariant: values are known only for documents that this server debugs, and for the present run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from cellbridge.core.names.stepped_values import (
    MODULE,
    Scope,
    ScopeValues,
    SteppedValues,
    scope_at,
    scopes,
    values_at_stop,
)
from cellbridge.core.runs.debug_status import Stop
from cellbridge.core.runs.parts import follow_line
from cellbridge.core.runs.runs import RunState
from cellbridge.core.variables import PAGE_LIMIT, ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

STOPS_LIMIT = 1000
"""The number of stops in one scope that are remembered until its values can be read."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a stop in the text of a cell as it ran."""

    cell: str
    source: str
    line: int
    name: str
    """The name of the function."""


@dataclass(frozen=True, slots=True)
class _ScopeOfCell:
    """One scope of a cell, as it ran."""

    cell: str
    source: str
    scope: Scope


@dataclass(slots=True)
class _Known:
    """The values of one document's scopes during one run."""

    run: str
    number: int = 0
    """The number of the last stop."""
    passed: list[_Place | None] = field(default_factory=list["_Place | None"])
    """The stops since the values were read last; None for one that is in no cell."""
    here: _ScopeOfCell | None = None
    """The scope of the last stop; None if it is in no cell."""
    stops: dict[_ScopeOfCell, list[int]] = field(default_factory=dict[_ScopeOfCell, list[int]])
    """The lines of the stops in each scope since its values were read."""
    values: dict[_ScopeOfCell, SteppedValues] = field(
        default_factory=dict[_ScopeOfCell, SteppedValues]
    )


class SteppedHints:
    """The values in all documents that this server debugs."""

    def __init__(self, context: Context, notify: Callable[[Notebook], None]) -> None:
        self._context = context
        self._notify = notify
        self._known: dict[str, _Known] = {}
        self._dirty: set[str] = set()
        self._task = LatestTask(self._query)

    async def run(self) -> None:
        """Query the kernels when needed, until cancelled."""
        await self._task.run()

    def update(self, notebook: Notebook) -> None:
        """Handle a changed state of a document's debugger or of its runs."""
        debugged = self._context.stepping.of(notebook)
        running = _running(notebook) if debugged is not None else ""
        known = self._known.get(notebook.uri)
        if known is not None and known.run != running:
            self.closed(notebook.uri)
            self._notify(notebook)
            known = None
        if debugged is None or not running or (stop := debugged.stop) is None:
            return
        known = known or self._known.setdefault(notebook.uri, _Known(running))
        if known.number != stop.number:
            known.number = stop.number
            known.passed.append(_place(notebook, stop))
            self._dirty.add(notebook.uri)
            self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._dirty.discard(uri)
        self._known.pop(uri, None)
        self._context.stepped_values.pop(uri, None)

    async def _sort(self, known: _Known) -> None:
        """Sort the stops by their scopes."""
        passed, known.passed = known.passed, []
        for one in passed:
            known.here = None
            if one is None:
                continue
            await asyncio.to_thread(scopes, one.source)  # A long cell must not hold the loop.
            if (scope := scope_at(one.source, one.line, one.name)) is not None:
                known.here = _ScopeOfCell(one.cell, one.source, scope)
                lines = known.stops.setdefault(known.here, [])
                lines.append(one.line)
                del lines[:-STOPS_LIMIT]

    async def _query(self) -> None:
        while self._dirty:
            uri = self._dirty.pop()
            notebook, known = self._context.workspace.get(uri), self._known.get(uri)
            if notebook is None or known is None:
                continue
            await self._sort(known)
            for one in list(known.stops):
                await self._read(notebook, known, one)
            if self._known.get(uri) is known:
                self._context.stepped_values[notebook.uri] = tuple(
                    ScopeValues(one.cell, one.source, values)
                    for one, values in known.values.items()
                    if one == known.here or one.scope.name == MODULE
                )
                self._notify(notebook)

    async def _read(self, notebook: Notebook, known: _Known, one: _ScopeOfCell) -> None:
        """Read the values of a scope: of a cell's own at each stop, of a function's while in it."""
        stop = notebook.debugging.status.stopped
        own = one.scope.name == MODULE
        if stop is None or not (own or (one == known.here and _is_innermost(notebook))):
            return
        said: dict[str, str] = {}
        if names := one.scope.names[:PAGE_LIMIT]:
            question = ListVariables(count=PAGE_LIMIT, hidden=True, only=names, session=own)
            page = await query(notebook, question, VariablesPage)
            now = notebook.debugging.status.stopped
            if not isinstance(page, VariablesPage) or now is None or now.number != stop.number:
                return  # The code runs again, so the values may be those of another line.
            said = {each.name: each.value or each.type for each in page.variables}
        before = known.values.get(one)
        known.values[one] = values_at_stop(before, one.scope, known.stops.pop(one), said)


def _is_innermost(notebook: Notebook) -> bool:
    """Return True if the kernel answers with the names of the function that has stopped."""
    frame = notebook.debugging.status.frame
    return frame is not None and not frame.run and not frame.depth


def _running(notebook: Notebook) -> str:
    """Return the id of the run that is running; empty without one."""
    active = (view.active for view in notebook.views_with_runs())
    running = (run.id for run in active if run is not None and run.state is RunState.RUNNING)
    return next(running, "")


def _place(notebook: Notebook, stop: Stop) -> _Place | None:
    """Return the place of a stop in its cell; None if it is in none, or its line is gone."""
    if stop.line is None or stop.cell not in notebook.ids:
        return None
    view = notebook.view(notebook.ids.index(stop.cell))
    if view.shown is None:
        return None
    now, ran = view.cell.source.split("\n"), view.shown.cell_source.split("\n")
    relative = stop.line - view.first_line - view.cell.body_offset
    line = follow_line(now, ran, relative) if 0 <= relative < len(now) else None
    return None if line is None else _Place(stop.cell, view.shown.cell_source, line, stop.name)
