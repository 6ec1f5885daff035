"""Messages about events of a kernel: its death, a stuck cell, an unresponsive session.

Owns which changes of a kernel's status are shown to the user. It must not know how kernels are
monitored or stopped.

A kernel that does not start is reported by the command that needed it, not here.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.lsp.context import Context
from cellbridge.lsp.status_text import force_stopped_message
from cellbridge.workspace.notebook import Notebook

RESTART = "Restart Kernel"
FORCE_STOP = "Force Stop"
WAIT = "Keep Waiting"
_UNKNOWN = KernelStatus(KernelState.ABSENT)
_STARTED_STATES = frozenset({KernelState.IDLE, KernelState.BUSY, KernelState.UNRESPONSIVE})


class KernelEvents:
    """Reports dead kernels, stuck cells and unresponsive sessions, each once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: dict[str, KernelStatus] = {}
        self._silent: set[str] = set()
        """Documents whose session does not answer."""
        self._asking: set[str] = set()
        """Documents with an open question to the user about a forced stop."""

    def update(self, notebook: Notebook) -> None:
        """Handle a changed kernel status."""
        before = self._seen.get(notebook.uri, _UNKNOWN)
        now = self._seen[notebook.uri] = notebook.kernel
        if now.state is KernelState.DEAD and before.state in _STARTED_STATES:
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
        # The cell may have ended before the user answered; then no restart is needed.
        if await self._ask_user(notebook, RESTART) and notebook.kernel.stuck:
            await notebook.restart()

    async def _offer_to_stop(self, notebook: Notebook) -> None:
        self._asking.add(notebook.uri)
        try:
            chosen = await self._ask_user(notebook, FORCE_STOP)
        finally:
            self._asking.discard(notebook.uri)
        # The session may answer again by now; then it can be stopped normally.
        if chosen and notebook.silent:
            await notebook.force_stop()
            self._context.editor.show(force_stopped_message(notebook.name), lsp.MessageType.Info)

    async def _ask_user(self, notebook: Notebook, action: str) -> bool:
        """Show the problem and offer an action; return True if the user chose the action."""
        chosen = await self._context.editor.choose(notebook.kernel.message, (action, WAIT))
        return chosen == action
