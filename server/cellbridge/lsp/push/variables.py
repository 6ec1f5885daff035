"""cellbridge/variablesChanged, for clients that show variables.

Owns when a client is told that its view of the variables is old: when a run has ended and when
there is another kernel, or none any more.

Invariant: nothing piles up. What has changed is only noted, and told when the client has read what
it was sent before.
"""

from __future__ import annotations

from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import VariablesChangedParams
from cellbridge.lsp.push.latest_task import Pump
from cellbridge.workspace.notebook import Notebook

_Seen = tuple[bool, str, float]
"""Whether a kernel lives, which one, and when its last run ended."""
_LIVING = {KernelState.IDLE, KernelState.BUSY}


class VariableNews:
    """The news of all open documents' variables for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = context.client.shows_variables
        self._seen: dict[str, _Seen] = {}
        self._dirty: set[str] = set()
        self._pump = Pump(self._tell)

    async def run(self) -> None:
        """Do the telling; until cancelled."""
        await self._pump.run()

    def update(self, notebook: Notebook) -> None:
        """Runs or the kernel of a document have changed."""
        if not self._wanted:
            return
        ended = max(
            (view.run.ended_at or 0.0 for view in notebook.views() if view.run), default=0.0
        )
        kernel = notebook.kernel
        seen = (kernel.state in _LIVING, kernel.name, ended)
        if self._seen.get(notebook.uri) != seen:
            self._seen[notebook.uri] = seen
            self.wake(notebook.uri)

    def wake(self, uri: str) -> None:
        """A document's variables have changed."""
        if self._wanted:
            self._dirty.add(uri)
            self._pump.wake()

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._seen.pop(uri, None)
        self._dirty.discard(uri)

    async def _tell(self) -> None:
        editor = self._context.editor
        while self._dirty:
            await editor.keeps_up()
            if self._dirty:
                uri = self._dirty.pop()
                editor.custom("cellbridge/variablesChanged", VariablesChangedParams(uri))
