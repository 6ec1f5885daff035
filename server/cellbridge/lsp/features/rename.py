"""textDocument/prepareRename and rename: one name of the script made another, in all its cells.

Owns what can be renamed, and the sentences that say why something cannot. Where names stand is the
analyser's matter.
"""

from __future__ import annotations

import keyword

from lsprotocol import types as lsp

from cellbridge.analysis import worker_protocol
from cellbridge.core.code_info import NameLocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.features.definition import range_of, spots_of
from cellbridge.workspace.notebook import Notebook


async def prepare(
    context: Context, params: lsp.PrepareRenameParams
) -> lsp.PrepareRenamePlaceholder | None:
    """Return the name at a place, for a person to change; None where renaming is switched off.

    Raises:
        ArgumentError: what stands there cannot be renamed.
    """
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None or not _wanted(context, notebook):
        return None
    at = context.convert.from_position(notebook.text, params.position)
    for spot in await _uses(context, notebook, params.position):
        if spot.line == at.line and spot.column <= at.column <= spot.column + len(spot.name):
            return lsp.PrepareRenamePlaceholder(range_of(context, notebook, spot), spot.name)
    return None


async def rename(context: Context, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Return the edits that give the name at a place another name; None where that is off.

    Raises:
        ArgumentError: the new name is none, or the old one cannot be renamed.
    """
    notebook = context.notebook(params.text_document.uri)
    if not _wanted(context, notebook):
        return None
    new = params.new_name
    if not new.isidentifier() or keyword.iskeyword(new):
        raise ArgumentError(f'"{new}" is no name in Python; nothing was renamed.')
    spots = await _uses(context, notebook, params.position)
    edits = [lsp.TextEdit(range_of(context, notebook, spot), new) for spot in spots]
    return lsp.WorkspaceEdit(changes={notebook.uri: edits})


def _wanted(context: Context, notebook: Notebook) -> bool:
    return context.config.static.rename and context.analyser(notebook) is not None


async def _uses(context: Context, notebook: Notebook, position: lsp.Position) -> list[NameLocation]:
    """Return the places of a name that the script defines.

    Raises:
        ArgumentError: there is none, or it is not the script's own.
    """
    spots = await spots_of(context, notebook, position, worker_protocol.ReferencesJob)
    if not spots:
        raise ArgumentError(
            "There is no name here that could be renamed. Put the cursor on a name in a code cell."
        )
    here = [spot for spot in spots if spot.path is None and spot.name == spots[0].name]
    if any(spot.imported for spot in here):
        raise ArgumentError(
            f'"{here[0].name}" is imported under the name it has elsewhere; nothing was renamed. '
            "Import it with `as` to give it a name of this script, which can be renamed."
        )
    if not any(spot.definition for spot in here):
        raise ArgumentError(
            "The name here is not defined in this script; nothing was renamed. "
            "Put the cursor on a name that the script itself defines."
        )
    return here
