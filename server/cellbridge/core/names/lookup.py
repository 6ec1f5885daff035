"""Names at a position: the use under the cursor, the scope around it, and its bindings.

Owns Python's rules about which bindings a use can see. It must not know objects' attributes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from cellbridge.core.document.text import Position, without_ending

from .model import AttributeUse, Scope, ScopeKind, Use
from .script_names import Bound, Placed, ScriptNames

_Placed = TypeVar("_Placed", Use, AttributeUse)


def use_at(placed: Placed, at: Position) -> Use | AttributeUse | None:
    """Return the use of a name, or of an attribute, that the position touches."""
    line, column = at.line - placed.line, at.column
    return _touched(placed.names.uses, line, column) or _touched(
        placed.names.attributes, line, column
    )


def _touched(uses: Sequence[_Placed], line: int, column: int) -> _Placed | None:
    """Return the use that holds a place, its end included; where two meet, the second one."""
    after = bisect_left(uses, (line, column + 1), key=lambda use: (use.line, use.column))
    for use in reversed(uses[max(after - 2, 0) : after]):
        if use.line == line and use.column <= column <= use.column + len(use.name):
            return use
    return None


def scope_at(placed: Placed, at: Position) -> int:
    """Return the innermost scope of the piece around a position of the document."""
    line, column = at.line - placed.line, at.column
    text = without_ending(placed.piece.lines[line]) if line < len(placed.piece.lines) else ""
    indent = min(len(text) - len(text.lstrip()), column) if text.strip() else column
    found = 0
    for index, scope in enumerate(placed.names.scopes):
        if index and _holds(scope, line, column, indent):
            found = index
    return found


def _holds(scope: Scope, line: int, column: int, indent: int) -> bool:
    if (line, column) < (scope.line, scope.column):
        return False
    if scope.indent < 0:
        return (line, column) <= (scope.last_line, scope.last_column)
    return line <= scope.last_line or (line <= scope.extent and indent > scope.indent)


def scopes_around(placed: Placed, scope: int) -> Iterator[int]:
    """Yield the scopes of the piece whose names can be used in ``scope``, innermost first."""
    scopes = placed.names.scopes
    yield scope
    while scope:
        scope = scopes[scope].parent
        if scopes[scope].kind is not ScopeKind.CLASS:
            yield scope


def bindings_in(placed: Placed, name: str, scope: int) -> list[Bound]:
    """Return the bindings of a name in one scope of a piece, but not of the module's."""
    return [
        Bound(placed, one)
        for one in placed.names.bindings
        if one.scope == scope and one.name == name and not one.on_self
    ]


def bindings_seen(
    names: ScriptNames, placed: Placed, scope: int, name: str, place: tuple[int, int] | None
) -> list[Bound]:
    """Return the bindings that a name can have at a place of the document, in a scope there.

    The last one above comes first. Without a place, as for names used in a function that is called
    later, it is the last one of all.
    """
    for around in scopes_around(placed, scope):
        found = bindings_in(placed, name, around) if around else list(names.binding(name))
        if found:
            same = around == statement_scope(placed, scope)
            return reaching(found, place if same else None)
    return []


def statement_scope(placed: Placed, scope: int) -> int:
    """Return the scope whose statements run when ``scope`` does: comprehensions run at once."""
    scopes = placed.names.scopes
    while scopes[scope].kind in {ScopeKind.COMPREHENSION, ScopeKind.TYPE_PARAMETERS}:
        scope = scopes[scope].parent
    return scope


def reaching(found: Iterable[Bound], place: tuple[int, int] | None) -> list[Bound]:
    """Return the bindings that hold at a place of their own scope; the nearest first.

    Below the last one that runs in any case, the others are replaced. If none is above the place,
    all are returned, as cells can run in any order. One of them may be a deletion.
    """
    ordered = sorted(found, key=lambda one: one.place)
    above = [one for one in ordered if place is None or one.holds_from <= place] or ordered
    seen: list[Bound] = []
    for one in reversed(above):
        seen.append(one)
        end = one.binding.block_end
        if end < 0 or (place is not None and place[0] <= one.placed.line + end):
            break
    return seen
