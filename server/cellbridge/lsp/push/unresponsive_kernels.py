"""Kernels that do not answer while they run: found out, and said beside the running cell.

Owns when a kernel is taken for silent, which is one inside a single long call that lets nothing
else of it run, and when it is heard again. What is said of it is progress.py's matter.

A late answer alone says little: whoever misses one asks here for a second look, which waits long
enough to be sure. While a kernel is silent it is asked again and again; each question waits for its
answer, so that is its own pace.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import FindNames, FoundNames, Unanswered
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.latest_task import Pump
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query


class Silence:
    """The silent kernels of all open documents."""

    def __init__(self, context: Context, tell: Callable[[Notebook], None]) -> None:
        self._context = context
        self._tell = tell
        self._doubted: set[str] = set()
        self._pump = Pump(self._ask)
        context.doubt = self.doubt

    async def run(self) -> None:
        """Do the asking; until cancelled."""
        await self._pump.run()

    def doubt(self, notebook: Notebook) -> None:
        """A document's kernel has missed to answer in time."""
        if notebook.kernel.state is KernelState.BUSY:
            self._doubted.add(notebook.uri)
            self._pump.wake()

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._doubted.discard(uri)
        self._context.silent.discard(uri)

    async def _ask(self) -> None:
        while self._doubted:
            uri = self._doubted.pop()
            notebook = self._context.workspace.get(uri)
            if notebook is None:
                continue
            answer = await query(notebook, FindNames([]), FoundNames)
            unheard = isinstance(answer, Unanswered) and answer.silent
            silent = unheard and notebook.kernel.state is KernelState.BUSY
            if silent:
                self._doubted.add(uri)
            if silent != (uri in self._context.silent):
                (self._context.silent.add if silent else self._context.silent.discard)(uri)
                self._tell(notebook)
