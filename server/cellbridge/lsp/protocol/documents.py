"""Commands that show outputs in separate documents and files.

If the client supports ``workspace/textDocumentContent`` and ``window/showDocument``, texts are
shown under URIs of the scheme ``cellbridge-output``, and the client requests their content from the
server. Otherwise they are private files. Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.commands import NotebookArguments, PositionResult
from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class OpenOutputArguments:
    """The argument of ``cellbridge.openOutput``: the cell, and which of its outputs to open."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """The id of the cell. It takes precedence over ``position``."""
    output: int | None = None
    """The index of the only output to open, counted from 0: an image, PDF or HTML output opens in a
    viewer, any other output as text. Without it, all outputs open as one text; an image that is the
    only output still opens in a viewer."""


@attrs.frozen
class OpenResult:
    """The document or file that a command opened."""

    uri: str
    """A virtual document or a file."""


@attrs.frozen
class RestoreCellArguments:
    """The argument of ``cellbridge.restoreCell``: the cell, and where to insert it."""

    uri: str
    position: lsp.Position
    """A position in the cell below which the removed cell is inserted."""
    cell: str
    """The id of the removed cell."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.openOutput", "Open output", OpenOutputArguments, OpenResult,
        "Show the complete output of a cell in a document, or an image, PDF or HTML in a viewer.",
    ),
    Command(
        "cellbridge.showRemovedOutputs", "Show outputs of removed cells", NotebookArguments,
        OpenResult,
        "Show the source and outputs of removed cells, the most recent first.",
    ),
    Command(
        "cellbridge.restoreCell", "Restore removed cell", RestoreCellArguments, PositionResult,
        "Insert a removed cell again, with its outputs; returns the new cursor position.",
    ),
)  # fmt: skip
