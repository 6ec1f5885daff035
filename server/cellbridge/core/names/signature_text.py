"""Signatures of own functions and classes as text.

Owns their wording, which is Python's.
"""

from __future__ import annotations

from collections.abc import Sequence

from .model import Binding, BindingKind, Callable, Class, Import, Parameter


def separated(parameters: Sequence[Parameter]) -> list[str]:
    """Return the parameters as they are written, with the signs ``/`` and ``*`` between them."""
    parts: list[str] = []
    starred = any(parameter.prefix == "*" for parameter in parameters)
    for number, parameter in enumerate(parameters):
        if parameter.keyword_only and not starred:
            parts.append("*")
            starred = True
        parts.append(parameter.text)
        below = parameters[number + 1 : number + 2]
        if parameter.positional_only and not (below and below[0].positional_only):
            parts.append("/")
    return parts


def label(name: str, parameters: Sequence[Parameter], returns: str = "") -> str:
    """Return a signature such as ``f(a, b=1) -> int``."""
    arrow = f" -> {returns}" if returns else ""
    return f"{name}({', '.join(separated(parameters))}){arrow}"


def signature_of(binding: Binding) -> str:
    """Return a definition in one line, as it is written."""
    facts = binding.facts
    if isinstance(facts, Callable):
        word = "async def " if facts.is_async else "def "
        return word + label(binding.name, facts.parameters, facts.returns)
    if isinstance(facts, Class):
        bases = f"({', '.join(facts.bases)})" if facts.bases else ""
        return f"class {binding.name}{bases}"
    if isinstance(facts, Import):
        return _import(binding.name, facts)
    annotation = f": {binding.annotation}" if binding.annotation else ""
    return binding.name + annotation


def detail_of(binding: Binding) -> str:
    """Return what a list of names shows next to one."""
    if isinstance(binding.facts, Callable):
        return label("", binding.facts.parameters, binding.facts.returns)
    if isinstance(binding.facts, Class):
        return ""
    if isinstance(binding.facts, Import):
        facts = binding.facts
        return f"{facts.module}.{facts.original}" if facts.original else facts.module
    return binding.annotation if binding.kind is not BindingKind.TYPE_PARAMETER else ""


def _import(name: str, facts: Import) -> str:
    what = facts.original or facts.module
    renamed = f" as {name}" if facts.renamed else ""
    return (
        f"from {facts.module} import {what}{renamed}"
        if facts.original
        else f"import {what}{renamed}"
    )
