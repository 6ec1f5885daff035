"""The debugger of a session, as its clients use it.

Owns who debugs, and the state of the debugger. It must not know how clients are connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus, TextCell
from cellbridge.core.runs.runs import Run
from cellbridge.session.errors import SessionError


class DebugClient(Protocol):
    """A client that can debug."""

    client: str

    def send_debug_event(self, event: str, body: dict[str, Any]) -> None:
        """Send an event of the Debug Adapter Protocol."""
        ...


class Debugger:
    """The debugger of one session. Nothing of it runs until a client attaches."""

    def __init__(self) -> None:
        self.status: DebugStatus = NOT_DEBUGGED

    async def request(
        self, client: DebugClient, command: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        raise SessionError(f"{client.client} cannot debug yet: {command} {len(arguments)}")

    def take_text(self, cells: Sequence[TextCell], *, live: bool) -> None:
        """Take the open text of the script."""

    def client_gone(self, client: DebugClient) -> None:
        """Let the code continue if this client was debugging it."""

    def breakpoints_of(self, run: Run, *, stop_on_entry: bool) -> list[dict[str, Any]]:
        """Return the breakpoints in the source of a run that is about to be sent."""
        del run, stop_on_entry
        return []
