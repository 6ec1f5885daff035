"""cellbridge/cells and cellbridge/outputs: a document's cells, and the whole output of a run."""

from __future__ import annotations

from cellbridge.lsp import describe
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import CellsResult, DocumentParams, OutputsParams, OutputsResult
from cellbridge.lsp.push.hub import Hub


def cells(context: Context, hub: Hub, params: DocumentParams) -> CellsResult:
    """Return all cells with their runs and outputs."""
    notebook = context.notebook(params.uri)
    views = notebook.views()
    hub.cells.told(notebook, views)
    return CellsResult(
        uri=notebook.uri,
        version=notebook.version,
        kernel=describe.kernel(notebook.kernel),
        cells=[describe.cell(notebook, views, view, context.convert) for view in views],
    )


async def outputs(context: Context, params: OutputsParams) -> OutputsResult:
    """Return the outputs of one run, whole, from where they are stored."""
    notebook = context.notebook(params.uri)
    views = notebook.views()
    owner = next((view for view in views if view.run and view.run.id == params.run), None)
    if owner is None:
        raise ArgumentError(
            f"No cell of {notebook.name} shows a run {params.run}; "
            "cellbridge/cells tells the runs there are."
        )
    whole = await notebook.fetch_outputs(params.run)
    views = notebook.views()
    return OutputsResult(describe.outputs(notebook, views, owner, whole, context.convert))
