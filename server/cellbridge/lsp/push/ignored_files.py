"""Messages about files near a script that were ignored, since another user can change them.

Owns the message and its action. kernel/trust/file_trust.py decides which files are ignored.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.trust import trusted_folders
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.context import Context
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook

TRUST = "Trust Folder"
_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


def report(context: Context, notebook: Notebook, refusal: Refusal) -> None:
    """Report an ignored file, once for each folder of a script."""
    known = context.refused.setdefault(notebook.uri, {})
    if refusal.folder not in known:
        known[refusal.folder] = refusal
        context.background.begin(_offer(context, notebook, refusal))


async def trust(context: Context, notebook: Notebook, folder: Path) -> None:
    """Trust a folder, and show the user how to apply it.

    Raises:
        SessionError: The list of trusted folders cannot be written.
    """
    try:
        real = await asyncio.to_thread(trusted_folders.add, folder)
    except trusted_folders.TrustError as error:
        raise SessionError(str(error)) from None
    for known in context.refused.values():
        for each in [each for each in known if each.is_relative_to(folder)]:
            del known[each]
    following = "restart the kernel" if notebook.kernel.state in _LIVE_STATES else "run a cell"
    context.editor.show(f"{real} is trusted; {following} to use it.", lsp.MessageType.Info)


async def _offer(context: Context, notebook: Notebook, refusal: Refusal) -> None:
    if await context.editor.choose(refusal.sentence, [TRUST]) == TRUST:
        await trust(context, notebook, refusal.folder)
