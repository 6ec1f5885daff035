"""Own classes: their base classes, and the attributes of them and of their instances.

Owns the order in which classes are searched, and the decision whether the text shows all
attributes. It must not know expressions: it is given the function that evaluates base classes.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

import msgspec

from cellbridge.core.python.harmless_magics import split_words

from .lookup import reaching
from .model import Binding, BindingKind, Callable, Class
from .script_names import Bound
from .value import Evaluate, Value, ValueKind, Where

HARMLESS = split_words(
    "property staticmethod classmethod abstractmethod override final cache lru_cache overload jit "
    "cached_property setter getter deleter wraps njit"
)
"""Decorators of functions that leave what a call gives."""
_CLASS_DECORATORS = split_words(
    "dataclass final total_ordering runtime_checkable unique define attrs frozen"
)
"""Decorators of classes that leave their attributes."""
_PLAIN_BASES = split_words("ABC Generic Protocol object")
"""Base classes of the standard library without public attributes."""
_DYNAMIC = frozenset({"__getattr__", "__getattribute__", "__class_getitem__"})


class Family(msgspec.Struct, frozen=True):
    """A class with its base classes, in the order in which they are searched."""

    own: tuple[Bound, ...]
    builtin: tuple[str, ...] = ("object",)
    complete: bool = True
    """False if there are other base classes, or attributes that the text does not show."""


def family_of(evaluate: Evaluate, owner: Bound) -> Family:
    """Return a class and its base classes."""
    own: list[Bound] = []
    builtin: list[str] = []
    complete = True
    waiting = [owner]
    while waiting:
        bound = waiting.pop(0)
        facts = bound.binding.facts
        if bound in own or not isinstance(facts, Class):
            continue
        own.append(bound)
        complete = complete and _is_plain(bound, facts)
        scope = bound.placed.names.scopes[facts.scope].parent
        where = Where(bound.placed, scope, bound.place)
        for text, base in zip(facts.bases, facts.base_values, strict=True):
            name = text.partition("[")[0].rpartition(".")[2]
            for value in evaluate(base, where) or (None,):
                if value is not None and value.kind is ValueKind.CLASS and value.bound:
                    waiting.append(value.bound)
                    complete = complete and value.bound != bound
                elif value is not None and value.kind is ValueKind.BUILTIN_CLASS:
                    builtin.append(value.name)
                else:
                    complete = complete and name in _PLAIN_BASES
    return Family(tuple(own), (*builtin, "object"), complete)


def _is_plain(bound: Bound, facts: Class) -> bool:
    """Return whether the text of a class shows all of its attributes."""
    dynamic = any(binding.name in _DYNAMIC for binding in _bindings(bound))
    return not dynamic and not facts.keywords and harmless(facts.decorators, _CLASS_DECORATORS)


def _bindings(bound: Bound) -> Iterator[Binding]:
    facts = bound.binding.facts
    if isinstance(facts, Class):
        for one in bound.placed.names.bindings:
            if one.scope == facts.scope and one.kind is not BindingKind.TYPE_PARAMETER:
                yield one


def own_attributes(family: Family, value: Value) -> Iterator[Bound]:
    """Yield the bindings of the attributes of a value, those found first in a search first."""
    for bound in family.own[1:] if value.kind is ValueKind.PARENT else family.own:
        for binding in _bindings(bound):
            if value.kind is not ValueKind.CLASS or not _on_instance(binding):
                yield Bound(bound.placed, binding)


def _on_instance(binding: Binding) -> bool:
    """Return whether only an instance has the attribute."""
    return binding.on_self and binding.kind is BindingKind.ATTRIBUTE


def find_attribute(evaluate: Evaluate, value: Value, name: str) -> list[Bound]:
    """Return the bindings of an attribute of a value, all of one class; the nearest class first.

    Of those in the class's body the last one counts, but a property's setter never does.
    """
    found = attributes_named(evaluate, value, name)
    first = [one for one in found if class_of(one) == class_of(found[0])]
    on_self = [one for one in first if one.binding.on_self]
    in_body = [one for one in first if not one.binding.on_self and not _is_setter(one.binding)]
    return on_self + reaching(in_body, None)


def attributes_named(evaluate: Evaluate, value: Value, name: str) -> list[Bound]:
    """Return the bindings of an attribute of a value, in its class and in all base classes."""
    if value.bound is None or value.kind in {ValueKind.FUNCTION, ValueKind.BOUND_METHOD}:
        return []
    family = family_of(evaluate, value.bound)
    found = [one for one in own_attributes(family, value) if one.binding.name == name]
    return [one for one in found if not one.binding.deleted]


def class_of(bound: Bound) -> tuple[int, int]:
    """Return what distinguishes the class of an attribute from others."""
    return bound.placed.line, bound.binding.scope


def _is_setter(binding: Binding) -> bool:
    decorators = binding.facts.decorators if isinstance(binding.facts, Callable) else ()
    return any(one.endswith((".setter", ".deleter")) for one in decorators)


def builtin_attributes(name: str) -> Iterator[tuple[str, BindingKind]]:
    """Yield the attributes of an object of a builtin type, with their kinds."""
    kind = type(None) if name == "NoneType" else getattr(builtins, name, None)
    if not isinstance(kind, type):
        return
    for attribute in dir(kind):
        value = getattr(kind, attribute, None)
        yield attribute, BindingKind.METHOD if callable(value) else BindingKind.ATTRIBUTE


def harmless(decorators: tuple[str, ...], known: frozenset[str]) -> bool:
    """Return whether all decorators are known to leave what they decorate."""
    return all(decorator.partition("(")[0].rpartition(".")[2] in known for decorator in decorators)
