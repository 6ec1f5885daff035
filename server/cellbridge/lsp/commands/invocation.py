"""One call of a command: its context and the helpers that commands share.

Owns the lookup of the cell that an argument identifies.
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
    RunByLineArguments,
)
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.workspace.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command."""

    name: str
    context: Context
    notifier: Notifier
    token: lsp.ProgressToken | None
    """The token under which the editor requests progress."""


def cell_index(
    call: Invocation,
    notebook: Notebook,
    which: CellArguments
    | CellPosition
    | ClearOutputsArguments
    | OpenOutputArguments
    | RunByLineArguments,
) -> int:
    """Return the index of the cell that an argument identifies.

    Raises:
        ArgumentError: It contains neither a position nor the id of an existing cell.
    """
    if which.cell is not None and which.cell in notebook.ids:
        return notebook.ids.index(which.cell)
    if which.position is not None:
        return notebook.index_at(which.position.line)
    if which.cell is not None:
        raise ArgumentError(f"{notebook.name} has no cell {which.cell}; give its position instead.")
    raise ArgumentError(f"{call.name} needs the field position or cell, to identify the cell.")


def body_start(notebook: Notebook, index: int) -> lsp.Position:
    """Return the start of a cell's first line below its marker."""
    view = notebook.view(index)
    return lsp.Position(min(view.first_line + view.cell.marker_lines, view.last_line), 0)
