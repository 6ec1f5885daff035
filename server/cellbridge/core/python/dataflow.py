"""The names that a piece of Python reads from earlier code and writes for later code.

Owns that reading, which uses the text alone: the values of names are unknown, and so are the
effects of calls. It never fails; code that is not Python reads and writes nothing.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cellbridge.core.document.magics import mask


@dataclass(frozen=True, slots=True)
class CellNames:
    """The names of one cell."""

    reads: frozenset[str]
    """Read, in functions too, and not bound by the cell itself before."""
    writes: frozenset[str]
    """Bound at the top level, and those whose items or attributes are set there."""


NOTHING = CellNames(frozenset(), frozenset())


@lru_cache(maxsize=2048)
def names_of(source: str) -> CellNames:
    """Return the names of a cell's source."""
    code = mask(source)
    try:
        with warnings.catch_warnings():
            # Only the kernel warns of odd escapes and comparisons in the user's code.
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
            table = symtable.symtable(code, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    global_reads = frozenset(_global_reads(table))
    own: set[str] = set()
    taken: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.For | ast.AsyncFor):
            own |= _stored(statement.target)
        taken |= _loaded(statement) - own
        own |= _bound(statement)
    given = {name.get_name() for name in table.get_symbols() if _is_bound(name)}
    for statement in tree.body:
        given |= set(_changed(statement))
    return CellNames(global_reads & taken, frozenset(given))


def _global_reads(table: symtable.SymbolTable) -> Iterator[str]:
    """Return the names that are read from the module's scope, here and in what is nested."""
    top = table.get_type() == "module"
    for name in table.get_symbols():
        if (name.is_referenced() or name.is_assigned()) and (top or name.is_global()):
            yield name.get_name()
    for child in table.get_children():
        yield from _global_reads(child)


def _is_bound(name: symtable.Symbol) -> bool:
    return name.is_assigned() or name.is_imported() or name.is_namespace()


def _loaded(statement: ast.stmt) -> set[str]:
    """Return the names that a statement reads somewhere; ``x += 1`` reads its target too."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that are the cell's own for certain after a statement."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
        case ast.Assign(targets=targets):
            return set[str]().union(*map(_stored, targets))
        case ast.AnnAssign(target=target, value=ast.expr()):
            return _stored(target)
        case _:
            return set()


def _stored(target: ast.expr) -> set[str]:
    nodes = (node for node in ast.walk(target) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)}


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Return the names whose items or attributes a statement sets: ``frame["a"] = 1``."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            base: ast.expr = node
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                yield base.id
