"""The classes with which custom messages and commands are declared.

Owns the two classes that the other modules of this package use; it declares no message itself.
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
    """The text of a button or a menu item."""
    arguments: type[Any]
    result: type[Any] | None
    """None for a command that returns null."""
    doc: str
    since: str = "0.1.0"
