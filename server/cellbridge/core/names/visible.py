"""The query for the names that can be used at a position.

Owns which names are offered, each once, innermost first. Builtins and keywords are not among them.
"""

from __future__ import annotations

from cellbridge.core.document.text import Position

from .answers import KnownName, KnownNames
from .lookup import scope_at, scopes_around
from .script_names import Bound, ScriptNames
from .signature_text import detail_of

NAME_LIMIT = 5000
"""Names of an answer. A longer list is of no use to anyone; the answer is not complete then."""


def visible_names(names: ScriptNames, at: Position, prefix: str = "") -> KnownNames:
    """Return the names in scope that begin with ``prefix``, in any case of letters.

    ``complete`` is False if names are bound that the text does not show. The word at the position
    is left out if that is the only place that binds it.
    """
    placed = names.at(at.line)
    found: dict[str, KnownName] = {}
    wanted = prefix.lower()
    size = len(prefix)
    for scope in scopes_around(placed, scope_at(placed, at)):
        if not scope:
            break
        for binding in placed.names.bindings:
            if binding.scope == scope and not binding.on_self and binding.name not in found:
                bound = Bound(placed, binding)
                if binding.name[:size].lower() == wanted and not _is_written(bound, at):
                    found[binding.name] = known_name(bound)
    for name, bound in names.bound_names():
        if name[:size].lower() == wanted and name not in found and not _is_written(bound, at):
            found[name] = known_name(bound)
            if len(found) >= NAME_LIMIT:
                return KnownNames(tuple(found.values()))
    return KnownNames(tuple(found.values()), complete=not names.is_opaque)


def _is_written(bound: Bound, at: Position) -> bool:
    line, column = bound.place
    return line == at.line and column <= at.column <= column + len(bound.binding.name)


def known_name(bound: Bound) -> KnownName:
    """Return the answer for one binding."""
    placed, binding = bound
    return KnownName(binding.name, binding.kind, detail_of(binding), placed.line + binding.line)
