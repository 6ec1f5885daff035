"""Code actions that make another file of the script.

Owns where they are offered: at the top of a script, where they are in nobody's way.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


def conversion_actions(notebook: Notebook, view: CellView) -> list[lsp.Command]:
    """Return the command that writes the script's notebook."""
    if view.index > 0 or notebook.path is None:
        return []
    arguments = [{"uri": notebook.uri}]
    return [
        lsp.Command(
            "Export script as notebook", "cellbridge.convertToNotebook", arguments=arguments
        )
    ]
