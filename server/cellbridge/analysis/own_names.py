"""Answers from the names that the script itself defines: completions, descriptions and places.

Owns the translation of the index's answers (core/names) into those of a source. It waits for
nothing, but for the reading of a script that was just opened. It must not know kernels or jedi.

An answer with ``answered=False`` means that the text alone does not determine it. An ``exact`` one
holds everything that an analyser could find.
"""

from __future__ import annotations

import asyncio
import builtins
import inspect
import keyword
from collections.abc import Iterator, Sequence
from functools import cache

from cellbridge.analysis.object_text import DOC_LIMIT, VALUE_LIMIT, fenced
from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    Candidate,
    Completions,
    Inspection,
    NameLocation,
    Signatures,
)
from cellbridge.core.document.text import Position
from cellbridge.core.names.answers import KnownName
from cellbridge.core.names.definitions import find_definitions
from cellbridge.core.names.descriptions import describe, find_parameters, find_signatures
from cellbridge.core.names.members import find_members
from cellbridge.core.names.model import Access, BindingKind
from cellbridge.core.names.references import find_references
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.names.visible import visible_names
from cellbridge.core.python.completion_context import ContextKind, CursorContext
from cellbridge.core.python.harmless_magics import split_words

_DESCRIBED = frozenset(
    {BindingKind.CLASS, BindingKind.FUNCTION, BindingKind.METHOD, BindingKind.PROPERTY}
)
"""The kinds of which the text shows all that a hover needs. Of others, jedi may know the type."""
_INSIDE_EXPRESSIONS = split_words(
    "None True False and as async await else for from if import in is lambda not or yield"
)
"""Keywords that are valid in the middle of a line."""
_SOFT = ("match", "case", "type")
"""Keywords at the beginning of a line, and names everywhere else."""
_FEW = 100
"""Names of a list that has their signatures, too; a longer one is not read to its end."""
_NAMING = frozenset({"def", "class"})
"""Keywords before a name that does not exist yet."""


async def read(names: ScriptNames) -> None:
    """Read what is not read yet of a script, in slices between which the loop does other work."""
    while not names.read_some():  # noqa: ASYNC110 - it reads, and does not wait
        await asyncio.sleep(0)  # Wait: for nothing; a long script must not hold the loop.


# --- completions ----------------------------------------------------------------------------------


def complete(question: CursorQuery, place: CursorContext) -> Completions:
    """Return the candidates at a place that the script defines, and Python's own names."""
    if place.kind is ContextKind.ATTRIBUTE:
        found = find_members(question.names, _position(question), place.receiver)
        wanted = place.prefix.lower()
        known = [item for item in found.items if item.name.lower().startswith(wanted)]
        items = [_candidate(question, place, item) for item in known]
        return Completions(items, answered=bool(found.items), exact=found.complete)
    if place.kind is not ContextKind.NAME or place.importing:
        return NO_COMPLETIONS
    return _bare_names(question, place)


def _bare_names(question: CursorQuery, place: CursorContext) -> Completions:
    before = question.line_text[: question.column - len(place.prefix)]
    if before.split()[-1:] and before.split()[-1] in _NAMING:
        return Completions([], exact=True)
    at = _position(question)
    visible = visible_names(question.names, at, place.prefix)
    exact = visible.complete
    few = len(visible.items) <= _FEW
    found = [_candidate(question, place, item, detailed=few) for item in visible.items]
    if place.brackets and place.brackets[0].kind == "call" and not place.brackets[0].keyword:
        parameters, known = _parameters(question, place.brackets[0].expression)
        exact = exact and known
        found += [
            _candidate(question, place, item, sign="=")
            for item in parameters
            if item.name.lower().startswith(place.prefix.lower())
        ]
    start = question.column - len(place.prefix)
    found += [
        Candidate(name, start, question.column, kind)
        for name, kind in _language_names(place.prefix, begins=not before.strip())
    ]
    return Completions(found, exact=exact, cut=visible.cut)


