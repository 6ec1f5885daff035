"""Commands that move between cells and edit whole cells, for key bindings of plugins."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation, body_start, cell_index
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.features.cell_edit_actions import CELL_EDITS, cursor_after, workspace_edit
from cellbridge.session.errors import SessionError


async def next_cell(call: Invocation, arguments: p.CellPosition) -> p.PositionResult:
    """Return the start of the next cell."""
    return _neighbour(call, arguments, 1)


async def previous_cell(call: Invocation, arguments: p.CellPosition) -> p.PositionResult:
    """Return the start of the previous cell."""
    return _neighbour(call, arguments, -1)


async def edit_cell(call: Invocation, arguments: p.EditArguments) -> p.PositionResult:
    """Ask the editor to apply an edit to the cell at the position.

    Raises:
        ArgumentError: There is no such edit.
        SessionError: The edit is not possible there, or the editor refused it.
    """
    context = call.context
    notebook = context.notebook(arguments.uri)
    chosen = CELL_EDITS.get(arguments.edit)
    if chosen is None:
        raise ArgumentError(
            f"There is no edit {arguments.edit!r}; use one of {', '.join(CELL_EDITS)}."
        )
    at = context.convert.from_position(notebook.text, arguments.position)
    edit = chosen.make(notebook.cells, at)
    if edit is None:
        raise SessionError(f"{chosen.title}: not possible at this position; nothing was changed.")
    cursor = cursor_after(context, notebook, edit)
    answer = await context.editor.request(
        lsp.WORKSPACE_APPLY_EDIT,
        lsp.ApplyWorkspaceEditParams(workspace_edit(context, notebook, edit), chosen.title),
    )
    if not isinstance(answer, lsp.ApplyWorkspaceEditResult) or not answer.applied:
        raise SessionError(f"{chosen.title}: the editor did not apply the edit; try again.")
    return p.PositionResult(cursor)


def _neighbour(call: Invocation, arguments: p.CellPosition, step: int) -> p.PositionResult:
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments) + step
    return p.PositionResult(body_start(notebook, max(0, min(index, len(notebook.cells) - 1))))
