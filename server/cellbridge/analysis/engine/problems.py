"""An engine's diagnostics, and those that mean something in a notebook.

Owns which diagnostics are left out: engines check a script, and a notebook is more. Pure. Left out
are:

    - hints, which engines use to make unused names pale
    - everything on a masked line, on a marker, and in a cell that is not code
    - the names that IPython defines
    - ``await`` and its like at the top level of a cell
    - values that are not used, which a notebook shows, and definitions in several cells
    - an undefined name that exists in the kernel (`undefined_names`)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cellbridge.analysis.engine.answers import Area
from cellbridge.analysis.engine.documents import EngineDocument
from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.python.unbound import is_interactive_name, read_names

LIMIT = 1_000
"""The maximum number of diagnostics of one document, from its start."""
_HINT = 4
_UNDEFINED = frozenset(
    {
        "unresolved-reference",
        "possibly-unresolved-reference",
        "name-defined",
        "used-before-def",
        "possibly-undefined",
        "unknown-name",
        "unbound-name",
        "reportUndefinedVariable",
        "reportUnboundVariable",
        "reportPossiblyUnbound",
        "reportPossiblyUnboundVariable",
    }
)
"""Codes for names that an engine does not find."""
_ONLY_IN_SCRIPTS = frozenset(
    {
        "no-redef",
        "redefinition",
        "reportRedeclaration",
        "reportUnusedCallResult",
        "reportUnusedCoroutine",
        "reportUnusedExpression",
        "unused-coroutine",
    }
)
"""Codes of reports that a notebook does not need."""
_AWAITS = re.compile(r"await|async")
_OUTSIDE = re.compile(r"\b(?:outside|inside|within)\b.*\bfunction", re.DOTALL)


class Problem(msgspec.Struct, frozen=True):
    """One diagnostic. Lines and columns count from 0, in code points."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    severity: int
    """The protocol's number: 1 is an error, 4 a hint."""
    code: str
    text: str
    """The text that it is about, where that is within a line."""

    def moved(self, lines: int) -> Problem:
        """Return it ``lines`` further down."""
        return msgspec.structs.replace(self, line=self.line + lines, end_line=self.end_line + lines)

    @property
    def undefined(self) -> bool:
        """True if it reports a name that the engine does not find."""
        return self.code in _UNDEFINED


class _Diagnostic(msgspec.Struct):
    range: Area
    message: str
    severity: int | None = None
    code: int | str | None = None


class Report(msgspec.Struct):
    """The answer to a request for diagnostics."""

    items: list[_Diagnostic] = []


class Publication(msgspec.Struct):
    """The parameters of ``textDocument/publishDiagnostics``."""

    uri: str
    diagnostics: list[_Diagnostic]
    version: int | None = None


def problems(found: Sequence[_Diagnostic], document: EngineDocument) -> list[Problem]:
    """Return diagnostics in the document's positions."""
    return [_problem(one, document) for one in found[:LIMIT]]


def _problem(found: _Diagnostic, document: EngineDocument) -> Problem:
    start = document.read(found.range.start.line, found.range.start.character)
    end = document.read(found.range.end.line, found.range.end.character)
    text = document.line(start.line)[start.column : end.column] if start.line == end.line else ""
    code = "" if found.code is None else str(found.code)
    place = (start.line, start.column, end.line, end.column)
    return Problem(*place, found.message, found.severity or 1, code, text)


def notebook_problems(
    found: Iterable[Problem], cells: Cells, lines: Sequence[str], masked: Sequence[str]
) -> Iterator[Problem]:
    """Yield the problems that mean something in a notebook."""
    for one in found:
        if not 0 <= one.line < len(masked) or lines[one.line] != masked[one.line]:
            continue
        index = cells.at(one.line)
        cell = cells[index]
        inside = one.line >= cells.first_line(index) + cell.body_offset
        if cell.kind is CellKind.CODE and inside and not _only_in_scripts(one, cell.source):
            yield one


def _only_in_scripts(one: Problem, source: str) -> bool:
    if one.severity >= _HINT or one.code in _ONLY_IN_SCRIPTS:
        return True
    if one.undefined and is_interactive_name(one.text):
        return True
    # A cell may await: it is read as IPython reads it, which refuses only what is really wrong.
    misplaced = _OUTSIDE.search(one.message) and _AWAITS.search(one.message)
    return bool(misplaced) and read_names(source).fault is None


def undefined_names(found: Iterable[Problem]) -> list[str]:
    """Return the names that the engine does not find, for a query to the kernel."""
    return sorted({one.text for one in found if one.undefined and one.text.isidentifier()})


def without_names(found: Iterable[Problem], known: frozenset[str]) -> list[Problem]:
    """Return the problems without the names that are known to exist."""
    return [one for one in found if not (one.undefined and one.text in known)]
