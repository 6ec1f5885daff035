"""The sources of knowledge about code, as analysis uses them.

Owns the two protocols that sources implement and the query put to them. It must not know the
implementation of a source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cellbridge.analysis.worker_protocol import SignatureJob
from cellbridge.core.code_info import Completions, Inspection, NameLocation, Signatures
from cellbridge.core.document.text import Text
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.python.import_position import ImportPosition


@dataclass(frozen=True, slots=True)
class CursorQuery:
    """A place in a document, in the terms of both sources. Columns and offsets are code points."""

    text: Text
    """The whole document with its magics."""
    find_names: Callable[[], ScriptNames]
    """Returns the names that it defines. Many queries do not need them: a newer one comes first."""
    line: int
    """Line of the document, from 0."""
    column: int
    """Column in that line."""
    path: str | None
    """The document's path, where it has one."""
    code: str
    """The code for the kernel: the source of the cell."""
    offset: int
    """The same place as an offset into ``code``."""
    line_text: str
    """The document's line without its ending."""
    in_frame: bool = False
    """True in the code of the selected frame, whose local names the kernel knows."""

    @property
    def names(self) -> ScriptNames:
        """The names that the document defines."""
        return self.find_names()

    @property
    def content(self) -> str:
        """The whole document as one text: long ones take milliseconds to join."""
        return self.text.content


class LiveSource(Protocol):
    """The live kernel; answers with ``answered=False`` rather than wait for a running cell."""

    async def complete(self, code: str, offset: int) -> Completions:
        """Return candidates whose ``start`` and ``end`` are offsets into ``code``."""
        ...

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Return the kernel's description of the name at ``offset``."""
        ...

    async def signature(self, code: str, offset: int) -> Signatures:
        """Return the ways to call the function whose call contains ``offset``."""
        ...


class StaticSource(Protocol):
    """An analyser of text, such as `cellbridge.analysis.static_analysis.StaticPython`."""

    async def complete(self, content: str, line: int, column: int, path: str | None) -> Completions:
        """Return candidates whose ``start`` and ``end`` are columns of ``line``."""
        ...

    async def complete_import(self, query: CursorQuery, position: ImportPosition) -> Completions:
        """Return candidates for a position in an import statement, in columns of the line."""
        ...

    async def hover(self, content: str, line: int, column: int, path: str | None) -> Inspection:
        """Return signature and documentation of the name at the position."""
        ...

    async def signatures(
        self, content: str, line: int, column: int, path: str | None
    ) -> Signatures:
        """Return the ways to call what is called at the position."""
        ...


class Analyser(StaticSource, Protocol):
    """A static source that also finds places, such as `StaticPython` or an engine before it."""

    async def locations(
        self, kind: type[SignatureJob], place: tuple[str, int, int], path: str | None
    ) -> list[NameLocation]:
        """Return the places that a job of ``kind`` asks for, at content, line and column."""
        ...

    def warm(self, content: str, path: str | None) -> None:
        """Prepare for questions about a document that has been opened. Returns at once."""
        ...
