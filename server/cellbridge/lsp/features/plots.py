"""cellbridge/plots and cellbridge/plot: the history of a session's plots, and one of them."""

from __future__ import annotations

import base64

from cellbridge.core.output.plots import StoredPlot
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import Plot, PlotParams, PlotResult, PlotsParams, PlotsResult
from cellbridge.lsp.push.notifier import Notifier

_SVG = "image/svg+xml"


async def plots(context: Context, params: PlotsParams, *, notifier: Notifier) -> PlotsResult:
    """Return the history; the client is then notified of its changes."""
    notebook = context.notebook(params.uri)
    notifier.plots.follow(notebook)
    found = await notebook.plots.list()
    present = frozenset(notebook.ids)
    return PlotsResult([_plot(one, present) for one in found.plots], found.dropped)


async def plot(context: Context, params: PlotParams) -> PlotResult:
    """Return one image.

    Raises:
        SessionError: the history no longer has it.
    """
    notebook = context.notebook(params.uri)
    image = await notebook.plots.get(params.id, params.format, params.scale)
    data = (
        image.data.decode("utf-8", "replace")
        if image.mime == _SVG
        else base64.b64encode(image.data).decode("ascii")
    )
    return PlotResult(image.mime, data, image.redrawn, image.message)


def _plot(one: StoredPlot, present: frozenset[str]) -> Plot:
    return Plot(
        id=one.id,
        run=one.run,
        cell=one.cell if one.cell in present else "",
        title=one.title,
        mime=one.mime,
        width=one.width,
        height=one.height,
        created_at=one.created_at,
        size=one.size,
        alive=one.alive,
    )
