"""Problems in scripts: unknown names, and cells that are not valid Python.

Owns when problems are searched, and the known problems. Cells are parsed one by one, so that the
event loop can do other work in between. The kernel is queried only for names that the script does
not bind. features/code_problems.py reports the problems.

    edit ──delay──▶ parse the cells ──▶ query the kernel ──▶ publish
    run ended, kernel changed ───────▶ query again

Invariant: each reported problem existed when it was found. An edited cell has no problems until it
has been parsed again. Without an answer of the kernel, only names are reported that were missing in
its previous answer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cellbridge.core.document.blocks import code_to_run
from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.python.unbound import NameUsage, Use, find_unbound, find_uses, read_names
from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import FindNames, FoundNames
from cellbridge.lsp.context import CellProblems, Context
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

_SLICE = 500
"""Cells between which the loop does other work."""
IDLE_DELAY = 0.4
"""Seconds without an edit before a document is checked, so that half-typed names do not count."""
NAMES_LIMIT = 500
"""The maximum number of names in a query, the first ones in alphabetical order."""
_LIVE_STATES = frozenset({KernelState.IDLE, KernelState.BUSY})


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The inputs of a check; while they are unchanged, no check is needed."""

    version: int
    kernel: tuple[bool, str]
    ended: float
    levels: tuple[str, str]


class CodeProblems:
    """The problems of all open documents."""

    def __init__(self, context: Context, notify: Callable[[str], None]) -> None:
        self._context = context
        self._notify = notify
        self._seen: dict[str, _Inputs] = {}
        self._usages: dict[str, dict[str, NameUsage]] = {}
        """By document, the names in the sources of its code cells, at the last check."""
        self._missing: dict[str, frozenset[str]] = {}
        """By document, the names that were missing in the kernel's previous answer."""
        self._dirty: set[str] = set()
        self._edited = 0.0
        self._task = LatestTask(self._check_documents)

    async def run(self) -> None:
        """Check changed documents, until cancelled."""
        await self._task.run()

    def edited(self, notebook: Notebook) -> None:
        """Handle a new document or a changed text."""
        self._edited = asyncio.get_running_loop().time()
        if notebook.language == PYTHON:
            self._check_soon(notebook.uri)

    def update(self, notebook: Notebook) -> None:
        """Handle a change of a possible input of the check."""
        if notebook.language == PYTHON and self._seen.get(notebook.uri) != self._inputs(notebook):
            self._check_soon(notebook.uri)

    def _check_soon(self, uri: str) -> None:
        self._dirty.add(uri)
        self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._dirty.discard(uri)
        for known in (self._seen, self._missing, self._usages, self._context.problems):
            known.pop(uri, None)

    def _inputs(self, notebook: Notebook) -> _Inputs:
        settings, kernel = self._context.config.diagnostics, notebook.kernel
        return _Inputs(
            notebook.version,
            (kernel.state in _LIVE_STATES, kernel.id or kernel.name),
            notebook.last_ended,
            (settings.names, settings.syntax),
        )

    async def _check_documents(self) -> None:
        while self._dirty:
            left = self._edited + IDLE_DELAY - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)  # Wait: until the user pauses typing.
                continue
            uri = self._dirty.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is not None:
                await self._check(notebook)

    async def _check(self, notebook: Notebook) -> None:
        seen = self._inputs(notebook)
        if self._seen.get(notebook.uri) == seen:
            return
        self._seen[notebook.uri] = seen
        found: dict[str, CellProblems] = {}
        if seen.levels != ("off", "off"):
            usages = await self._read(notebook)
            parts = await _parts_of_blocks(notebook.cells)
            missing, version = await self._query_names(notebook, usages.values())
            wanted = missing if seen.levels[0] != "off" else frozenset[str]()
            checks_syntax = seen.levels[1] != "off" and _is_readable(version)
            for source, usage in usages.items():
                fault = usage.fault if checks_syntax and source not in parts else None
                names: tuple[Use, ...] = ()
                if wanted & usage.reads:
                    names = find_uses(source, wanted)
                    await asyncio.sleep(0)  # Wait: for nothing, as above.
                if fault is not None or names:
                    found[source] = CellProblems(names, fault)
        if self._context.problems.get(notebook.uri, {}) != found:
            self._context.problems[notebook.uri] = found
            self._notify(notebook.uri)

    async def _read(self, notebook: Notebook) -> dict[str, NameUsage]:
        """Return the names in each code cell, by its source; only new sources are read."""
        known = self._usages.get(notebook.uri, {})
        usages: dict[str, NameUsage] = {}
        for number, cell in enumerate(notebook.cells):
            if cell.kind is CellKind.CODE:
                usage = known.get(cell.source)
                usages[cell.source] = usage or read_names(cell.source)
                if usage is None or number % _SLICE == 0:
                    await asyncio.sleep(0)  # Wait: for nothing; the loop must not be held.
        if self._context.workspace.get(notebook.uri) is notebook:
            self._usages[notebook.uri] = usages
        return usages

    async def _query_names(
        self, notebook: Notebook, usages: Collection[NameUsage]
    ) -> tuple[frozenset[str], list[int]]:
        """Return the names that are bound nowhere, and the version of the script's Python."""
        names = find_unbound(usages)
        asked = FindNames(sorted(names)[:NAMES_LIMIT])
        answer = await query(notebook, asked, FoundNames)
        if isinstance(answer, FoundNames):
            self._missing[notebook.uri] = frozenset(answer.missing)
            return frozenset(answer.missing) & names, answer.version
        if notebook.kernel.state not in _LIVE_STATES:
            self._missing.pop(notebook.uri, None)
        return self._missing.get(notebook.uri, frozenset[str]()) & names, await _version(notebook)


def _is_readable(version: list[int]) -> bool:
    """Return whether our Python knows the syntax of a newer one, which may be valid there."""
    return bool(version) and tuple(version) <= sys.version_info[:2]


async def _parts_of_blocks(cells: Cells) -> frozenset[str]:
    """Return the sources of cells that are not Python on their own, but run with other cells."""
    found: set[str] = set()
    for index, cell in enumerate(cells):
        if cell.kind is CellKind.CODE and code_to_run(cells, index)[0] != cell.source:
            found.add(cell.source)
        if index % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)  # Wait: for nothing; a long script must not hold the loop.
    return frozenset(found)


async def _version(notebook: Notebook) -> list[int]:
    """Return the version of the Python in which a script will run; empty if it is unknown."""
    environment = (await notebook.kernel_choice()).environment
    parts = environment.version.split(".")[:2] if environment is not None else []
    return [int(part) for part in parts if part.isdecimal()]
