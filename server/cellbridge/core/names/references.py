"""The query for all places of a name.

Owns which places belong to one name, for highlights, references and a rename.
"""

from __future__ import annotations

from collections.abc import Iterator

from cellbridge.core.document.text import Position

from .answers import Occurrence, References
from .classes import attributes_named, class_of
from .definitions import attribute_bindings, parameter_bindings
from .lookup import use_at
from .model import AttributeUse, BindingKind, Class, ScopeKind, Use
from .script_names import Bound, Placed, ScriptNames
from .value import Value, ValueKind, Where
from .values import Evaluator

PIECES = 300
"""Pieces with an attribute of one name; more take too long, as each receiver is evaluated."""
_NOWHERE = References()


def find_references(names: ScriptNames, at: Position) -> References:
    """Return all places of the name at a position, in the order of the document.

    ``known`` is False if there may be others, or if the name is not bound in the script.
    """
    placed = names.at(at.line)
    use = use_at(placed, at)
    if use is None:
        return _NOWHERE
    hidden = names.may_hide(use.name)
    if isinstance(use, AttributeUse):
        bound = attribute_bindings(names, placed, use)
        if not bound:
            return _NOWHERE
        if bound[0].binding.kind is BindingKind.PARAMETER:
            found, known = _of_parameter(names, bound[0])
        else:
            found, known = _of_attribute(names, bound[0])
    elif use.scope:
        found, known = _of_local(names, placed, use)
    else:
        known = any(True for _ in names.binding(use.name))
        return References(tuple(_of_global(names, use.name)), known and not hidden)
    items = tuple(found[place] for place in sorted(found))
    return References(items, known and not hidden)


Places = dict[tuple[int, int], Occurrence]


def _of_global(names: ScriptNames, name: str) -> Iterator[Occurrence]:
    for placed in names.using(name):
        yield from _uses(placed, name, 0)


def _uses(placed: Placed, name: str, scope: int) -> Iterator[Occurrence]:
    for one in placed.names.uses:
        if one.name == name and one.scope == scope:
            yield Occurrence(name, placed.line + one.line, one.column, one.access, one.imported)


def _of_local(names: ScriptNames, placed: Placed, use: Use) -> tuple[Places, bool]:
    kind = placed.names.scopes[use.scope].kind
    bound = [
        one for one in placed.names.bindings if one.scope == use.scope and one.name == use.name
    ]
    if kind is ScopeKind.CLASS and bound:
        return _of_attribute(names, Bound(placed, bound[0]))
    parameter = [one for one in bound if one.kind is BindingKind.PARAMETER]
    if parameter and kind is ScopeKind.FUNCTION:
        return _of_parameter(names, Bound(placed, parameter[0]))
    found = {(one.line, one.column): one for one in _uses(placed, use.name, use.scope)}
    return found, bool(bound)


def _of_parameter(names: ScriptNames, bound: Bound) -> tuple[Places, bool]:
    """Return the places of a parameter: in its function, and in calls that name it."""
    placed, binding = bound
    found = {(one.line, one.column): one for one in _uses(placed, binding.name, binding.scope)}
    known = True
    evaluator = Evaluator(names)
    for other in names.with_attribute(binding.name):
        for one in other.names.attributes:
            if one.name != binding.name or not one.argument:
                continue
            values = _receiver(evaluator, other, one)
            if values is None:
                known = known and not _may_call(bound, one)
            elif any(
                parameter.place == bound.place
                for value in values
                for parameter in parameter_bindings(evaluator, value, binding.name)
            ):
                _add(found, other, one)
    return found, known


def _may_call(bound: Bound, use: AttributeUse) -> bool:
    """Return whether a call of something unknown may call the function of a parameter."""
    scope = bound.placed.names.scopes[bound.binding.scope]
    function = bound.placed.names.bindings[scope.owner].name
    return use.receiver is None or use.receiver.name in {function, ""}


def _of_attribute(names: ScriptNames, bound: Bound) -> tuple[Places, bool]:
    """Return the places of an attribute of a class, in it and wherever an object has it.

    A class that overrides it, or whose attribute it overrides, shares it.
    """
    name = bound.binding.name
    evaluator = Evaluator(names)
    pieces = list(names.with_attribute(name))
    if len(pieces) > PIECES:
        return {}, False
    owners = _classes_sharing(evaluator, bound, pieces)
    found: Places = {}
    known = True
    for placed in pieces:
        for scope in {one.binding.scope for one in owners if one.placed.line == placed.line}:
            found.update({(one.line, one.column): one for one in _uses(placed, name, scope)})
        for one in placed.names.attributes:
            if one.name != name:
                continue
            values = _receiver(evaluator, placed, one)
            if values is None:
                known = False
            for value in values or ():
                if one.argument:
                    bindings = parameter_bindings(evaluator, value, name)
                else:
                    bindings = attributes_named(evaluator.evaluate, value, name)
                if any(class_of(each) in map(class_of, owners) for each in bindings):
                    _add(found, placed, one)
    return found, known


def _classes_sharing(evaluator: Evaluator, bound: Bound, pieces: list[Placed]) -> list[Bound]:
    """Return a binding of an attribute for each class that shares it."""
    groups: list[list[Bound]] = []
    for placed in pieces:
        for one in placed.names.bindings:
            if isinstance(one.facts, Class):
                value = Value(ValueKind.INSTANCE, Bound(placed, one))
                group = attributes_named(evaluator.evaluate, value, bound.binding.name)
                groups += [group] if group else []
    shared = {class_of(bound): bound}
    size = 0
    while size < len(shared):
        size = len(shared)
        for group in groups:
            if any(class_of(one) in shared for one in group):
                shared.update({class_of(one): one for one in group})
    return list(shared.values())


def _receiver(evaluator: Evaluator, placed: Placed, use: AttributeUse) -> tuple[Value, ...] | None:
    where = Where(placed, use.scope, (placed.line + use.line, use.column))
    return evaluator.evaluate(use.receiver, where)


def _add(found: Places, placed: Placed, use: AttributeUse) -> None:
    place = (placed.line + use.line, use.column)
    found[place] = Occurrence(use.name, *place, use.access)
