"""cellbridge/cellsChanged and cellbridge/kernelChanged, for clients that draw outputs themselves.

Owns what the client has been told of each document, and so what is news to it. Only news is sent:
of a cell that goes on printing, what it has printed since.

Invariant: nothing is dropped and nothing piles up. What has changed is only noted, and looked at
when the client has read what it was sent before; it then gets the latest of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.runs import KernelStatus
from cellbridge.lsp import protocol_views
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import CellsChangedParams, KernelChangedParams
from cellbridge.lsp.push.latest_task import Pump
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


@dataclass(slots=True)
class _Told:
    """What a client knows of one document."""

    outputs: dict[str, tuple[Output, ...]] = field(default_factory=dict[str, tuple[Output, ...]])
    """By cell id; every cell the client knows of is in here."""
    shapes: dict[str, tuple[object, ...]] = field(default_factory=dict[str, tuple[object, ...]])
    """What else it knows of each cell, but for its place, which the client follows by itself."""
    kernel: KernelStatus | None = None


class CellNews:
    """The news of all open documents for one client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = context.client.draws_outputs
        self._told: dict[str, _Told] = {}
        self._dirty: set[str] = set()
        self._pump = Pump(self._tell)

    async def run(self) -> None:
        """Do the telling; until cancelled."""
        await self._pump.run()

    def wake(self, uri: str) -> None:
        """A document's cells, runs or kernel have changed."""
        if self._wanted:
            self._dirty.add(uri)
            self._pump.wake()

    def told(self, notebook: Notebook, views: Sequence[CellView]) -> None:
        """The client is being told all of a document by other means."""
        if self._wanted:
            told = self._told.setdefault(notebook.uri, _Told())
            told.outputs = {view.id: view.outputs for view in views}
            told.shapes = {view.id: _shape(view) for view in views}

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._told.pop(uri, None)
        self._dirty.discard(uri)

    async def _tell(self) -> None:
        editor = self._context.editor
        while self._dirty:
            await editor.keeps_up()
            if not self._dirty:
                return
            notebook = self._context.workspace.get(self._dirty.pop())
            if notebook is None:
                continue
            told = self._told.setdefault(notebook.uri, _Told())
            if news := self._news(notebook, told):
                editor.custom("cellbridge/cellsChanged", news)
            if notebook.kernel != told.kernel:
                told.kernel = notebook.kernel
                kernel = protocol_views.kernel(notebook.kernel)
                editor.custom("cellbridge/kernelChanged", KernelChangedParams(notebook.uri, kernel))

    def _news(self, notebook: Notebook, told: _Told) -> CellsChangedParams | None:
        """Return what the client does not know yet, and take it as told."""
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
        self.told(notebook, views)
        if not changed and not removed:
            return None
        return CellsChangedParams(notebook.uri, notebook.version, changed, removed)


def _shape(view: CellView) -> tuple[object, ...]:
    """Return all that is sent of a cell but for its place and its outputs."""
    return (view.cell.kind, view.cell.title, view.run, view.stale)
