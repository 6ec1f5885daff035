"""cellbridge/variablesChanged, for clients that show variables.

Owns when the client is notified: when a run has ended, when the kernel was replaced or ended, and
when code has stopped or another frame was selected.
"""

from __future__ import annotations

from cellbridge.core.runs.debug_status import DebugStatus
from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import VariablesChangedParams
from cellbridge.lsp.push.changed_documents import ChangedDocuments
from cellbridge.workspace.notebook import Notebook

_Seen = tuple[bool, str, float, DebugStatus]
"""True for a running kernel, the kernel's name, the end time of its last run, and its debugger."""
_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY}


class VariableNotifications:
    """The notifications about all open documents' variables for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = context.client.shows_variables
        self._seen: dict[str, _Seen] = {}
        self._changed = ChangedDocuments(context, self._send)

    async def run(self) -> None:
        """Send notifications, until cancelled."""
        await self._changed.run()

    def update(self, notebook: Notebook) -> None:
        """Handle changed runs or a changed kernel of a document."""
        if not self._wanted:
            return
        kernel = notebook.kernel
        seen = (kernel.state in _LIVE_STATES, kernel.name, notebook.last_ended, kernel.debugger)
        if self._seen.get(notebook.uri) != seen:
            self._seen[notebook.uri] = seen
            self.wake(notebook.uri)

    def wake(self, uri: str) -> None:
        """Handle changed variables of a document."""
        if self._wanted:
            self._changed.add(uri)

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._seen.pop(uri, None)
        self._changed.discard(uri)

    async def _send(self, notebook: Notebook) -> None:
        params = VariablesChangedParams(notebook.uri)
        self._context.editor.custom("cellbridge/variablesChanged", params)
