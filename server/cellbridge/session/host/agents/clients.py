"""The view of a host's clients that the modules about agents and the shared text have.

Owns that view. The connections of a host have this shape.
"""

from __future__ import annotations

from typing import Protocol

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session.text_messages import TextEvent


class SessionClient(Protocol):
    """A client that has introduced itself."""

    info: ClientInfo

    def request_text(self) -> None:
        """Request the text of the script from an editor, which answers by `GiveText`."""
        ...

    def send_latest(self, message: TextEvent) -> None:
        """Send a message; it replaces one of its kind that the client has not read yet."""
        ...

    def refuse(self, reason: str) -> None:
        """Disconnect the client; one sentence gives the reason."""
        ...
