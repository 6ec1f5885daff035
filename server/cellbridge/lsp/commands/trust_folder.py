"""The command that trusts a folder whose files another user could have written."""

from __future__ import annotations

from pathlib import Path

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.push import ignored_files
from cellbridge.session.errors import SessionError


async def trust_folder(call: Invocation, arguments: p.TrustFolderArguments) -> None:
    """Trust a folder whose files were ignored for a document; without a name, all such folders.

    Raises:
        SessionError: No file of that folder was ignored, or the list cannot be written.
    """
    notebook = call.context.notebook(arguments.uri)
    known = call.context.refused.get(notebook.uri, {})
    wanted = [Path(arguments.folder)] if arguments.folder is not None else [*known]
    # A link in a document can contain any command: it must not choose the folder.
    if not wanted or any(folder not in known for folder in wanted):
        place = "" if arguments.folder is None else f"of {arguments.folder} "
        raise SessionError(
            f"No file {place}was ignored for {notebook.name}; "
            "to trust another folder, run cellbridge trust in a terminal."
        )
    for folder in wanted:
        await ignored_files.trust(call.context, notebook, folder)
