"""The query for the names that can be used at a position.

Owns which names are offered, each once, innermost first. Builtins and keywords are not among them.
"""

from __future__ import annotations

from cellbridge.core.document.text import Position

from .answers import KnownName, KnownNames
from .lookup import scope_at, scopes_around
from .model import Binding
from .script_names import Bound, ScriptNames

NAME_LIMIT = 300
"""Names of an answer. A longer list is cut: it takes longer to send, and no user reads it."""


def visible_names(names: ScriptNames, at: Position, prefix: str = "") -> KnownNames:
    """Return the names in scope that begin with ``prefix``, in any case of letters.

    ``complete`` is False if names are bound that the text does not show. The word at the position
    is left out if that is the only place that binds it.
    """
    placed = names.at(at.line)
    found: dict[str, KnownName] = {}
    wanted = prefix.lower()
    for scope in scopes_around(placed, scope_at(placed, at)):
        if not scope:
            break
        for binding in placed.names.bindings:
            name = binding.name
            if binding.scope == scope and not binding.on_self and name not in found:
                line = placed.line + binding.line
                if name.lower().startswith(wanted) and not _is_written(binding, line, at):
                    found[name] = KnownName(name, binding.kind, line, binding)
    for bound in names.binding(prefix):  # The typed name itself is never cut.
        if prefix not in found and not _is_written(bound.binding, bound.place[0], at):
            found[prefix] = known_name(bound)
    for name, line, binding in names.names_beginning(wanted):
        if name not in found and not _is_written(binding, line, at):
            if len(found) >= NAME_LIMIT:
                return KnownNames(tuple(found.values()), complete=not names.is_opaque, cut=True)
            found[name] = KnownName(name, binding.kind, line, binding)
    return KnownNames(tuple(found.values()), complete=not names.is_opaque)


def _is_written(binding: Binding, line: int, at: Position) -> bool:
    """Return whether the position touches the name where it is bound."""
    end = binding.column + len(binding.name)
    return line == at.line and binding.column <= at.column <= end


def known_name(bound: Bound) -> KnownName:
    """Return the answer for one binding."""
    placed, binding = bound
    return KnownName(binding.name, binding.kind, placed.line + binding.line, binding)
