"""The syntax tree of Python text, for all that read the statements of a cell.

Owns the reading, which never fails and never warns: the kernel itself warns of odd code.
"""

from __future__ import annotations

import ast
import warnings


def read_tree(text: str) -> ast.Module | None:
    """Return the syntax tree of a text without magics; None if it is not valid Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
