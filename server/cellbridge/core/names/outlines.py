"""The query for the outline of a script.

Owns which definitions are shown, and how they nest.
"""

from __future__ import annotations

from .answers import OutlineName
from .model import BindingKind, Callable, Class, PieceNames
from .script_names import ScriptNames
from .signature_text import detail_of

_SHOWN = frozenset({BindingKind.VARIABLE, BindingKind.ATTRIBUTE})


def outline(names: ScriptNames, first: int = 0, last: int | None = None) -> tuple[OutlineName, ...]:
    """Return the definitions on some lines of the document, with those inside them, in order.

    A variable is shown once, where it is bound first. Imports and local variables are left out.
    """
    found: list[OutlineName] = []
    seen: set[str] = set()
    for placed in names.pieces():
        if last is not None and placed.line > last:
            break
        if placed.line + len(placed.piece.lines) > first:
            found += _inside(placed.names, 0, placed.line, seen)
    return tuple(found)


def _inside(names: PieceNames, scope: int, line: int, seen: set[str]) -> list[OutlineName]:
    found: list[OutlineName] = []
    in_function = bool(scope) and names.scopes[scope].kind.value == "function"
    for binding in names.bindings:
        if binding.scope != scope or binding.deleted or binding.on_self:
            continue
        facts = binding.facts
        if isinstance(facts, (Class, Callable)):
            children = tuple(_inside(names, facts.scope, line, set()))
        elif binding.kind in _SHOWN and not in_function and binding.name not in seen:
            children = ()
        else:
            continue
        seen.add(binding.name)
        found.append(
            OutlineName(
                binding.name, binding.kind, line + binding.line, binding.column,
                line + binding.first_line, line + binding.last_line, detail_of(binding), children,
            )
        )  # fmt: skip
    return found
