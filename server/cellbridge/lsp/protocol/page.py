"""The companion page: a document's session in a browser.

Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.declarations import Command, Method


@attrs.frozen
class OpenPageArguments:
    """The argument of ``cellbridge.openPage``."""

    uri: str
    position: lsp.Position | None = None
    """The page is scrolled to the cell at this position."""
    cell: str | None = None
    """The id of that cell. It takes precedence over ``position``."""
    show: bool = True
    """False if the client opens the address itself, for example through a tunnel."""


@attrs.frozen
class OpenPageResult:
    """The result of ``cellbridge.openPage``."""

    url: str
    """The address, which works once and only on this machine."""
    shown: bool
    """True if the editor has opened the address in a browser."""
    forward: str = ""
    """The command that makes the address reachable from the user's machine, over SSH."""


@attrs.frozen
class CursorParams:
    """The params of ``cellbridge/cursor``."""

    uri: str
    position: lsp.Position


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/cursor",
        "client to server",
        "notification",
        CursorParams,
        None,
        "0.2.0",
        "The cursor has moved, so that a page which follows it shows its cell. Clients may send it "
        "at most ten times a second; it costs nothing while no page follows.",
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.openPage", "Open in browser", OpenPageArguments, OpenPageResult,
        "Show the document's session in a browser: outputs, widgets, variables, tables and plots. "
        "The server opens it by `window/showDocument`, or shows the address if it cannot.",
    ),
)  # fmt: skip
