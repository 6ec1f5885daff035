"""How a message or a command of ours is declared.

Owns the two rows that the modules beside it fill; it declares no message itself.
"""

from typing import Any, Literal

import attrs


@attrs.frozen
class Method:
    """One custom message."""

    name: str
    direction: Literal["server to client", "client to server"]
    kind: Literal["notification", "request"]
    params: type[Any]
    result: type[Any] | None
    """None for a notification."""
    since: str
    doc: str


@attrs.frozen
class Command:
    """One command."""

    name: str
    title: str
    """What a person reads on a button or in a menu."""
    arguments: type[Any]
    result: type[Any] | None
    """None for a command that answers null."""
    doc: str
    since: str = "0.1.0"
