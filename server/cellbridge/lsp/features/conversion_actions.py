"""Code actions that convert the script.

Owns where they are offered: only in the first cell of a script, to keep menus elsewhere short.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


def conversion_actions(notebook: Notebook, view: CellView) -> list[lsp.Command]:
    """Return the command that exports the script as a notebook."""
    if view.index > 0 or notebook.path is None:
        return []
    arguments = [{"uri": notebook.uri}]
    return [
        lsp.Command(
            "Export script as notebook", "cellbridge.convertToNotebook", arguments=arguments
        )
    ]
