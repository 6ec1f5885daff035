"""Outputs shown in documents and files of their own.

Where the client has ``workspace/textDocumentContent`` and ``window/showDocument``, texts are shown
under addresses of the scheme ``cellbridge-output``, whose content the client asks the server for;
elsewhere they are private files. Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.commands import NotebookArguments, PlaceResult
from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class OpenOutputArguments:
    """The argument of ``cellbridge.openOutput``: which cell, and which of its outputs."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """Id of the cell; it wins over ``position``."""
    output: int | None = None
    """Only this one of its outputs, counted from 0: a picture, PDF or HTML in a viewer, anything
    else as text. Left out, all of them as one text; a lone picture still in a viewer."""


@attrs.frozen
class OpenResult:
    """What ``cellbridge.openOutput`` has opened."""

    uri: str
    """A virtual document or a file."""


@attrs.frozen
class RestoreArguments:
    """The argument of ``cellbridge.restoreCell``: which cell, and where it goes."""

    uri: str
    position: lsp.Position
    """It goes below the cell here."""
    cell: str
    """Id of a cell that is gone."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.openOutput", "Open output", OpenOutputArguments, OpenResult,
        "Show a cell's whole output in a document, or a picture, PDF or HTML in a viewer.",
    ),
    Command(
        "cellbridge.showRemoved", "Show outputs of removed cells", NotebookArguments, OpenResult,
        "Show source and output of the cells that are gone, the latest first.",
    ),
    Command(
        "cellbridge.restoreCell", "Restore removed cell", RestoreArguments, PlaceResult,
        "Put a removed cell back, whose output comes with it; answers where the cursor goes.",
    ),
)  # fmt: skip
