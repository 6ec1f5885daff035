"""The position of a cursor in an import statement: a module, or a name of one.

Owns the reading of unfinished import statements. Pure, and it never fails: other code has no
position. It must not know which modules exist.

    import numpy.li|                 MODULE  package: numpy   prefix: li
    from numpy|                      MODULE  package: (none)  prefix: numpy
    from numpy import (linalg, r|    NAME    package: numpy   prefix: r
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from cellbridge.core.python.completion_context import ContextKind, context_at

READ_LIMIT = 10_000
"""Characters before the cursor that are read."""

_NAME = r"[^\W\d]\w*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_BEGIN = r"(?:^|[;:])[ \t]*"
_ALIAS = rf"(?:[ \t]+as[ \t]+{_NAME})?[ \t]*"
_MODULE = re.compile(
    rf"{_BEGIN}(?:import[ \t]+(?:{_DOTTED}{_ALIAS},[ \t]*)*|from[ \t]+)"
    rf"(?P<package>(?:{_NAME}\.)*)(?P<prefix>(?:{_NAME})?)\Z",
    re.MULTILINE,
)
_NAMES = re.compile(
    rf"{_BEGIN}from[ \t]+(?P<package>{_DOTTED})[ \t]+import(?:[ \t]+|[ \t]*\((?P<open>\s*))"
    rf"(?:{_NAME}(?:\s+as\s+{_NAME})?\s*,\s*)*(?P<prefix>(?:{_NAME})?)\Z",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#[^\n]*")


class ImportKind(StrEnum):
    """The kind of name that is being written."""

    MODULE = "module"
    """A module or a package, in either kind of import statement."""
    NAME = "name"
    """A name after ``from package import``: a submodule, or any name that the package defines."""


class ImportPosition(NamedTuple):
    """The unfinished name at the cursor in an import statement."""

    kind: ImportKind
    package: str
    """The package whose submodules or names fit, with dots; empty for top-level modules."""
    prefix: str
    """The part of the name before the cursor."""


def import_at(code: str, offset: int) -> ImportPosition | None:
    """Return the position in an import statement at ``offset``; None in other code."""
    start = max(0, offset - READ_LIMIT)
    line = code[max(start, code.rfind("\n", 0, offset) + 1) : offset]
    found = _MODULE.search(line)
    kind = ImportKind.MODULE
    if found is None:
        kind = ImportKind.NAME
        found = _NAMES.search(line) or _in_brackets(code[start:offset])
    # A docstring or a comment may contain the words of an import statement.
    if found is None or context_at(code, offset).kind in {ContextKind.STRING, ContextKind.OTHER}:
        return None
    return ImportPosition(kind, found["package"].removesuffix("."), found["prefix"])


def _in_brackets(code: str) -> re.Match[str] | None:
    """Read ``from a import (b, c`` in the lines before, with comments between the names."""
    code = _COMMENT.sub("", code)
    begin = code.rfind("(")
    if begin < 0 or code.find(")", begin) >= 0:
        return None
    return _NAMES.search(code[code.rfind("\n", 0, begin) + 1 :])
