"""Detection of kernels that do not answer while they are busy.

Owns when a kernel counts as unresponsive, and when it answers again. Such a kernel is in one long
native call during which none of its other code can run. progress.py shows it to the user.

One late answer proves little: the feature that missed it requests a second query here, which waits
long enough to be certain. An unresponsive kernel is queried repeatedly; each query waits for its
answer, which limits the rate.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import FindNames, FoundNames, Unanswered
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query


class UnresponsiveKernels:
    """The unresponsive kernels of all open documents."""

    def __init__(self, context: Context, notify: Callable[[Notebook], None]) -> None:
        self._context = context
        self._notify = notify
        self._doubted: set[str] = set()
        self._task = LatestTask(self._query)
        context.doubt = self.doubt

    async def run(self) -> None:
        """Query suspected kernels, until cancelled."""
        await self._task.run()

    def doubt(self, notebook: Notebook) -> None:
        """Handle a kernel that did not answer in time."""
        if notebook.kernel.state is KernelState.BUSY:
            self._doubted.add(notebook.uri)
            self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._doubted.discard(uri)
        self._context.silent.discard(uri)

    async def _query(self) -> None:
        while self._doubted:
            uri = self._doubted.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is None:
                continue
            answer = await query(notebook, FindNames([]), FoundNames)
            unanswered = isinstance(answer, Unanswered) and answer.silent
            silent = unanswered and notebook.kernel.state is KernelState.BUSY
            if silent:
                self._doubted.add(uri)
            if silent != (uri in self._context.silent):
                (self._context.silent.add if silent else self._context.silent.discard)(uri)
                self._notify(notebook)
