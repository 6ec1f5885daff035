"""The query for the attributes of the object before a dot.

Owns the reading of the receiver, and the list of its attributes.
"""

from __future__ import annotations

from cellbridge.core.document.text import Position, without_ending
from cellbridge.core.python.completion_context import ContextKind, CursorContext, context_at

from .answers import KnownName, KnownNames
from .classes import builtin_attributes, family_of, own_attributes
from .expressions import expression_in
from .lookup import scope_at
from .model import BindingKind
from .script_names import ScriptNames
from .value import Value, ValueKind, Values, Where
from .values import Evaluator
from .visible import known_name

_FUNCTION = ("__call__", "__name__", "__doc__", "__module__", "__qualname__", "__wrapped__")


def context_of(names: ScriptNames, at: Position) -> CursorContext:
    """Return what is being written at a position; only its own piece is read."""
    placed = names.at(at.line)
    line = at.line - placed.line
    lines = [without_ending(one) for one in placed.piece.lines[: line + 1]]
    code = "\n".join([*lines[:-1], lines[-1][: at.column]]) if lines else ""
    return context_at(code, len(code))


def find_members(names: ScriptNames, at: Position, receiver: str | None = None) -> KnownNames:
    """Return the attributes of the receiver before the dot at a position.

    ``receiver`` is that expression as text; without it, it is read from the script. The answer is
    empty and not complete if the receiver is unknown.
    """
    if receiver is None:
        context = context_of(names, at)
        if context.kind is not ContextKind.ATTRIBUTE:
            return KnownNames()
        receiver = context.receiver
    evaluator = Evaluator(names)
    values = evaluate_text(evaluator, receiver, at)
    if not values:
        return KnownNames()
    found: dict[str, KnownName] = {}
    complete = True
    for value in values:
        complete = _add_members(evaluator, value, found) and complete
    return KnownNames(tuple(found.values()), complete=complete)


def evaluate_text(evaluator: Evaluator, text: str, at: Position) -> Values:
    """Return the values of an expression written at a position; None if they are unknown."""
    expression = expression_in(text)
    placed = evaluator.names.at(at.line)
    where = Where(placed, scope_at(placed, at), (at.line, at.column))
    return evaluator.evaluate(expression, where)


def _add_members(evaluator: Evaluator, value: Value, found: dict[str, KnownName]) -> bool:
    """Add the attributes of a value; return False if there may be more."""
    builtin: tuple[str, ...] = (value.name,)
    complete = True
    if value.kind in {ValueKind.FUNCTION, ValueKind.BOUND_METHOD}:
        for name in _FUNCTION:
            found.setdefault(name, KnownName(name, BindingKind.ATTRIBUTE))
        return False
    if value.bound:
        family = family_of(evaluator.evaluate, value.bound)
        for bound in own_attributes(family, value):
            if not bound.binding.deleted:
                found.setdefault(bound.binding.name, known_name(bound))
        builtin, complete = family.builtin, family.complete
    if value.kind in {ValueKind.CLASS, ValueKind.BUILTIN_CLASS}:
        builtin = (*builtin, "type")
    for kind in builtin:
        for name, member in builtin_attributes(kind):
            found.setdefault(name, KnownName(name, member))
    return complete
