"""The values to show while code is stepped through, and the lines that bound them.

Owns the choice of the names to show at a stop, from the names that each line binds (model.py). It
uses the text alone and never fails. It must not know where the values come from.

A name is shown once a line of its scope that binds it has run: the debugger stopped there before,
or the value has changed since the previous stop in that scope.

    x = 1          ran: x is shown here
    for i in xs:   ran: i is shown here
  ▶     y = i      about to run: y is not shown before the next stop
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cellbridge.core.document.magics import mask

from .model import Binding, BindingKind, PieceNames, ScopeKind
from .pieces import Piece, cut

MODULE = "<module>"
SHOWN_LIMIT = 100
"""The maximum number of names that are shown, the last ones of a scope."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A name, and the lines from 0 of the statement that binds it, or of its header."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scope:
    """A function, a class or the whole text, with the bindings of its own names in line order."""

    name: str
    first: int
    last: int
    bindings: tuple[Bound, ...]

    @property
    def names(self) -> list[str]:
        """All names that it binds, in the order of the lines."""
        return list(dict.fromkeys(one.name for one in self.bindings))


@dataclass(frozen=True, slots=True)
class SteppedValues:
    """The values of one scope at the last stop in it."""

    line: int
    """The line that was about to run."""
    known: Mapping[str, str] = field(default_factory=dict[str, str])
    """The values of all names that the scope binds, as far as they exist."""
    shown: Mapping[str, int] = field(default_factory=dict[str, int])
    """By name, the line that bound it."""


@dataclass(frozen=True, slots=True)
class ScopeValues:
    """The values of names in one scope of a cell that is stepped through."""

    cell: str
    """The cell's id."""
    source: str
    """The cell's text when it ran, to whose lines the values refer."""
    values: SteppedValues


def scope_at(source: str, line: int, name: str) -> Scope | None:
    """Return the innermost scope called ``name`` around a line; None without one."""
    around = [one for one in scopes(source) if one.name == name and one.first <= line <= one.last]
    return max(around, key=lambda one: (one.first, -one.last), default=None)


def values_at_stop(
    before: SteppedValues | None, scope: Scope, stops: Sequence[int], values: Mapping[str, str]
) -> SteppedValues:
    """Return the values to show at the last of the ``stops`` in a scope since ``before``.

    At the first stop in the text itself nothing is shown, because the values are older. At the
    first stop in a function everything is, because its names did not exist before the call.
    """
    known = {name: values[name] for name in scope.names if name in values}
    lines = stops if before is None else (before.line, *stops)
    ran = {one.name: one.last for line in lines[:-1] for one in _binders(scope, line)}
    is_new = before is None and scope.name == MODULE
    earlier = SteppedValues(stops[-1], known if is_new else {}) if before is None else before
    shown: dict[str, int] = {}
    for name, value in known.items():
        at = ran.get(name)
        if at is None and value != earlier.known.get(name):
            at = _last_binder(scope, name, stops[-1])
        if at is None:
            at = earlier.shown.get(name)
        if at is not None:
            shown[name] = at
    latest = sorted(shown.items(), key=lambda item: item[1])[-SHOWN_LIMIT:]
    return SteppedValues(stops[-1], known, dict(latest))


def _binders(scope: Scope, line: int) -> Iterator[Bound]:
    """Yield the names that the statement at a line binds."""
    return (one for one in scope.bindings if one.first <= line <= one.last)


def _last_binder(scope: Scope, name: str, line: int) -> int:
    """Return the last line above ``line`` that binds a name, or else the last line that does."""
    lines = [one.last for one in scope.bindings if one.name == name]
    return max((at for at in lines if at < line), default=lines[-1])


# --- the reading of the text ----------------------------------------------------------------------


@lru_cache(maxsize=64)
def scopes(source: str) -> tuple[Scope, ...]:
    """Return the text itself, and all functions and classes in it."""
    lines = mask(source).split("\n")
    own, inner = list[Bound](), list[Scope]()
    start = 0
    for end in cut(lines):
        names = Piece(tuple(lines[start:end])).names
        own += _bound(names, 0, start)
        for index, scope in enumerate(names.scopes):
            if scope.kind in {ScopeKind.FUNCTION, ScopeKind.CLASS}:
                owner, bound = names.bindings[scope.owner], tuple(_bound(names, index, start))
                place = (start + owner.first_line, start + owner.last_line)
                inner.append(Scope(owner.name, *place, bound))
        start = end
    return (Scope(MODULE, 0, len(lines) - 1, tuple(own)), *inner)


def _bound(names: PieceNames, scope: int, start: int) -> Iterator[Bound]:
    """Yield the names that a scope of a piece binds to values, in the order of the lines."""
    found = (one for one in names.bindings if one.scope == scope and _has_value(one))
    for one in sorted(found, key=lambda one: one.last_line):
        yield Bound(one.name, start + one.first_line, start + one.last_line)


def _has_value(binding: Binding) -> bool:
    """Return True if a value is worth showing: not those of definitions and imports."""
    defined = binding.facts is not None or binding.kind is BindingKind.TYPE_PARAMETER
    return not (defined or binding.deleted or binding.on_self)
