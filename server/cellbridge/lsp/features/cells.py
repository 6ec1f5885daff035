"""cellbridge/cells and cellbridge/outputs: a document's cells, and a run's complete outputs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cellbridge.core.output.outputs import Display, Output
from cellbridge.lsp import protocol_views
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import CellsResult, DocumentParams, OutputsParams, OutputsResult
from cellbridge.lsp.push.notifier import Notifier


def cells(context: Context, params: DocumentParams, *, notifier: Notifier) -> CellsResult:
    """Return all cells with their runs and outputs."""
    notebook = context.notebook(params.uri)
    views = notebook.views()
    notifier.cells.mark_sent(notebook, views)
    return CellsResult(
        uri=notebook.uri,
        version=notebook.version,
        kernel=protocol_views.kernel(notebook),
        cells=[protocol_views.cell(notebook, views, view, context.convert) for view in views],
    )


async def outputs(context: Context, params: OutputsParams) -> OutputsResult:
    """Return the requested outputs of one run, complete, from the store."""
    notebook = context.notebook(params.uri)
    views = notebook.views()
    shown = (one for view in views for one in view.with_parts)
    owner = next((view for view in shown if view.run and view.run.id == params.run), None)
    if owner is None:
        raise ArgumentError(
            f"No cell of {notebook.name} shows a run {params.run}; "
            "cellbridge/cells returns the existing runs."
        )
    whole = await notebook.fetch_outputs(params.run)
    views = notebook.views()
    wanted = _wanted(whole, params)
    return OutputsResult(protocol_views.outputs(notebook, views, owner, wanted, context.convert))


def _wanted(outputs: Sequence[Output], params: OutputsParams) -> list[Output]:
    """Return the outputs, or the parts of them, that are requested."""
    wanted = [output for index, output in enumerate(outputs) if params.output in {None, index}]
    if params.mime is None:
        return wanted
    return [
        msgspec.structs.replace(output, data={params.mime: output.data[params.mime]}, omitted={})
        for output in wanted
        if isinstance(output, Display) and params.mime in output.data
    ]