def _parameters(question: CursorQuery, called: str) -> tuple[Sequence[KnownName], bool]:
    """Return the parameters that an argument can name, and whether there are no others."""
    found = find_parameters(question.names, _position(question))
    if found.items or found.complete or not hasattr(builtins, called):
        return found.items, found.complete
    if any(question.names.binding(called)):
        return (), False
    return _parameters_of_builtin(called), True


@cache
def _parameters_of_builtin(name: str) -> Sequence[KnownName]:
    try:
        found = inspect.signature(getattr(builtins, name)).parameters.values()
    except (ValueError, TypeError):  # Some describe their parameters only in words.
        return ()
    named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    return [KnownName(one.name, BindingKind.PARAMETER) for one in found if one.kind in named]


def _candidate(
    question: CursorQuery,
    place: CursorContext,
    item: KnownName,
    *,
    sign: str = "",
    detailed: bool = True,
) -> Candidate:
    start = question.column - len(place.prefix)
    detail = item.detail if detailed else ""
    return Candidate(item.name + sign, start, question.column, item.candidate_kind, detail)


def _language_names(prefix: str, *, begins: bool) -> Iterator[tuple[str, str]]:
    """Yield the keywords and builtins that continue a prefix; ``begins``: it begins its line."""
    wanted = prefix.lower()
    for name, lowered, kind in _LANGUAGE_NAMES:
        fits = kind != "keyword" or begins or name in _INSIDE_EXPRESSIONS
        if fits and lowered.startswith(wanted):
            yield name, kind
    if begins:
        yield from ((name, "keyword") for name in _SOFT if name.startswith(wanted))


def _kind_of_builtin(name: str) -> str:
    value = getattr(builtins, name)
    if isinstance(value, type):
        return "class"
    return "function" if callable(value) else "instance"


_LANGUAGE_NAMES = (
    *((name, name.lower(), "keyword") for name in keyword.kwlist),
    *(
        (name, name.lower(), _kind_of_builtin(name))
        for name in dir(builtins)
        if name not in keyword.kwlist
    ),
)


# --- descriptions ---------------------------------------------------------------------------------


def hover(question: CursorQuery) -> tuple[Inspection, bool]:
    """Return a description as Markdown, and whether an analyser could add nothing to it."""
    found = describe(question.names, _position(question))
    if found is None or not found.signature:
        return NO_INSPECTION, False
    parts = [fenced(found.signature, "python", VALUE_LIMIT)]
    if found.documentation:
        parts.append(fenced(found.documentation, "text", DOC_LIMIT))
    return Inspection({"text/markdown": "\n\n".join(parts)}), found.kind in _DESCRIBED


def signatures(question: CursorQuery) -> Signatures:
    """Return the ways to call the script's own function whose call contains the place."""
    return find_signatures(question.names, _position(question))


# --- places ---------------------------------------------------------------------------------------


def definitions(question: CursorQuery) -> tuple[list[NameLocation], bool]:
    """Return the places that define a name, and whether they are more than its imports."""
    found = find_definitions(question.names, _position(question))
    places = [
        NameLocation(None, one.line, one.column, one.name, definition=True, imported=one.imported)
        for one in found.items
        if not one.builtin
    ]
    foreign = any(one.module or one.builtin for one in found.items)
    return places, found.known and not foreign


def references(question: CursorQuery) -> tuple[list[NameLocation], bool]:
    """Return the places of a name in the script, and whether the text determines them."""
    found = find_references(question.names, _position(question))
    places = [
        NameLocation(
            path=None,
            line=one.line,
            column=one.column,
            name=one.name,
            definition=one.access is Access.WRITE,
            imported=one.imported,
        )
        for one in found.items
    ]
    return places, found.known


def _position(question: CursorQuery) -> Position:
    return Position(question.line, question.column)
