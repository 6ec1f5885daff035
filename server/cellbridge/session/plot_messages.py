"""The messages between a host and its clients about the history of plots.

Owns their shape; messages.py owns the other messages.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.output.plots import PlotFormat


class ListPlots(msgspec.Struct, frozen=True, omit_defaults=True, tag="list_plots"):
    """Request the history of plots. Result: `cellbridge.core.output.plots.PlotList`.

    The client then receives `PlotsChanged` at the next change of the history.
    """


class GetPlot(msgspec.Struct, frozen=True, omit_defaults=True, tag="get_plot"):
    """Request an image of the history. Result: `cellbridge.core.output.plots.PlotImage`."""

    id: str
    format: PlotFormat | None = None
    """The format in which the figure is drawn again; None for the stored image."""
    scale: float = 1.0
    """The factor on the resolution of the figure when it is drawn again as PNG."""


PlotCall = ListPlots | GetPlot


class PlotsChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="plots_changed"):
    """A change of the history of plots. A client receives it once for each `ListPlots` it sends."""
