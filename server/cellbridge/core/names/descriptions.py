"""The queries for a hover, and for the call around a position.

Owns which definition is shown, and the matching of arguments with parameters.
"""

from __future__ import annotations

from cellbridge.core.code_info import NO_SIGNATURES, Signature, Signatures
from cellbridge.core.document.text import Position, without_ending
from cellbridge.core.python.completion_context import OpenBracket

from .answers import Description, KnownName, KnownNames
from .classes import family_of, find_attribute
from .definitions import bindings_of, definition_of, owner_of
from .members import context_of, evaluate_text
from .model import BindingKind, Callable, Class, Parameter
from .script_names import Bound, ScriptNames
from .signature_text import label, separated, signature_of
from .value import Value, ValueKind
from .values import Evaluator

LINE_LIMIT = 200
"""Characters of a variable's line that are shown."""


def describe(names: ScriptNames, at: Position) -> Description | None:
    """Return the facts about the name at a position; None if the script does not define it."""
    found = bindings_of(names, at)
    if not found:
        return None
    bound = next((one for one in found if one.binding.facts is not None), found[0])
    binding = bound.binding
    facts = binding.facts
    signature = signature_of(binding)
    documentation = facts.docstring if isinstance(facts, (Callable, Class)) else ""
    if isinstance(facts, Class):
        parameters = _parameters_of_class(Evaluator(names), Value(ValueKind.CLASS, bound))
        if parameters:
            signature = "class " + label(binding.name, parameters)
    elif facts is None and binding.kind in {BindingKind.VARIABLE, BindingKind.ATTRIBUTE}:
        signature = _line_of(bound) or signature
    elif binding.kind is BindingKind.PARAMETER:
        signature = _parameter_text(bound) or signature
    return Description(
        binding.name, binding.kind, signature, documentation, definition_of(bound), owner_of(bound)
    )


def _line_of(bound: Bound) -> str:
    """Return the line that binds a variable."""
    lines = bound.placed.piece.lines
    line = bound.binding.line
    text = without_ending(lines[line]).strip() if line < len(lines) else ""
    return text if len(text) <= LINE_LIMIT else text[: LINE_LIMIT - 1] + "…"


def _parameter_text(bound: Bound) -> str:
    scope = bound.placed.names.scopes[bound.binding.scope]
    facts = bound.placed.names.bindings[scope.owner].facts if scope.indent >= 0 else None
    given = facts.parameters if isinstance(facts, Callable) else ()
    return next((one.text for one in given if one.name == bound.binding.name), "")


# --- calls ----------------------------------------------------------------------------------------


def find_signatures(names: ScriptNames, at: Position) -> Signatures:
    """Return the signatures of the call around a position; not answered if they are unknown."""
    call = _call_around(names, at)
    called = _called(names, call, at) if call else []
    if call is None or not called:
        return NO_SIGNATURES
    return Signatures([_signature(one, call) for one in called])


def find_parameters(names: ScriptNames, at: Position) -> KnownNames:
    """Return the parameters that an argument at a position can name."""
    call = _call_around(names, at)
    if call is None or call.keyword:
        return KnownNames()
    found: dict[str, KnownName] = {}
    called = _called(names, call, at)
    for one in called:
        for number, parameter in enumerate(one.parameters):
            if not parameter.prefix and not parameter.positional_only and number >= call.position:
                known = KnownName(parameter.name, BindingKind.PARAMETER)
                found.setdefault(parameter.name, known)
    open_ended = any(one.prefix == "**" for each in called for one in each.parameters)
    return KnownNames(tuple(found.values()), complete=bool(called) and not open_ended)


class _Called:
    """Something that is called: its name, its parameters but for the receiver, and its facts."""

    def __init__(
        self, name: str, parameters: tuple[Parameter, ...], returns: str, doc: str
    ) -> None:
        self.name, self.parameters, self.returns, self.documentation = (
            name,
            parameters,
            returns,
            doc,
        )


def _call_around(names: ScriptNames, at: Position) -> OpenBracket | None:
    brackets = context_of(names, at).brackets
    for bracket in brackets:
        if bracket.kind == "call":
            return bracket
        if bracket.kind != "literal":
            return None
    return None


def _called(names: ScriptNames, call: OpenBracket, at: Position) -> list[_Called]:
    evaluator = Evaluator(names)
    found: list[_Called] = []
    for value in evaluate_text(evaluator, call.expression, at) or ():
        bound = value.bound
        facts = bound.binding.facts if bound else None
        if bound is None:
            return []
        if value.kind is ValueKind.CLASS and isinstance(facts, Class):
            parameters = _parameters_of_class(evaluator, value)
            if parameters is None:
                return []
            found.append(_Called(bound.binding.name, parameters, "", facts.docstring))
        elif isinstance(facts, Callable):
            given = facts.parameters[value.kind is ValueKind.BOUND_METHOD :]
            found.append(_Called(bound.binding.name, given, facts.returns, facts.docstring))
        else:
            return []
    return found


def _parameters_of_class(evaluator: Evaluator, value: Value) -> tuple[Parameter, ...] | None:
    """Return the parameters with which a class is called; None if the text does not show them."""
    for method in ("__init__", "__new__"):
        for one in find_attribute(evaluator.evaluate, value, method):
            facts = one.binding.facts
            return facts.parameters[1:] if isinstance(facts, Callable) else None
    if value.bound is None:
        return None
    family = family_of(evaluator.evaluate, value.bound)
    facts = value.bound.binding.facts
    if isinstance(facts, Class) and any("dataclass" in one for one in facts.decorators):
        return _fields(family.own[::-1])
    return () if family.complete and family.builtin == ("object",) else None


def _fields(classes: tuple[Bound, ...]) -> tuple[Parameter, ...]:
    """Return a parameter for each field of a dataclass, those of its base classes first."""
    found: dict[str, Parameter] = {}
    for one in classes:
        placed, owner = one
        scope = owner.facts.scope if isinstance(owner.facts, Class) else 0
        for binding in placed.names.bindings:
            annotation = binding.annotation
            if (
                binding.scope != scope
                or binding.on_self
                or not annotation
                or "ClassVar" in annotation
            ):
                continue
            default = "..." if _has_default(one, binding.line) else ""
            found[binding.name] = Parameter(binding.name, "", annotation, default)
    return tuple(found.values())


def _has_default(bound: Bound, line: int) -> bool:
    text = bound.placed.piece.lines[line]
    return "=" in text.partition(":")[2]


def _signature(called: _Called, call: OpenBracket) -> Signature:
    text = label(called.name, called.parameters, called.returns)
    places: list[tuple[int, int]] = []
    start = len(called.name) + 1
    for part in separated(called.parameters):
        if part not in {"*", "/"}:
            places.append((start, start + len(part)))
        start += len(part) + 2
    return Signature(text, places, _active(called.parameters, call), called.documentation)


def _active(parameters: tuple[Parameter, ...], call: OpenBracket) -> int | None:
    """Return the index of the parameter that the argument at the cursor goes to."""
    if call.keyword:
        named = [
            k for k, one in enumerate(parameters) if one.name == call.keyword and not one.prefix
        ]
        rest = [k for k, one in enumerate(parameters) if one.prefix == "**"]
        return (named or rest or [None])[0]
    for number, one in enumerate(parameters):
        if one.prefix == "*":
            return number
        if one.keyword_only or one.prefix:
            return None
        if number == call.position:
            return number
    return None
