"""The history of plots for clients: its list, its images, and figures drawn again by the kernel.

Owns when a figure is drawn again, and the messages otherwise. It must not know how images are
stored, or how a figure is drawn.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, cast

import msgspec

from cellbridge.core.output.plots import MIMES, PlotImage, PlotList, StoredPlot
from cellbridge.kernel.kernel import Kernel
from cellbridge.session.errors import SessionError
from cellbridge.session.host.kernel_manager import KernelManager
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.plot_messages import GetPlot

LIST_SECONDS = 1.0
"""Seconds that the kernel may take to name the figures that still exist."""
DRAW_SECONDS = 60.0
"""Seconds that the kernel may take to draw a figure again."""
GONE = "This plot is no longer in the history."
NOT_DRAWN = "The figure was not drawn again: {}"
NO_FIGURE = "its figure no longer exists in the kernel. Run the cell again to draw it."
NO_ANSWER = "the kernel did not draw it in time. Try again when it is idle."
UNREADABLE = "the kernel could not draw it. See the session log."


class Plots:
    """The history of one session's plots."""

    def __init__(self, storage: ResilientStore, kernel_manager: KernelManager) -> None:
        self._storage = storage
        self._kernel_manager = kernel_manager

    async def list(self) -> PlotList:
        """Return the history; a figure that can be drawn again is marked as alive."""
        found = self._storage.plots()
        kernel = self._kernel_manager.kernel
        if kernel is None or not any(_belongs(plot, kernel) for plot in found.plots):
            return found
        answer = await kernel.query_probe({"op": "figures"}, LIST_SECONDS)
        known = (answer or {}).get("figures")
        alive = (
            set(map(str, cast("list[object]", known))) if isinstance(known, list) else set[str]()
        )
        plots = [
            msgspec.structs.replace(plot, alive=True)
            if plot.figure in alive and _belongs(plot, kernel)
            else plot
            for plot in found.plots
        ]
        return PlotList(plots, found.dropped)

    async def get(self, call: GetPlot) -> PlotImage:
        """Return the stored image, or the figure drawn again if a format is given.

        If it cannot be drawn again, the stored image comes with the reason.

        Raises:
            SessionError: the history no longer has the plot.
        """
        stored = self._storage.plot_image(call.id)
        if stored is None:
            raise SessionError(GONE)
        if call.format is None:
            return stored
        plots = self._storage.plots().plots
        plot = next((plot for plot in plots if plot.id == call.id), None)
        drawn = await self._draw(plot, call)
        if isinstance(drawn, PlotImage):
            return drawn
        return msgspec.structs.replace(stored, message=NOT_DRAWN.format(drawn))

    async def _draw(self, plot: StoredPlot | None, call: GetPlot) -> PlotImage | str:
        """Return the figure drawn again, or the reason why it was not."""
        kernel = self._kernel_manager.kernel
        if plot is None or kernel is None or not _belongs(plot, kernel) or call.format is None:
            return NO_FIGURE
        order: dict[str, Any] = {"figure": plot.figure, "format": call.format, "scale": call.scale}
        answer = await kernel.query_probe({"op": "draw_figure", **order}, DRAW_SECONDS)
        if answer is None:
            return NO_ANSWER
        if refused := answer.get("refused"):
            return str(refused)
        try:
            return PlotImage(MIMES[call.format], base64.b64decode(answer["data"]), redrawn=True)
        except (KeyError, TypeError, binascii.Error):
            return UNREADABLE


def _belongs(plot: StoredPlot, kernel: Kernel) -> bool:
    """Return True if the figure of a plot was drawn by this kernel, as it runs now."""
    return bool(plot.figure) and plot.life == kernel.life and kernel.info.has_probe
