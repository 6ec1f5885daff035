"""The clients of a session, and the agents among them, which the user has to allow.

An agent is a program that acts for the user, such as a coding assistant. Owns these types. It must
not know how an agent connects, or how permission is requested.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ClientKind(StrEnum):
    """The kinds of clients of a session."""

    PERSON = "person"
    """A program that the user operates and that does not edit the script, such as a command."""
    EDITOR = "editor"
    """An editor in which the script is open."""
    AGENT = "agent"


class ClientInfo(msgspec.Struct, frozen=True):
    """A client of sessions, as it introduces itself to them."""

    name: str
    """The name for users, such as ``Visual Studio Code`` or ``cellbridge run``."""
    kind: ClientKind = ClientKind.PERSON
    allowed: bool = False
    """See `cellbridge.session.messages.Hello.allowed`."""


class Scratch(StrEnum):
    """The names that a run of code outside the script uses."""

    NONE = ""
    """The run is one of a cell."""
    LIVE = "live"
    """The names of the session."""
    COPY = "copy"
    """The names of the session; those that the run binds or deletes are restored after it."""


class AgentStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agents of a session."""

    allowed: bool = False
    """True if the user allows agents in this session."""
    connected: list[str] = []
    """The names of the connected agents."""
    asking: list[str] = []
    """The names of the agents that wait for the user's permission."""


NO_AGENTS = AgentStatus()


class OpenText(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The text of a script to which a session's cells refer, with the ids of its cells."""

    content: str
    ids: list[str]
    """The id of each cell, in the order of the text."""
    editor: str = ""
    """The editor that shows the text; empty for the text of the file."""
    edited_at: float = 0.0
    """Seconds since the epoch of the last edit in that editor; 0 if there was none."""
