"""The next input that a run has set, inserted into the document as one undo step.

Owns when it is inserted: once, for the editor that requested the run. It replaces the cell only if
the whole cell has run and its text has not changed since.
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
    """Ask the editor to insert the next inputs that the runs have set."""
    for run in (view.run for view in ended):
        if run.next_input is None or run.cell_id not in notebook.ids:
            continue
        if context.workspace.get(notebook.uri) is not notebook:
            return
        index = notebook.ids.index(run.cell_id)
        left = run.next_input
        changed = notebook.cells[index].source.rstrip() != run.cell_source.rstrip()
        if changed or run.part is not None:
            left = msgspec.structs.replace(left, replace=False)
        edit = workspace_edit(context, notebook, next_input_edit(notebook.cells, index, left))
        await context.editor.request(
            lsp.WORKSPACE_APPLY_EDIT, lsp.ApplyWorkspaceEditParams(edit, "Set next input")
        )
