"""What befalls a kernel, told to the person: its death, and a cell that cannot be stopped.

Owns which changes of a kernel's status are worth a message. It must not know how kernels are
watched or stopped.

A kernel that does not start is told by the command that wanted it, so it is no news here.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.runs import KernelState, KernelStatus
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

RESTART = "Restart the kernel"
WAIT = "Keep waiting"
_UNKNOWN = KernelStatus(KernelState.ABSENT)
_RAN = frozenset({KernelState.IDLE, KernelState.BUSY})


class KernelNews:
    """Tells of kernels that died or that others can read, and of cells that do not stop, once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: dict[str, KernelStatus] = {}
        self._noticed: dict[str, str] = {}
        """What was said once of a document's kernel; kept when the document is closed."""

    def update(self, notebook: Notebook) -> None:
        """Look at the kernel's status, which has changed."""
        before = self._seen.get(notebook.uri, _UNKNOWN)
        now = self._seen[notebook.uri] = notebook.kernel
        if now.state is KernelState.DEAD and before.state in _RAN:
            self._context.editor.show(now.message)
        if now.notice and now.notice != self._noticed.get(notebook.uri):
            self._noticed[notebook.uri] = now.notice
            self._context.editor.show(now.notice, lsp.MessageType.Warning)
        if now.stuck and not before.stuck:
            self._context.background.begin(self._offer_restart(notebook))

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._seen.pop(uri, None)

    async def _offer_restart(self, notebook: Notebook) -> None:
        choices = [lsp.MessageActionItem(RESTART), lsp.MessageActionItem(WAIT)]
        question = lsp.ShowMessageRequestParams(
            lsp.MessageType.Warning, notebook.kernel.message, choices
        )
        answer = await self._context.editor.ask(lsp.WINDOW_SHOW_MESSAGE_REQUEST, question)
        # The cell may have ended while the person was thinking; then nothing is to be restarted.
        chosen = isinstance(answer, lsp.MessageActionItem) and answer.title == RESTART
        if chosen and notebook.kernel.stuck:
            await notebook.restart()
