"""What the tour rests the pointer on and what it types, in a script it has never seen.

Owns that choice. It must not talk to the server.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cellbridge.cli.script_argument import Script
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.magics import mask

EXAMPLE_TYPED = 'week["'
"""What is typed at the end of the bundled example: what only the kernel can complete."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A name in the script, and what is typed at its end."""

    name: str
    line: int
    column: int
    """Where the name stands, in code points."""
    typed: str


def scene_of(script: Script, ran: Sequence[int], typed: str | None) -> Scene | None:
    """Return a scene with the last variable that the cells ``ran`` have made; None without one."""
    if script.cells.language != PYTHON:
        return None
    for index in reversed(ran):
        cell = script.cells[index]
        first = script.cells.first_line(index) + cell.body_offset
        for name, line, column in reversed(list(_assigned(cell.source))):
            # A commented magic has lost its comment sign in the source: look at the document.
            if script.text.line(first + line)[column:].startswith(name):
                return Scene(name, first + line, column, typed or f"{name}.")
    return None


def _assigned(source: str) -> Iterator[tuple[str, int, int]]:
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
