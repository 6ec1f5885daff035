"""The query for the definitions of a name or an attribute.

Owns what counts as its definition, and when the text does not determine it.
"""

from __future__ import annotations

from cellbridge.core.document.text import Position, Range

from .answers import Definition, Definitions
from .classes import find_attribute
from .lookup import bindings_in, bindings_seen, reaching, scope_at, scopes_around, use_at
from .model import Access, AttributeUse, Callable, Class, Import, Use
from .script_names import Bound, Placed, ScriptNames
from .value import Value, ValueKind, Where
from .values import Evaluator


def name_at(names: ScriptNames, at: Position) -> tuple[str, Range] | None:
    """Return the name that a position touches, and its place; None without one."""
    placed = names.at(at.line)
    use = use_at(placed, at)
    if use is None:
        return None
    end = Position(at.line, use.column + len(use.name))
    return use.name, Range(Position(at.line, use.column), end)


def find_definitions(names: ScriptNames, at: Position) -> Definitions:
    """Return the definitions of the name at a position, the nearest first.

    ``known`` is False if the text alone does not determine them.
    """
    found = bindings_of(names, at)
    items = tuple(dict.fromkeys(map(definition_of, found)))
    return Definitions(items, known=bool(items))


def bindings_of(names: ScriptNames, at: Position) -> list[Bound]:
    """Return the bindings of the name at a position; empty if they are unknown."""
    placed = names.at(at.line)
    use = use_at(placed, at)
    if isinstance(use, AttributeUse):
        return attribute_bindings(names, placed, use)
    if use is None:
        return []
    place = (placed.line + use.line, use.column)
    if use.access is Access.WRITE:
        own = [one for one in _all_bindings(names, placed, use) if one.place == place]
        if own:
            return own
    return seen_bindings(names, placed, use, at)


def _all_bindings(names: ScriptNames, placed: Placed, use: Use) -> list[Bound]:
    if use.scope:
        return bindings_in(placed, use.name, use.scope)
    return list(names.binding(use.name))


def seen_bindings(names: ScriptNames, placed: Placed, use: Use, at: Position) -> list[Bound]:
    """Return the bindings that a use of a name can mean."""
    place = (placed.line + use.line, use.column)
    scope = scope_at(placed, Position(at.line, use.column))
    if use.scope in scopes_around(placed, scope):
        # The scope of the use is known better than by its place, as for a decorator's.
        seen = bindings_seen(names, placed, scope, use.name, place)
        kept = [one for one in seen if not one.binding.deleted]
        if kept and kept[0].binding.scope == use.scope:
            return kept
    found = [one for one in _all_bindings(names, placed, use) if not one.binding.deleted]
    return reaching(found, place)


def attribute_bindings(names: ScriptNames, placed: Placed, use: AttributeUse) -> list[Bound]:
    """Return the bindings of an attribute, or of the parameter that an argument names."""
    evaluator = Evaluator(names)
    where = Where(placed, use.scope, (placed.line + use.line, use.column))
    values = evaluator.evaluate(use.receiver, where) or ()
    found: list[Bound] = []
    for value in values:
        if use.argument:
            found += parameter_bindings(evaluator, value, use.name)
        else:
            bindings = find_attribute(evaluator.evaluate, value, use.name)
            on_self = [one for one in bindings if one.binding.on_self]
            found += on_self or bindings
    return found


def parameter_bindings(evaluator: Evaluator, value: Value, name: str) -> list[Bound]:
    """Return the binding of a parameter of what is called; of a dataclass, its field's."""
    if value.kind is ValueKind.CLASS and value.bound:
        made = [
            one
            for method in ("__init__", "__new__")
            for one in find_attribute(evaluator.evaluate, value, method)
        ]
        if not made:
            return find_attribute(evaluator.evaluate, value, name)
    else:
        made = [value.bound] if value.bound else []
    return [
        parameter
        for one in made
        if isinstance(one.binding.facts, Callable)
        for parameter in bindings_in(one.placed, name, one.binding.facts.scope)
        if any(given.name == name for given in one.binding.facts.parameters)
    ][:1]


def definition_of(bound: Bound) -> Definition:
    """Return the answer for one binding."""
    placed, binding = bound
    facts = binding.facts
    of_import = facts if isinstance(facts, Import) else None
    return Definition(
        binding.name,
        binding.kind,
        placed.line + binding.line,
        binding.column,
        placed.line + binding.first_line,
        placed.line + binding.last_line,
        of_import.module if of_import else "",
        of_import.original if of_import else "",
        imported=bool(of_import and not of_import.renamed),
    )


def owner_of(bound: Bound) -> str:
    """Return the name of the class that a binding is in; empty if it is in none."""
    for one in bound.placed.names.bindings:
        if isinstance(one.facts, Class) and one.facts.scope == bound.binding.scope:
            return one.name
    return ""
