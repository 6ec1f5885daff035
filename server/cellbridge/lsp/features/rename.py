"""textDocument/prepareRename and rename: rename a name of the script in all its cells.

Owns which names can be renamed, and the messages for names that cannot. The analysis of the text
finds the positions of names.
"""

from __future__ import annotations

import keyword

from lsprotocol import types as lsp

from cellbridge.analysis import locations
from cellbridge.core.code_info import NameLocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.features.definition import range_of, spots_of
from cellbridge.workspace.notebook import Notebook


async def prepare(
    context: Context, params: lsp.PrepareRenameParams
) -> lsp.PrepareRenamePlaceholder | None:
    """Return the name at a position, for the user to change; None if renaming is switched off.

    Raises:
        ArgumentError: Nothing at this position can be renamed.
    """
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not _enabled(context, notebook):
        return None
    at = context.convert.from_position(notebook.text, params.position)
    for spot in await _uses(context, notebook, params.position):
        if spot.line == at.line and spot.column <= at.column <= spot.column + len(spot.name):
            return lsp.PrepareRenamePlaceholder(range_of(context, notebook, spot), spot.name)
    return None


async def rename(context: Context, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Return the edits that rename the name at a position; None if renaming is switched off.

    Raises:
        ArgumentError: The new name is not valid, or the old name cannot be renamed.
    """
    notebook = context.notebook(params.text_document.uri)
    if not _enabled(context, notebook):
        return None
    new = params.new_name
    if not new.isidentifier() or keyword.iskeyword(new):
        raise ArgumentError(f'"{new}" is not a valid Python name; nothing was renamed.')
    spots = await _uses(context, notebook, params.position)
    edits = [lsp.TextEdit(range_of(context, notebook, spot), new) for spot in spots]
    return lsp.WorkspaceEdit(changes={notebook.uri: edits})


def _enabled(context: Context, notebook: Notebook) -> bool:
    return context.config.static.rename and context.analyser(notebook) is not None


async def _uses(context: Context, notebook: Notebook, position: lsp.Position) -> list[NameLocation]:
    """Return the positions of a name that the script defines.

    Raises:
        ArgumentError: There is no name, or the script does not define it.
    """
    spots = await spots_of(context, notebook, position, locations.references)
    if not spots:
        raise ArgumentError(
            "There is no name to rename here. Put the cursor on a name in a code cell."
        )
    here = [spot for spot in spots if spot.path is None and spot.name == spots[0].name]
    if any(spot.imported for spot in here):
        raise ArgumentError(
            f'"{here[0].name}" is defined in another module; nothing was renamed. '
            "Import it with `as` to give it a name in this script, which can be renamed."
        )
    if not any(spot.definition for spot in here):
        raise ArgumentError(
            "The name here is not defined in this script; nothing was renamed. "
            "Put the cursor on a name that the script itself defines."
        )
    return here
