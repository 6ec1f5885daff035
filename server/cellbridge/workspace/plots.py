"""The history of plots of an open document's session.

Owns the requests about it, with or without a running session. It must not know cells or editors.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from cellbridge.core.output.plots import PlotFormat, PlotImage, PlotList
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError, SessionSilentError
from cellbridge.workspace import offline_session
from cellbridge.workspace.session_link import SessionLink

GONE = "This plot is no longer in the history."
NO_SESSION = (
    "The figure was not drawn again: it no longer exists, because no kernel runs. "
    "Run the cell again to draw it."
)


class Plots:
    """One document's plots."""

    def __init__(self, link: SessionLink) -> None:
        self._link = link
        self.on_change: Callable[[], None] | None = None
        """Called when the history has changed since it was last listed."""
        self._listed: tuple[SessionClient | None, str] | None = None
        """The session and the kernel's life of the last list; None before the first."""

    @property
    def replaced(self) -> bool:
        """True if the session or its kernel has been replaced since the history was last listed.

        No figure can then be drawn again, and a new session does not report its changes yet.
        """
        return self._listed is not None and self._listed != self._present

    @property
    def _present(self) -> tuple[SessionClient | None, str]:
        return self._link.client, self._link.kernel.life

    async def list(self) -> PlotList:
        """Return the history: of the running session, or from the store."""
        await self._link.ready()
        self._listed = self._present
        return await self._read()

    async def _read(self) -> PlotList:
        client = self._link.client
        if client is not None and not client.silent:
            client.plots_listener = self._changed
            with contextlib.suppress(SessionSilentError):
                return await client.list_plots()
        return await asyncio.to_thread(offline_session.read_plots, self._link.location)

    async def get(
        self, plot_id: str, drawn_as: PlotFormat | None = None, scale: float = 1.0
    ) -> PlotImage:
        """Return a stored image, or with a format its figure drawn again, if that is possible.

        Raises:
            SessionError: the history no longer has the plot.
        """
        await self._link.ready()
        client = self._link.client
        if client is not None and not client.silent:
            with contextlib.suppress(SessionSilentError):
                return await client.get_plot(plot_id, drawn_as, scale)
        image = await asyncio.to_thread(offline_session.read_plot, self._link.location, plot_id)
        if image is None:
            raise SessionError(GONE)
        return PlotImage(image.mime, image.data, message=NO_SESSION if drawn_as else "")

    async def exist(self) -> bool:
        """Return True if there is a plot to clear."""
        return bool((await self._read()).plots)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
