"""The hash by which a program names the text of a cell that it has read.

Owns the hash. It must not know ids or where texts come from.
"""

from __future__ import annotations

import hashlib

from .cell import Cell
from .text import without_ending

HASH_LENGTH = 12
"""Hexadecimal digits of a hash."""


def cell_hash(cell: Cell) -> str:
    """Return the hash of a cell's text, with its marker line.

    Blank lines and spaces at its end do not count, nor does the kind of its line endings: editors
    change both when they save a file.
    """
    text = "\n".join(map(without_ending, cell.lines)).rstrip()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]
