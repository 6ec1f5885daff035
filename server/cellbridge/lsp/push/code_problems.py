"""What a script's text and its kernel say against it: unknown names, cells that are no Python.

Owns when that is found out, and what of it is known. Text is read cell by cell, with the loop's
other work between; the kernel is asked only about names that the script does not bind. How it is
reported is features/code_problems.py's matter.

    edit ──rest──▶ read the cells ──▶ ask the kernel ──▶ publish
    run ended, kernel changed ──────▶ ask again

Invariant: what is reported was so when it was found. A cell that was edited since has nothing
reported until it has been read again; without an answer of the kernel only those names are reported
that it did not know before.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.python.unbound import SyntaxProblem, find_unbound, find_uses, read_names
from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import FindNames, FoundNames
from cellbridge.lsp.context import CellProblems, Context
from cellbridge.lsp.push.latest_task import Pump
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import look

REST = 0.4
"""Seconds without an edit after which a document is read: half a name is no unknown one."""
NAMES = 500
"""Names that the kernel is asked about; of more the first in the alphabet."""
_LIVING = frozenset({KernelState.IDLE, KernelState.BUSY})


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an answer hangs on; while it is the same there is nothing to find out."""

    version: int
    kernel: tuple[bool, str]
    ended: float
    levels: tuple[str, str]


class Problems:
    """The problems of all open documents."""

    def __init__(self, context: Context, tell: Callable[[str], None]) -> None:
        self._context = context
        self._tell = tell
        self._seen: dict[str, _Seen] = {}
        self._missing: dict[str, frozenset[str]] = {}
        """By document, the names that its kernel did not know when it was asked last."""
        self._dirty: set[str] = set()
        self._edited = 0.0
        self._pump = Pump(self._find)

    async def run(self) -> None:
        """Do the finding out; until cancelled."""
        await self._pump.run()

    def edited(self, notebook: Notebook) -> None:
        """A document is new or its text is."""
        self._edited = asyncio.get_running_loop().time()
        self.update(notebook)

    def update(self, notebook: Notebook) -> None:
        """Something has changed that an answer may hang on."""
        if notebook.language == PYTHON and self._seen.get(notebook.uri) != self._now(notebook):
            self._dirty.add(notebook.uri)
            self._pump.wake()

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._dirty.discard(uri)
        for known in (self._seen, self._missing, self._context.problems):
            known.pop(uri, None)

    def _now(self, notebook: Notebook) -> _Seen:
        settings, kernel = self._context.config.diagnostics, notebook.kernel
        ended = (view.run.ended_at or 0.0 for view in notebook.views() if view.run)
        return _Seen(
            notebook.version,
            (kernel.state in _LIVING, kernel.id or kernel.name),
            max(ended, default=0.0),
            (settings.names, settings.syntax),
        )

    async def _find(self) -> None:
        while self._dirty:
            left = self._edited + REST - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)  # Wait: for a person to rest from typing.
                continue
            uri = self._dirty.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is not None:
                await self._look_at(notebook)

    async def _look_at(self, notebook: Notebook) -> None:
        seen = self._now(notebook)
        if self._seen.get(notebook.uri) == seen:
            return
        self._seen[notebook.uri] = seen
        found: dict[str, CellProblems] = {}
        if seen.levels != ("off", "off"):
            sources = [cell.source for cell in notebook.cells if cell.kind is CellKind.CODE]
            for source in sources:
                read_names(source)
                await asyncio.sleep(0)  # Wait: for nothing; a long script must not hold the loop.
            missing, version = await self._asked(notebook, sources)
            for source in dict.fromkeys(sources):
                faults = self._fault(source, version)
                names = find_uses(source, missing) if seen.levels[0] != "off" else ()
                if faults is not None or names:
                    found[source] = CellProblems(names, faults)
        if self._context.problems.get(notebook.uri, {}) != found:
            self._context.problems[notebook.uri] = found
            self._tell(notebook.uri)

    async def _asked(
        self, notebook: Notebook, sources: list[str]
    ) -> tuple[frozenset[str], list[int]]:
        """Return the names that nobody knows, and the version of the script's Python."""
        names = find_unbound(sources)
        asked = FindNames(sorted(names)[:NAMES])
        answer = await look(notebook, asked, FoundNames)
        if isinstance(answer, FoundNames):
            self._missing[notebook.uri] = frozenset(answer.missing)
            return frozenset(answer.missing) & names, answer.version
        if notebook.kernel.state not in _LIVING:
            self._missing.pop(notebook.uri, None)
        return self._missing.get(notebook.uri, frozenset[str]()) & names, await _version(notebook)

    def _fault(self, source: str, version: list[int]) -> SyntaxProblem | None:
        # What an older Python does not understand may be right in a newer one.
        readable = bool(version) and tuple(version) <= sys.version_info[:2]
        wanted = self._context.config.diagnostics.syntax != "off"
        return read_names(source).fault if readable and wanted else None


async def _version(notebook: Notebook) -> list[int]:
    """Return the version of the Python that a script will run in; empty if it is not known."""
    environment = (await notebook.kernel_choice()).environment
    parts = environment.version.split(".")[:2] if environment is not None else []
    return [int(part) for part in parts if part.isdecimal()]
