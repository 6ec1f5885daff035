"""Lines of Python code that are prepared for a missing name.

Owns that reading, of the text alone: ``try: unicode`` with ``except NameError``,
``with suppress(NameError):``, and what is done on one version or platform only. It never fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from cellbridge.core.document.python_tree import read_tree

_CATCHING = frozenset({"NameError", "Exception", "BaseException", "StandardError"})
_ELSEWHERE = re.compile(
    r"version|platform|^(?:is)?_*(?:py|win|nt$|posix)|hasattr|^name$", re.IGNORECASE
)
"""Names in a condition that is not met everywhere."""


@lru_cache(maxsize=256)
def guarded_lines(text: str) -> frozenset[int]:
    """Return the lines, from 0, in which a name that is missing is caught."""
    if (tree := read_tree(text)) is None:
        return frozenset()
    found: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Try() | ast.TryStar():
                if any(_catches(handler.type) for handler in node.handlers):
                    found |= _lines(node.body)
            case ast.With() | ast.AsyncWith():
                if any(_named(item.context_expr) & _CATCHING for item in node.items):
                    found |= _lines(node.body)
            case ast.If(test=test) | ast.IfExp(test=test):
                if any(map(_ELSEWHERE.search, _named(test))):
                    found |= _lines([node])
            case _:
                pass
    return frozenset(found)


def _catches(kind: ast.expr | None) -> bool:
    # What is not a plain name, or is some name of the script's own, may be anything.
    if kind is None:
        return True
    return bool(_named(kind) & _CATCHING) or not _named(kind)


def _named(expression: ast.expr) -> frozenset[str]:
    nodes = ast.walk(expression)
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    )


def _lines(body: Sequence[ast.stmt | ast.expr]) -> set[int]:
    return {
        line
        for statement in body
        for line in range(statement.lineno - 1, statement.end_lineno or statement.lineno)
    }
