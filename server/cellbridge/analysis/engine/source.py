"""The static source that asks an engine, and jedi where the engine does not answer.

Owns which of the two answers. The engine answers completions, hovers, signatures and definitions;
references and highlights within the script stay with jedi, which also knows what can be renamed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis.engine import answers
from cellbridge.analysis.engine.documents import EngineDocument
from cellbridge.analysis.engine.engine import Engine
from cellbridge.analysis.sources import Analyser, CursorQuery
from cellbridge.core.code_info import Completions, Inspection, NameLocation, Signatures
from cellbridge.core.python.import_position import ImportPosition

T = TypeVar("T")

_DEFINITIONS: dict[type[jobs.SignatureJob], str] = {
    jobs.DefinitionJob: "textDocument/definition",
    jobs.TypeDefinitionJob: "textDocument/typeDefinition",
}


class EngineSource:
    """An engine as `Analyser`, in front of jedi."""

    def __init__(self, engine: Engine | None, jedi: Analyser) -> None:
        """Ask ``engine``, which is None as long as none has been found."""
        self._engine = engine
        self._jedi = jedi

    async def complete(self, content: str, line: int, column: int, path: str | None) -> Completions:
        """Return candidates; their ``start`` and ``end`` are columns of ``line``."""
        found = await self._complete(content, line, column, path)
        return found or await self._jedi.complete(content, line, column, path)

    async def complete_import(self, query: CursorQuery, position: ImportPosition) -> Completions:
        """Return candidates for a position in an import statement, in columns of the line."""
        found = await self._complete(query.content, query.line, query.column, query.path)
        if found is not None and found.items:
            return found
        return await self._jedi.complete_import(query, position)

    async def _complete(
        self, content: str, line: int, column: int, path: str | None
    ) -> Completions | None:
        return await self._ask(
            "textDocument/completion",
            (content, line, column, path),
            lambda answer, document: answers.completions(answer, document, line, column),
        )

    async def hover(self, content: str, line: int, column: int, path: str | None) -> Inspection:
        """Return signature and documentation of the name at the position, as Markdown."""
        # The position is the word's end; engines describe the name that a character belongs to.
        before = max(column - 1, 0)
        found = await self._ask(
            "textDocument/hover",
            (content, line, before, path),
            lambda answer, _: answers.inspection(answer),
        )
        return found or await self._jedi.hover(content, line, column, path)

    async def signatures(
        self, content: str, line: int, column: int, path: str | None
    ) -> Signatures:
        """Return the ways to call what is called at the position."""
        found = await self._ask(
            "textDocument/signatureHelp",
            (content, line, column, path),
            lambda answer, _: answers.signatures(answer),
        )
        return found or await self._jedi.signatures(content, line, column, path)

    async def locations(
        self, kind: type[jobs.SignatureJob], place: tuple[str, int, int], path: str | None
    ) -> list[NameLocation]:
        """Return the places that a job of ``kind`` asks for, at content, line and column."""
        method = _DEFINITIONS.get(kind)
        found: list[NameLocation] | None = None
        if method is not None:
            found = await self._ask(
                method,
                (*place, path),
                lambda answer, document: answers.locations(
                    answer, document, answers.word_at(document.line(place[1]), place[2])
                ),
            )
        return await self._jedi.locations(kind, place, path) if found is None else found

    def warm(self, content: str, path: str | None) -> None:
        """Do nothing: an engine reads what is imported when it receives the text."""

    async def _ask(
        self,
        method: str,
        place: tuple[str, int, int, str | None],
        read: Callable[[bytes, EngineDocument], T],
    ) -> T | None:
        content, line, column, path = place
        if self._engine is None or path is None:
            return None
        answer = await self._engine.ask(method, content, (path, line, column))
        try:
            return None if answer is None else read(*answer)
        except msgspec.MsgspecError:
            return None
