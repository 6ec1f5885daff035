"""cellbridge/cellsChanged and cellbridge/kernelChanged, for clients that draw outputs themselves.

Owns the state that each client has received for each document, and sends only differences: for a
cell that keeps printing, the text since the previous message.

Invariant: nothing is dropped and nothing accumulates. A change only marks its document; the
difference is computed when the client has read the previous messages, so it gets the latest state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import KernelStatus
from cellbridge.lsp import protocol_views
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import (
    Agents,
    AgentsChangedParams,
    CellsChangedParams,
    KernelChangedParams,
)
from cellbridge.lsp.push.changed_documents import ChangedDocuments
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

_NO_AGENTS = Agents()


@dataclass(slots=True)
class _SentState:
    """The state of one document that the client has received."""

    outputs: dict[str, tuple[Output, ...]] = field(default_factory=dict[str, tuple[Output, ...]])
    """By cell id, for every cell that the client has."""
    shapes: dict[str, tuple[object, ...]] = field(default_factory=dict[str, tuple[object, ...]])
    """The rest of each cell's state, except for its range, which the client updates itself."""
    kernel: KernelStatus | None = None
    agents: Agents = _NO_AGENTS


class CellNotifications:
    """The notifications about all open documents for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = context.client.draws_outputs
        self._sent: dict[str, _SentState] = {}
        self._changed = ChangedDocuments(context, self._send)

    async def run(self) -> None:
        """Send notifications, until cancelled."""
        await self._changed.run()

    def wake(self, uri: str) -> None:
        """Handle changed cells, runs or kernel of a document."""
        if self._wanted:
            self._changed.add(uri)

    def mark_sent(self, notebook: Notebook, views: Sequence[CellView]) -> None:
        """Note that the client receives a document's complete state in another message."""
        if self._wanted:
            told = self._sent.setdefault(notebook.uri, _SentState())
            told.outputs = {view.id: view.outputs for view in views}
            told.shapes = {view.id: _shape(view) for view in views}

    def send_changes(self, notebook: Notebook) -> None:
        """Send the changes since the last message now, if the client has the document.

        Several readers may share the connection. Call it before one of them receives the complete
        state, so that later differences are right for the others too.
        """
        if (told := self._sent.get(notebook.uri)) is not None:
            self._send_cells(notebook, told)

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._sent.pop(uri, None)
        self._changed.discard(uri)

    async def _send(self, notebook: Notebook) -> None:
        editor = self._context.editor
        told = self._sent.setdefault(notebook.uri, _SentState())
        self._send_cells(notebook, told)
        if notebook.kernel != told.kernel:
            told.kernel = notebook.kernel
            kernel = protocol_views.kernel(notebook)
            editor.custom("cellbridge/kernelChanged", KernelChangedParams(notebook.uri, kernel))
        if (agents := protocol_views.agents(notebook)) != told.agents:
            told.agents = agents
            editor.custom("cellbridge/agentsChanged", AgentsChangedParams(notebook.uri, agents))

    def _send_cells(self, notebook: Notebook, told: _SentState) -> None:
        if news := self._changes(notebook, told):
            self._context.editor.custom("cellbridge/cellsChanged", news)

    def _changes(self, notebook: Notebook, told: _SentState) -> CellsChangedParams | None:
        """Return the changes that the client has not received, and mark them as sent."""
        views = notebook.views()
        present = {view.id for view in views}
        removed = [cell_id for cell_id in told.shapes if cell_id not in present]
        changed = [
            protocol_views.cell(
                notebook,
                views,
                view,
                self._context.convert,
                told.outputs.get(view.id, ()),
            )
            for view in views
            if told.shapes.get(view.id) != _shape(view) or told.outputs[view.id] != view.outputs
        ]
        self.mark_sent(notebook, views)
        if not changed and not removed:
            return None
        return CellsChangedParams(notebook.uri, notebook.version, changed, removed)


def _shape(view: CellView) -> tuple[object, ...]:
    """Return everything that is sent for a cell except for its range and its outputs."""
    parts = tuple((part.run, part.part, part.stale, part.outputs) for part in view.parts)
    return (view.cell.kind, view.cell.title, view.run, view.stale, view.earlier_kernel, parts)
