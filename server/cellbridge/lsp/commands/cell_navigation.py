"""The commands that go from cell to cell and that edit whole cells, for plugins to bind keys to."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation, body_start, cell_index
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.features.cell_edit_actions import CELL_EDITS, cursor_after, workspace_edit
from cellbridge.session.errors import SessionError


async def next_cell(call: Invocation, arguments: p.CellPosition) -> p.PositionResult:
    """Say where the next cell begins."""
    return _neighbour(call, arguments, 1)


async def previous_cell(call: Invocation, arguments: p.CellPosition) -> p.PositionResult:
    """Say where the previous cell begins."""
    return _neighbour(call, arguments, -1)


async def edit_cell(call: Invocation, arguments: p.EditArguments) -> p.PositionResult:
    """Have the editor make an edit of the cell at the position.

    Raises:
        ArgumentError: there is no such edit.
        SessionError: the edit makes no sense there, or the editor refused it.
    """
    context = call.context
    notebook = context.notebook(arguments.uri)
    chosen = CELL_EDITS.get(arguments.edit)
    if chosen is None:
        raise ArgumentError(
            f"There is no edit {arguments.edit!r}; there are {', '.join(CELL_EDITS)}."
        )
    at = context.convert.from_position(notebook.text, arguments.position)
    edit = chosen.make(notebook.cells, at)
    if edit is None:
        raise SessionError(
            f"{chosen.title}: that makes no sense at this place; nothing was changed."
        )
    cursor = cursor_after(context, notebook, edit)
    answer = await context.editor.ask(
        lsp.WORKSPACE_APPLY_EDIT,
        lsp.ApplyWorkspaceEditParams(workspace_edit(context, notebook, edit), chosen.title),
    )
    if not isinstance(answer, lsp.ApplyWorkspaceEditResult) or not answer.applied:
        raise SessionError(f"{chosen.title}: the editor did not make the edit; try again.")
    return p.PositionResult(cursor)


def _neighbour(call: Invocation, arguments: p.CellPosition, step: int) -> p.PositionResult:
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments) + step
    return p.PositionResult(body_start(notebook, max(0, min(index, len(notebook.cells) - 1))))
