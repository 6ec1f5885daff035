"""Static analysis: knowledge from the text of a document, without running it.

Owns the static source of knowledge about Python. It must not know kernels, editors or how the
answers are merged with the live ones.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis.importable_modules import ImportableModules
from cellbridge.analysis.race import Waits, race
from cellbridge.analysis.sources import CursorQuery
from cellbridge.analysis.worker import Worker
from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    NO_SIGNATURES,
    Candidate,
    Completions,
    Inspection,
    NameLocation,
    Signatures,
)
from cellbridge.core.python.import_position import ImportKind, ImportPosition

LIST_SECONDS = 1.0
"""Seconds after which the modules are listed in advance: the start needs the processor."""
PATIENCE = 3.0
"""Seconds within which the modules that can be imported, or jedi, have to answer."""
NAME_BUDGET = 0.1
"""Seconds that jedi gets for the names of a package once its modules are known."""


class StaticPython:
    """jedi's view of Python documents, from a worker process that starts with the first question.

    An async context manager: enter and leave it in the same task. Lines and columns count from 0,
    in code points. Nothing here raises because of what a document holds or what becomes of the
    worker; such an answer has ``answered=False``.
    """

    def __init__(
        self,
        *,
        python: str | None = None,
        worker: Worker | None = None,
        modules: ImportableModules | None = None,
    ) -> None:
        """Analyse for the interpreter ``python``; None for cellbridge's own."""
        self._python = python
        self._worker = worker or Worker()
        self._modules = modules or ImportableModules()

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while it does not run."""
        return self._worker.pid

    async def __aenter__(self) -> Self:
        await self._worker.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._modules.close()
        await self._worker.__aexit__(kind, error, traceback)

    async def complete(self, content: str, line: int, column: int, path: str | None) -> Completions:
        """Return candidates; their ``start`` and ``end`` are columns of ``line``."""
        result = await self._worker.request(
            jobs.CompletionJob(content, line, column, path, self._python)
        )
        return result.completions if isinstance(result, jobs.CompletionResult) else NO_COMPLETIONS

    async def complete_import(self, query: CursorQuery, position: ImportPosition) -> Completions:
        """Return modules from their directories; names of a package from jedi if it is in time."""
        named = position.kind is ImportKind.NAME
        answers = await race(
            lambda: self._importable(query, position),
            lambda _: self.complete(query.content, query.line, query.column, query.path),
            answered=lambda answer: bool(answer.items),
            settles=lambda answer: bool(answer.items) and not named,
            waits=Waits(PATIENCE, NAME_BUDGET),
        )
        modules, names = (answer or NO_COMPLETIONS for answer in answers)
        answered = names.answered or (bool(modules.items) and not named)
        return Completions([*modules.items, *names.items], answered=answered)

    async def _importable(self, query: CursorQuery, position: ImportPosition) -> Completions:
        start, typed = query.column - len(position.prefix), position.prefix.casefold()
        found = await self._modules.find(self._python, _folder(query.path), position.package)
        fitting = [name for name in found if name.casefold().startswith(typed)]
        return Completions([Candidate(name, start, query.column, "module") for name in fitting])

    async def hover(self, content: str, line: int, column: int, path: str | None) -> Inspection:
        """Return signature and documentation of the name at the position, as Markdown."""
        result = await self._worker.request(
            jobs.HoverJob(content, line, column, path, self._python)
        )
        return result.inspection if isinstance(result, jobs.HoverResult) else NO_INSPECTION

    async def signatures(
        self, content: str, line: int, column: int, path: str | None
    ) -> Signatures:
        """Return the ways to call what is called at the position."""
        result = await self._worker.request(
            jobs.SignatureJob(content, line, column, path, self._python)
        )
        return result.signatures if isinstance(result, jobs.SignatureResult) else NO_SIGNATURES

    async def locations(
        self, kind: type[jobs.SignatureJob], place: tuple[str, int, int], path: str | None
    ) -> list[NameLocation]:
        """Return the places that a job of ``kind`` asks for, at content, line and column."""
        result = await self._worker.request(kind(*place, path, self._python))
        return result.locations if isinstance(result, jobs.LocationResult) else []

    def for_interpreter(self, python: str) -> StaticPython:
        """Return the same analyser for another interpreter, with the same worker.

        It is not to be entered: the worker is this one's.
        """
        return StaticPython(python=python or None, worker=self._worker, modules=self._modules)

    def warm(self, content: str, path: str | None) -> None:
        """Load the document's imports in the background: cold answers take seconds.

        The modules that it could import are listed, too.
        """
        self._modules.begin_later(LIST_SECONDS, self._python, _folder(path))
        self._worker.warm(jobs.WarmUpJob(content, path, self._python))

    def warms(self, path: str | None) -> bool:
        """Return True if the imports of the script at ``path`` were the last to be loaded."""
        return self._worker.warm_up is not None and self._worker.warm_up.path == path

    def stop_warming(self) -> None:
        """Leave the imports that are not loaded yet to a kernel, which has loaded them."""
        self._worker.stop_warming()


def _folder(path: str | None) -> Path | None:
    return None if path is None else Path(path).parent
