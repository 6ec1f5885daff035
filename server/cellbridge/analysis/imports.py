"""The imports of a Python text.

Owns the reading of import statements, in broken text too. Pure. It must not import anything itself.
"""

from __future__ import annotations

import ast
import re

from cellbridge.analysis.python_view import mask_magics

_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+[\w., \t]+.*$", re.MULTILINE)


def find_imports(content: str) -> list[tuple[str, str]]:
    """Return each import of ``content`` as a statement and the name it binds, each once."""
    nodes: list[ast.AST] = []
    try:
        nodes.extend(ast.walk(ast.parse(mask_magics(content))))
    except (SyntaxError, ValueError, RecursionError):
        # A file being written is seldom whole; its imports usually are, line by line.
        for match in _IMPORT.finditer(content):
            nodes.extend(_parse(match.group().strip()))
    found = [
        (ast.unparse(node), alias.asname or alias.name.partition(".")[0])
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name != "*"
    ]
    return list(dict.fromkeys(found))


def _parse(line: str) -> list[ast.stmt]:
    try:
        return ast.parse(line).body
    except (SyntaxError, ValueError):
        return []
