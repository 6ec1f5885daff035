"""Files near a script that were not used, since another user could have written them.

Owns the message about them, and what its action does. The rule is kernel/trust/file_trust.py's.
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

TRUST = "Trust This Folder"
_ALIVE = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


def report(context: Context, notebook: Notebook, refusal: Refusal) -> None:
    """Report a file that was not used, once for each folder of a script."""
    known = context.refused.setdefault(notebook.uri, {})
    if refusal.folder not in known:
        known[refusal.folder] = refusal
        context.background.begin(_offer(context, notebook, refusal))


async def trust(context: Context, notebook: Notebook, folder: Path) -> None:
    """Trust a folder, and report what has to be done for it to count.

    Raises:
        SessionError: the list of trusted folders cannot be written.
    """
    try:
        real = await asyncio.to_thread(trusted_folders.add, folder)
    except trusted_folders.TrustError as error:
        raise SessionError(str(error)) from None
    for known in context.refused.values():
        for each in [each for each in known if each.is_relative_to(folder)]:
            del known[each]
    following = "restart the kernel" if notebook.kernel.state in _ALIVE else "run a cell"
    context.editor.show(f"{real} is trusted; {following} to use it.", lsp.MessageType.Info)


async def _offer(context: Context, notebook: Notebook, refusal: Refusal) -> None:
    question = lsp.ShowMessageRequestParams(
        lsp.MessageType.Warning, refusal.sentence, [lsp.MessageActionItem(TRUST)]
    )
    answer = await context.editor.ask(lsp.WINDOW_SHOW_MESSAGE_REQUEST, question)
    if isinstance(answer, lsp.MessageActionItem) and answer.title == TRUST:
        await trust(context, notebook, refusal.folder)
