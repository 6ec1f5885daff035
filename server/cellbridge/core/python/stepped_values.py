"""The values to show while code is stepped through, and the lines that bound them.

Owns the reading of the names that each line binds, and the choice of the names to show at a stop.
It uses the text alone and never fails. It must not know where the values come from.

A name is shown once a line of its scope that binds it has run: the debugger stopped there before,
or the value has changed since the previous stop in that scope.

    x = 1          ran: x is shown here
    for i in xs:   ran: i is shown here
  ▶     y = i      about to run: y is not shown before the next stop
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cellbridge.core.document.magics import mask
from cellbridge.core.document.python_tree import read_tree

MODULE = "<module>"
SHOWN_LIMIT = 100
"""The maximum number of names that are shown, the last ones of a scope."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The lines of a statement, or of its header, and the names that it binds; lines from 0."""

    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """A function, a class or the whole text, with the bindings of its own names in line order."""

    name: str
    first: int
    last: int
    bindings: tuple[Binding, ...]

    @property
    def names(self) -> list[str]:
        """All names that it binds, in the order of the lines."""
        return list(dict.fromkeys(name for one in self.bindings for name in one.names))


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
    ran = {name: one.last for line in lines[:-1] for name, one in _binders(scope, line)}
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


def _binders(scope: Scope, line: int) -> Iterator[tuple[str, Binding]]:
    """Yield the names that the statement at a line binds."""
    for one in scope.bindings:
        if one.first <= line <= one.last:
            for name in one.names:
                yield name, one


def _last_binder(scope: Scope, name: str, line: int) -> int:
    """Return the last line above ``line`` that binds a name, or else the last line that does."""
    lines = [one.last for one in scope.bindings if name in one.names]
    return max((at for at in lines if at < line), default=lines[-1])


# --- the reading of the text ----------------------------------------------------------------------


@lru_cache(maxsize=64)
def scopes(source: str) -> tuple[Scope, ...]:
    """Return all scopes of a text, the text itself first; none if it is not Python."""
    if (tree := read_tree(mask(source))) is None:
        return ()
    try:
        return tuple(_scopes(MODULE, 0, source.count("\n"), tree.body))
    except RecursionError:
        return ()


def _scopes(
    name: str, first: int, last: int, body: Sequence[ast.stmt], given: tuple[Binding, ...] = ()
) -> Iterator[Scope]:
    own, inner = list(given), list[Scope]()
    for statement in _statements(body):
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                header = Binding(*_header(statement), _parameters(statement.args))
                inner += _scopes(statement.name, *_lines(statement), statement.body, (header,))
            case ast.ClassDef():
                inner += _scopes(statement.name, *_lines(statement), statement.body)
            case _ if names := tuple(dict.fromkeys(_bound(statement))):
                own.append(Binding(*_header(statement), names))
            case _:
                pass
    yield Scope(name, first, last, tuple(sorted(own, key=lambda one: one.last)))
    yield from inner


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a scope, with those of its blocks but not those of inner scopes."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, ast.stmt):
                yield from _statements([part])
            elif isinstance(part, ast.ExceptHandler | ast.match_case):
                yield from _statements(part.body)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds itself, without those of its block."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Delete):
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        for part in ast.iter_child_nodes(waiting.pop(0)):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
            elif not isinstance(part, _SEPARATE):
                waiting.append(part)


_SEPARATE = (
    ast.stmt, ast.ExceptHandler, ast.match_case, ast.Lambda,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
"""The parts of a statement that bind their names elsewhere, or later."""


def _parameters(given: ast.arguments) -> tuple[str, ...]:
    every = (*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg)
    return tuple(one.arg for one in every if one is not None)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    return statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1


def _header(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and the last line of a statement without its block."""
    first, last = _lines(statement)
    if not hasattr(statement, "body") and not hasattr(statement, "cases"):
        return first, last
    ends = [first]
    waiting: list[ast.AST] = [statement]
    while waiting:
        for part in ast.iter_child_nodes(waiting.pop()):
            if not isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case):
                ends.append((getattr(part, "end_lineno", None) or 1) - 1)
                waiting.append(part)
    return first, max(ends)
