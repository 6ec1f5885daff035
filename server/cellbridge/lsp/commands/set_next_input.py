"""What a run has left for an input, put into the document by the editor as one step to undo.

Owns when: once, for the editor that asked for the run, and in place of the cell only where its text
is still what was run.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from lsprotocol import types as lsp

from cellbridge.core.edits.next_input import next_input_edit
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.cell_edit_actions import workspace_edit
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook


async def take(context: Context, notebook: Notebook, ended: Sequence[RunView]) -> None:
    """Have the editor take in what the runs have left."""
    for run in (view.run for view in ended):
        if run.next_input is None or run.cell_id not in notebook.ids:
            continue
        if context.workspace.get(notebook.uri) is not notebook:
            return
        index = notebook.ids.index(run.cell_id)
        left = run.next_input
        if notebook.cells[index].source.rstrip() != run.cell_source.rstrip():
            left = msgspec.structs.replace(left, replace=False)
        edit = workspace_edit(context, notebook, next_input_edit(notebook.cells, index, left))
        await context.editor.ask(
            lsp.WORKSPACE_APPLY_EDIT, lsp.ApplyWorkspaceEditParams(edit, "What the cell has left")
        )
