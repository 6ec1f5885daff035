"""The debugger of an open document: requests to its session, and the text that they refer to.

Owns the connection of a document to the debugger of its session. It must not know the Debug Adapter
Protocol beyond the names of its requests, nor how an editor shows a stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cellbridge.core.runs.debug_status import DebugStatus
from cellbridge.core.runs.frames import SelectedFrame
from cellbridge.session.errors import SessionError
from cellbridge.workspace.session_link import SessionLink

Listener = Callable[[str, dict[str, Any]], None]
"""Takes the name and the body of an event of the Debug Adapter Protocol."""


class Debugging:
    """One document's debugger; this client debugs between `attach` and `detach`."""

    def __init__(self, link: SessionLink) -> None:
        self._link = link
        self.live = True
        """False if the document's text is the file's, and not that of an open editor."""

    @property
    def status(self) -> DebugStatus:
        """The client that debugs the document's kernel, and where its code has stopped."""
        return self._link.kernel.debugger

    async def attach(
        self,
        listener: Listener,
        *,
        just_my_code: bool = True,
        subprocesses: bool = False,
    ) -> None:
        """Debug the kernel, which is started if none runs; ``listener`` takes the events.

        Raises:
            SessionError: the kernel cannot be debugged, or another client debugs it.
        """
        client = await self._link.connect()
        client.debug_listener = listener
        arguments = {"justMyCode": just_my_code, "subProcess": subprocesses}
        await client.debug("attach", arguments)

    async def request(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError("No kernel runs for this notebook, so there is nothing to debug.")
        return await client.debug(command, arguments)

    async def select_frame(self, depth: int | None, run: str = "") -> SelectedFrame | None:
        """Select the frame to examine, of a failed run or of code that has stopped; None for none.

        No debugger is needed for a failed run. ``depth`` counts from the innermost frame.

        Raises:
            SessionError: it cannot be selected; one sentence gives the reason.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError("No kernel runs for this notebook, so there is nothing to debug.")
        return await client.select_frame(depth, run)

    async def detach(self) -> None:
        """Stop debugging; code that has stopped continues."""
        if (client := self._link.client) is not None:
            await client.debug("disconnect", {})
            client.debug_listener = None
