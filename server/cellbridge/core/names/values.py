# Size: one evaluator, with the rule of each operation.
"""The values of expressions, as far as the text of the script determines them.

Owns the inference: own classes and their instances, own functions and their results, and literals.
An expression is unknown (None) unless every value that it can have is known. It never guesses.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable as Function

from cellbridge.core.document.text import Position

from .classes import HARMLESS, family_of, find_attribute, harmless
from .lookup import bindings_seen, scope_at
from .model import (
    BindingKind,
    Callable,
    Class,
    Expression,
    Operation,
    ScopeKind,
)
from .script_names import Bound, ScriptNames
from .value import Value, ValueKind, Values, Where

DEPTH = 24
"""Steps from one expression to the next."""
STEPS = 3000
"""Steps of one evaluation; what takes more is unknown."""
VALUES = 8
"""Values of one expression; one that can have more is unknown."""


class Evaluator:
    """Evaluates expressions of one version of a script; made for each query."""

    def __init__(self, names: ScriptNames) -> None:
        self.names = names
        self._depth = self._steps = 0
        self._active: set[tuple[int, int, int]] = set()
        self._rules: dict[Operation, Function[[Expression, Where], Values]] = {
            Operation.ATTRIBUTE: self._attribute,
            Operation.AWAITED: self._awaited,
            Operation.CALL: self._call,
            Operation.EITHER: self._either,
            Operation.ELEMENT: self._element,
            Operation.ENTERED: self._entered,
            Operation.INSTANCE: self._instance,
            Operation.ITEM: self._element,
            Operation.LITERAL: self._literal,
            Operation.NAME: self._name,
            Operation.RECEIVER: self._receiver,
        }

    def evaluate(self, expression: Expression | None, where: Where) -> Values:
        """Return the values of an expression; None if they are unknown."""
        self._steps = self._steps + 1 if self._depth else 0
        if expression is None or self._depth >= DEPTH or self._steps > STEPS:
            return None
        self._depth += 1
        try:
            return self._rules[expression.operation](expression, where)
        finally:
            self._depth -= 1

    def union(self, found: list[Values]) -> Values:
        """Return all values; None if some are unknown. None, the object, is left out if it can."""
        values: list[Value] = []
        for one in found:
            if one is None:
                return None
            values += one
        unique = [value for index, value in enumerate(values) if value not in values[:index]]
        full = [value for value in unique if value.name != "NoneType"] or unique
        return tuple(full) if full and len(full) <= VALUES else None

    # --- rules ------------------------------------------------------------------------------------

    def _name(self, expression: Expression, where: Where) -> Values:
        seen = bindings_seen(self.names, where.placed, where.scope, expression.name, where.place)
        if any(bound.binding.deleted for bound in seen):
            return None
        if seen:
            return self.union([self.of_binding(bound) for bound in seen])
        if self.names.is_opaque:
            return None
        kind = getattr(builtins, expression.name, None)
        if isinstance(kind, type):
            return (Value(ValueKind.BUILTIN_CLASS, None, expression.name),)
        return None

    def of_binding(self, bound: Bound) -> Values:
        """Return the values that a binding gives its name."""
        placed, binding = bound
        key = (id(placed.piece), binding.line, binding.column)
        if key in self._active or len(self._active) > DEPTH:
            return None
        if isinstance(binding.facts, Class):
            return (Value(ValueKind.CLASS, bound),)
        if isinstance(binding.facts, Callable):
            return (Value(ValueKind.FUNCTION, bound),)
        if binding.value is None:
            return None
        self._active.add(key)
        try:
            at = Position(placed.line + binding.line, binding.column)
            scope = scope_at(placed, at)
            if binding.kind is BindingKind.PARAMETER:
                scope = binding.scope
            return self.evaluate(binding.value, Where(placed, scope, (at.line, at.column)))
        finally:
            self._active.discard(key)

    def _attribute(self, expression: Expression, where: Where) -> Values:
        operand = self.evaluate(expression.operands[0], where)
        if operand is None:
            return None
        found: list[Values] = []
        for value in operand:
            bindings = find_attribute(self.evaluate, value, expression.name)
            if not bindings:
                return None
            found += [self._of_member(bound, value) for bound in bindings]
        return self.union(found)

    def _of_member(self, bound: Bound, owner: Value) -> Values:
        facts = bound.binding.facts
        if not isinstance(facts, Callable):
            return self._of_field(bound, owner)
        if bound.binding.kind is BindingKind.PROPERTY:
            return self.result(bound)
        unbound = owner.kind is ValueKind.CLASS and "classmethod" not in facts.decorators
        if unbound or "staticmethod" in facts.decorators:
            return (Value(ValueKind.FUNCTION, bound),)
        return (Value(ValueKind.BOUND_METHOD, bound),)

    def _of_field(self, bound: Bound, owner: Value) -> Values:
        """Return the values of an attribute that is not a method.

        A base class that is unknown, such as ``Enum``, may replace the values that the class's
        body assigns, and so may a descriptor.
        """
        values = self.of_binding(bound)
        binding = bound.binding
        if values is None or binding.on_self or binding.annotation or owner.bound is None:
            return values
        described = any(
            value.bound and find_attribute(self.evaluate, value, "__get__") for value in values
        )
        known = family_of(self.evaluate, owner.bound).complete
        return values if known and not described else None

    def _call(self, expression: Expression, where: Where) -> Values:
        called = expression.operands[0]
        if called == Expression(Operation.NAME, "super"):
            owner = self.class_around(where)
            return None if owner is None else (Value(ValueKind.PARENT, owner),)
        operand = self.evaluate(called, where)
        return None if operand is None else self.union([self._called(value) for value in operand])

    def _called(self, value: Value) -> Values:
        if value.kind is ValueKind.CLASS and value.bound:
            facts = value.bound.binding.facts
            made = isinstance(facts, Class) and "metaclass" not in facts.keywords
            return (Value(ValueKind.INSTANCE, value.bound),) if made else None
        if value.kind is ValueKind.BUILTIN_CLASS:
            return (
                None
                if value.name in {"type", "super"}
                else (Value(ValueKind.BUILTIN, None, value.name),)
            )
        if value.kind in {ValueKind.FUNCTION, ValueKind.BOUND_METHOD} and value.bound:
            facts = value.bound.binding.facts
            if isinstance(facts, Callable) and not facts.is_async:
                return self.result(value.bound)
        return None

    def result(self, bound: Bound) -> Values:
        """Return the values of a call of a function of the script."""
        facts = bound.binding.facts
        if not isinstance(facts, Callable) or not harmless(facts.decorators, HARMLESS):
            return None
        key = (id(bound.placed.piece), -1 - bound.binding.line, bound.binding.column)
        if key in self._active:
            return None
        self._active.add(key)
        try:
            return self.evaluate(facts.result, Where(bound.placed, facts.result_scope))
        finally:
            self._active.discard(key)

    def _awaited(self, expression: Expression, where: Where) -> Values:
        inner = expression.operands[0]
        if inner.operation is not Operation.CALL:
            return None
        called = self.evaluate(inner.operands[0], where)
        if called is None:
            return None
        results: list[Values] = []
        for value in called:
            facts = value.bound.binding.facts if value.bound else None
            if value.bound is None or not isinstance(facts, Callable) or not facts.is_async:
                return None
            results.append(self.result(value.bound))
        return self.union(results)

    def _element(self, expression: Expression, where: Where) -> Values:
        operand = self.evaluate(expression.operands[0], where)
        if operand is None:
            return None
        found: list[Values] = []
        for value in operand:
            if value.kind is ValueKind.BUILTIN and value.name == "str":
                found.append((Value(ValueKind.BUILTIN, None, "str"),))
            elif value.kind is ValueKind.BUILTIN and value.name == "range":
                found.append((Value(ValueKind.BUILTIN, None, "int"),))
            else:
                found.append(value.elements or None)
        return self.union(found)

    def _entered(self, expression: Expression, where: Where) -> Values:
        operand = self.evaluate(expression.operands[0], where)
        if operand is None:
            return None
        found: list[Values] = []
        for value in operand:
            methods = find_attribute(self.evaluate, value, "__enter__") if value.bound else []
            found += [self.result(method) for method in methods] or [None]
        return self.union(found)

    def _literal(self, expression: Expression, where: Where) -> Values:
        known = self.union([self.evaluate(one, where) for one in expression.operands])
        return (Value(ValueKind.BUILTIN, None, expression.name, known or ()),)

    def _instance(self, expression: Expression, where: Where) -> Values:
        operand = self.evaluate(expression.operands[0], where)
        if operand is None:
            return None
        found: list[Values] = []
        for value in operand:
            if value.kind in {ValueKind.CLASS, ValueKind.BUILTIN_CLASS}:
                found.append(self._made(value))
            else:
                return None
        return self.union(found)

    def _made(self, value: Value) -> Values:
        if value.kind is ValueKind.CLASS:
            return (Value(ValueKind.INSTANCE, value.bound),)
        return None if value.name == "object" else (Value(ValueKind.BUILTIN, None, value.name),)

    def _receiver(self, expression: Expression, where: Where) -> Values:
        owner = self.class_around(where)
        kind = ValueKind.CLASS if expression.name == "class" else ValueKind.INSTANCE
        return None if owner is None else (Value(kind, owner),)

    def _either(self, expression: Expression, where: Where) -> Values:
        return self.union([self.evaluate(one, where) for one in expression.operands])

    def class_around(self, where: Where) -> Bound | None:
        """Return the class whose body is around a place."""
        scopes = where.placed.names.scopes
        scope = where.scope
        while scope and scopes[scope].kind is not ScopeKind.CLASS:
            scope = scopes[scope].parent
        if not scope:
            return None
        return Bound(where.placed, where.placed.names.bindings[scopes[scope].owner])
