"""The positions for a hover and a completion in any script.

Owns their choice. It must not send requests to the server.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.magics import mask
from cellbridge.workspace.script_file import Script

EXAMPLE_TYPED = 'week["'
"""The text typed at the end of the bundled example, which only the kernel can complete."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A name in the script, and the text to type at the script's end."""

    name: str
    line: int
    column: int
    """The column of the name, in code points."""
    typed: str


def scene_of(script: Script, ran: Sequence[int], typed: str | None) -> Scene | None:
    """Return a scene with the last variable that the cells ``ran`` assigned, or None."""
    if script.cells.language != PYTHON:
        return None
    for index in reversed(ran):
        cell = script.cells[index]
        first = script.cells.first_line(index) + cell.body_offset
        for name, line, column in reversed(list(_assignments(cell.source))):
            # The source has no comment signs of magics, so the document is checked.
            if script.text.line(first + line)[column:].startswith(name):
                return Scene(name, first + line, column, typed or f"{name}.")
    return None


def _assignments(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield each variable that ``source`` assigns at its top level, with line and column."""
    try:
        body = ast.parse(mask(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = source.split("\n")
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name):
            # Python's parser counts columns in UTF-8.
            before = lines[target.lineno - 1].encode()[: target.col_offset]
            yield target.id, target.lineno - 1, len(before.decode(errors="replace"))
