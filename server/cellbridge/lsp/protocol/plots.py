"""The history of a session's plots, for clients that draw outputs themselves.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class Plot:
    """One image that a run displayed. It stays in the history when its cell runs again."""

    id: str
    run: str
    """The id of the run."""
    cell: str
    """The id of the cell; empty if the cell no longer exists."""
    title: str
    """The name of the cell at the time of the run."""
    mime: str
    """The type of the stored image, such as ``image/png`` or ``image/svg+xml``."""
    width: int
    """The width in pixels at its natural size; 0 if unknown."""
    height: int
    created_at: float
    """Seconds since the epoch."""
    size: int
    """The stored bytes."""
    alive: bool = False
    """True if its figure still exists in the kernel, so that it can be drawn again."""


@attrs.frozen
class PlotsParams:
    """The params of ``cellbridge/plots``."""

    uri: str


@attrs.frozen
class PlotsResult:
    """The history, oldest first."""

    plots: list[Plot]
    dropped: int = 0
    """The number of older plots that were removed to keep the limit."""


@attrs.frozen
class PlotParams:
    """The params of ``cellbridge/plot``."""

    uri: str
    id: str
    format: Literal["png", "svg", "pdf"] | None = None
    """The format in which the figure is drawn again; None for the stored image as it is."""
    scale: float = 1.0
    """The factor on the resolution of the figure when it is drawn again as PNG."""


@attrs.frozen
class PlotResult:
    """One image."""

    mime: str
    data: str
    """The image in base64, or its text for SVG."""
    redrawn: bool = False
    """True if the figure was drawn again, false if this is the stored image."""
    message: str = ""
    """A sentence with the reason if the figure was not drawn again although a format was given."""


@attrs.frozen
class PlotsChangedParams:
    """The params of ``cellbridge/plotsChanged``."""

    uri: str


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/plots",
        "client to server",
        "request",
        PlotsParams,
        PlotsResult,
        "0.2.0",
        "List the plots of the document's session, those of earlier runs of a cell included.",
    ),
    Method(
        "cellbridge/plot",
        "client to server",
        "request",
        PlotParams,
        PlotResult,
        "0.2.0",
        "Get one plot: the stored image, or the figure drawn again where it still exists.",
    ),
    Method(
        "cellbridge/plotsChanged",
        "server to client",
        "notification",
        PlotsChangedParams,
        None,
        "0.2.0",
        "The history of plots changed. Sent once for each time that the client has requested it.",
    ),
)
