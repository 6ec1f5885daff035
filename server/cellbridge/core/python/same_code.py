"""The decision whether two versions of a cell are the same code to a kernel.

Owns the comparison: comments, blank lines and spacing do not count. It never fails; text that
cannot be parsed is compared as text.

Everything that Python itself does not read is compared as text: magics, shell and help lines, the
whole of a cell with a cell magic, and cells in other languages. So are docstrings and all other
strings, whose content is data. A semicolon at the end counts, because it hides the cell's result.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterator
from functools import lru_cache

from cellbridge.core.document.magics import mask

_SIZE_LIMIT = 200_000
"""Characters of a cell beyond which only texts are compared: this runs after each key press."""


def is_same_code(before: str, after: str, *, python: bool) -> bool:
    """Return True if a kernel would do the same with both sources of a cell."""
    if before.rstrip() == after.rstrip():
        return True
    if not python or max(len(before), len(after)) > _SIZE_LIMIT:
        return False
    meaning = _meaning(before)
    return meaning is not None and meaning == _meaning(after)


@lru_cache(maxsize=512)
def _meaning(source: str) -> bytes | None:
    """Return a digest of what a kernel does with Python code; None if it cannot be determined."""
    if source.lstrip().startswith("%%"):
        return None
    masked = mask(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(masked)
            content = ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    magics = "\n".join(_masked_lines(source, masked))
    quiet = bool(tree.body) and _is_quiet(tree.body[-1], masked)
    data = f"{content}\0{magics}\0{quiet}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()


def _masked_lines(source: str, masked: str) -> Iterator[str]:
    for line, now in zip(source.split("\n"), masked.split("\n"), strict=True):
        if line != now:
            yield line.rstrip()


def _is_quiet(last: ast.stmt, source: str) -> bool:
    """Return True if a semicolon follows the last statement."""
    lines = source.encode("utf-8", "surrogatepass").split(b"\n")
    number = (last.end_lineno or 1) - 1
    line = lines[number] if number < len(lines) else b""
    return line[last.end_col_offset or 0 :].lstrip().startswith(b";")
