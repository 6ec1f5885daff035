"""The lines of a cell that bind names at its top level.

Owns that reading, which uses the text alone and never fails. The values of the names are unknown
here.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from cellbridge.core.document.magics import mask
from cellbridge.core.document.python_tree import read_tree


@lru_cache(maxsize=1024)
def assignments(source: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the last line, from 0, of each top-level assignment, with the names it binds."""
    if (tree := read_tree(mask(source))) is None:
        return ()
    found: list[tuple[int, tuple[str, ...]]] = []
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets):
                bound = targets
            case ast.AnnAssign(target=target, value=ast.expr()) | ast.AugAssign(target=target):
                bound = [target]
            case _:
                continue
        names = [
            node.id
            for target in bound
            for node in ast.walk(target)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        if names:
            line = (statement.end_lineno or statement.lineno) - 1
            found.append((line, tuple(dict.fromkeys(names))))
    return tuple(found)
