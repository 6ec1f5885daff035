"""What befalls a kernel, told to the person: its death, a stuck cell, a silent session.

Owns which changes of a kernel's status are worth a message. It must not know how kernels are
watched or stopped.

A kernel that does not start is told by the command that wanted it, so it is no news here.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.lsp.context import Context
from cellbridge.lsp.status_text import force_stopped
from cellbridge.workspace.notebook import Notebook

RESTART = "Restart Kernel"
FORCE_STOP = "Force Stop"
WAIT = "Keep Waiting"
_UNKNOWN = KernelStatus(KernelState.ABSENT)
_RAN = frozenset({KernelState.IDLE, KernelState.BUSY, KernelState.UNRESPONSIVE})


class KernelNews:
    """Reports dead kernels, stuck cells and silent sessions, each once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: dict[str, KernelStatus] = {}
        self._silent: set[str] = set()
        """Documents whose session does not answer."""
        self._asking: set[str] = set()
        """Documents of which it is being asked whether their session is to be stopped anyway."""

    def update(self, notebook: Notebook) -> None:
        """Look at the kernel's status, which has changed."""
        before = self._seen.get(notebook.uri, _UNKNOWN)
        now = self._seen[notebook.uri] = notebook.kernel
        if now.state is KernelState.DEAD and before.state in _RAN:
            self._context.editor.show(now.message)
        if now.stuck and not before.stuck:
            self._context.background.begin(self._offer_restart(notebook))
        if not notebook.silent:
            self._silent.discard(notebook.uri)
        elif notebook.uri not in self._silent:
            self._silent.add(notebook.uri)
            if notebook.uri not in self._asking:
                self._context.background.begin(self._offer_to_stop(notebook))

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._seen.pop(uri, None)
        self._silent.discard(uri)

    async def _offer_restart(self, notebook: Notebook) -> None:
        # The cell may have ended while the person was thinking; then nothing is to be restarted.
        if await self._chosen(notebook, RESTART) and notebook.kernel.stuck:
            await notebook.restart()

    async def _offer_to_stop(self, notebook: Notebook) -> None:
        self._asking.add(notebook.uri)
        try:
            chosen = await self._chosen(notebook, FORCE_STOP)
        finally:
            self._asking.discard(notebook.uri)
        # It may answer again by now; then it can be stopped as any other.
        if chosen and notebook.silent:
            await notebook.force_stop()
            self._context.editor.show(force_stopped(notebook.name), lsp.MessageType.Info)

    async def _chosen(self, notebook: Notebook, action: str) -> bool:
        """Show what is wrong, offer an action or to wait; returns whether the action is chosen."""
        choices = [lsp.MessageActionItem(action), lsp.MessageActionItem(WAIT)]
        question = lsp.ShowMessageRequestParams(
            lsp.MessageType.Warning, notebook.kernel.message, choices
        )
        answer = await self._context.editor.ask(lsp.WINDOW_SHOW_MESSAGE_REQUEST, question)
        return isinstance(answer, lsp.MessageActionItem) and answer.title == action
