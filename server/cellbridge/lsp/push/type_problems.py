"""Problems in scripts that an engine finds, such as wrong types.

Owns when an engine is requested, and the known problems. The problems of a cell are kept with the
cell's text, so that they move with the cell and disappear when it is edited.
features/type_problems.py reports them.

    edit ──delay──▶ request ──▶ leave out what means nothing in a notebook ──▶ query the kernel
                                                                                   └──▶ publish

Invariant: each reported problem was found in the cell's present text. A name that exists in the
kernel is not reported as undefined.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import without_ending
from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import FindNames, FoundNames
from cellbridge.lsp.context import CellTypeProblems, Context
from cellbridge.lsp.push.code_problems import IDLE_DELAY, NAMES_LIMIT
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

if TYPE_CHECKING:
    from cellbridge.analysis.engine.problems import Problem

ATTEMPTS = 3
"""The maximum number of checks in a row without an answer, until the next change."""
_LIVE_STATES = frozenset({KernelState.IDLE, KernelState.BUSY})


class TypeProblems:
    """The problems of all open documents."""

    def __init__(self, context: Context, notify: Callable[[str], None]) -> None:
        self._context = context
        self._notify = notify
        self._dirty: set[str] = set()
        self._seen: dict[str, tuple[object, ...]] = {}
        self._attempts: dict[str, int] = {}
        """By document, the checks in a row without an answer."""
        self._edited = 0.0
        self._task = LatestTask(self._check_documents)
        context.engines.changed = self.update_all

    async def run(self) -> None:
        """Check changed documents, until cancelled."""
        await self._task.run()

    def edited(self, notebook: Notebook) -> None:
        """Handle a new document or a changed text."""
        self._edited = asyncio.get_running_loop().time()
        self.update(notebook)

    def update(self, notebook: Notebook) -> None:
        """Handle a change of a possible input of the check."""
        if notebook.language != PYTHON:
            return
        if self._context.engines.wanted and self._seen.get(notebook.uri) != _inputs(notebook):
            self._attempts.pop(notebook.uri, None)
            self._check_soon(notebook.uri)

    def update_all(self) -> None:
        """Handle a change of the settings, or an engine's news."""
        for notebook in self._context.workspace:
            if self._context.engines.wanted or notebook.uri in self._context.type_problems:
                self._check_soon(notebook.uri)

    def _check_soon(self, uri: str) -> None:
        self._dirty.add(uri)
        self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._dirty.discard(uri)
        self._seen.pop(uri, None)
        self._attempts.pop(uri, None)
        self._context.type_problems.pop(uri, None)

    async def _check_documents(self) -> None:
        while self._dirty:
            left = self._edited + IDLE_DELAY - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)  # Wait: until the user pauses typing.
                continue
            notebook = self._context.workspace.get(self._dirty.pop())
            if notebook is not None:
                await self._check(notebook)

    async def _check(self, notebook: Notebook) -> None:
        self._seen[notebook.uri] = _inputs(notebook)
        engine = await self._context.engines.find(notebook)
        if self._context.workspace.get(notebook.uri) is not notebook:
            self._context.engines.closed(notebook.uri, notebook.path)
            return  # It was closed in the meantime.
        found: dict[str, CellTypeProblems] = {}
        if engine is not None and self._context.config.diagnostics.types:
            text, cells, ids = notebook.text, notebook.cells, notebook.ids
            checked = await engine.diagnose(text.content, str(notebook.path))
            if checked is None:
                self._check_again(notebook.uri, ready=engine.pid is not None)
                return
            self._attempts.pop(notebook.uri, None)
            from cellbridge.analysis.engine.problems import notebook_problems  # noqa: PLC0415

            lines = [without_ending(line) for line in text.lines]
            kept = list(notebook_problems(checked[0], cells, lines, checked[1]))
            found = _by_cell(engine.command.name, cells, ids, await self._defined(notebook, kept))
        is_open = self._context.workspace.get(notebook.uri) is notebook
        if is_open and self._context.type_problems.get(notebook.uri, {}) != found:
            self._context.type_problems[notebook.uri] = found
            self._notify(notebook.uri)

    def _check_again(self, uri: str, *, ready: bool) -> None:
        """Repeat a check without an answer; an engine that is starting reports when it is ready."""
        attempts = self._attempts.get(uri, 0) + 1
        self._attempts[uri] = attempts
        if ready and attempts <= ATTEMPTS:
            self._edited = asyncio.get_running_loop().time()
            self._check_soon(uri)

    async def _defined(self, notebook: Notebook, found: list[Problem]) -> list[Problem]:
        """Return the problems without the names that exist in the kernel."""
        from cellbridge.analysis.engine import problems  # noqa: PLC0415 (rarely used)

        names = problems.undefined_names(found)[:NAMES_LIMIT]
        if not names or notebook.kernel.state not in _LIVE_STATES:
            return found
        answer = await query(notebook, FindNames(names), FoundNames)
        if not isinstance(answer, FoundNames):
            return found
        return problems.without_names(found, frozenset(names) - frozenset(answer.missing))


def _inputs(notebook: Notebook) -> tuple[object, ...]:
    """Return the inputs of a check; while they are unchanged, no check is needed."""
    kernel = notebook.kernel
    return (
        notebook.version,
        notebook.last_ended,
        kernel.state in _LIVE_STATES,
        kernel.python,
        kernel.name,
    )


def _by_cell(
    engine: str, cells: Cells, ids: tuple[str, ...], found: Iterable[Problem]
) -> dict[str, CellTypeProblems]:
    """Return the problems by cell, in lines of the cell."""
    grouped: dict[int, list[Problem]] = {}
    for one in found:
        grouped.setdefault(cells.at(one.line), []).append(one)
    return {
        ids[index]: CellTypeProblems(
            engine, cells[index].slice, tuple(one.moved(-cells.first_line(index)) for one in listed)
        )
        for index, listed in grouped.items()
    }
