"""One call of a command: what it came with, and what every command may need.

Owns the cell that an argument means.
"""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import (
    CellArguments,
    CellPosition,
    ClearOutputsArguments,
    OpenOutputArguments,
)
from cellbridge.lsp.push.notifier import Hub
from cellbridge.workspace.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command."""

    name: str
    context: Context
    hub: Hub
    token: lsp.ProgressToken | None
    """Where the editor wants to see progress."""


def cell_index(
    call: Invocation,
    notebook: Notebook,
    which: CellArguments | CellPosition | ClearOutputsArguments | OpenOutputArguments,
) -> int:
    """Return the index of the cell that an argument means.

    Raises:
        ArgumentError: it names neither a position nor a cell that is there.
    """
    if which.cell is not None and which.cell in notebook.ids:
        return notebook.ids.index(which.cell)
    if which.position is not None:
        return notebook.index_at(which.position.line)
    if which.cell is not None:
        raise ArgumentError(f"{notebook.name} has no cell {which.cell}; give its position instead.")
    raise ArgumentError(
        f"{call.name} needs the field position or cell, to know which cell is meant."
    )


def body_start(notebook: Notebook, index: int) -> lsp.Position:
    """Return the start of a cell's first line below its marker."""
    view = notebook.view(index)
    return lsp.Position(min(view.first_line + view.cell.marker_lines, view.last_line), 0)
