"""The lines of a file in one of jupytext's formats on which the code of its cells begins.

Owns the search, because jupytext reports no lines. It must not read files, nor know the grammar of
a format.

The cells are found by their text, each below the one before. jupytext changes the lines of some
cells: comments become Markdown, and commented magics become magics. A cell that is not found, such
as one that jupytext adds, has no line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from cellbridge.core.document.languages import Language
from cellbridge.core.percent.notebook_values import source_of

_MAGIC = ("%", "!", "?")
_CELL_MAGIC = "%%"


def code_lines(
    content: str, cells: Sequence[Mapping[str, Any]], language: Language
) -> dict[int, int]:
    """Return the first line, from 0, of the code of each cell, by the cell's index.

    ``language`` is the one of the file, for its comments.
    """
    # jupytext splits lines as Python does, also at form feeds, which end no line in an editor.
    pieces = content.splitlines(keepends=True)
    ends = (int(piece.endswith(("\n", "\r"))) for piece in pieces)
    numbers = [0, *accumulate(ends)]
    lines = [piece.strip() for piece in pieces]
    prefixes = (f"{language.comment}'", language.comment)
    found: dict[int, int] = {}
    below = 0
    for index, cell in enumerate(cells):
        source = source_of(cell)
        if not source.strip():
            continue
        is_code = cell.get("cell_type") == "code"
        wanted = [line.strip() for line in source.splitlines()]
        commented = not is_code or "active" in cell["metadata"]
        skipped = 0
        line = _find(lines, wanted, below, prefixes, commented=commented)
        if line is None and is_code and wanted[0].startswith(_CELL_MAGIC):
            # The language of a fenced block becomes a cell magic, which the file does not contain.
            skipped = 1
            line = _find(lines, wanted[1:], below, prefixes, commented=commented)
        if line is None:
            continue
        below = line + len(wanted) - skipped
        if is_code:
            found[index] = numbers[line - skipped]
    return found


def _find(
    lines: Sequence[str],
    wanted: Sequence[str],
    below: int,
    prefixes: Sequence[str],
    *,
    commented: bool,
) -> int | None:
    """Return the first place from ``below`` at which the file shows all of ``wanted``."""
    if not any(wanted):
        return None
    return next(
        (
            start
            for start in range(below, len(lines) - len(wanted) + 1)
            if all(
                _shows(lines[start + number], line, prefixes, commented=commented)
                for number, line in enumerate(wanted)
            )
        ),
        None,
    )


def _shows(line: str, wanted: str, prefixes: Sequence[str], *, commented: bool) -> bool:
    if line == wanted:
        return True
    if not commented and not wanted.startswith(_MAGIC) and not wanted.endswith("?"):
        return False
    return any(
        line.startswith(prefix) and line.removeprefix(prefix).strip() == wanted
        for prefix in prefixes
    )
