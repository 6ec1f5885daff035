"""Files as notebooks, for editors that have their own notebook view.

Declarations only.
"""

from typing import Any

import attrs

from cellbridge.lsp.protocol.cells import CellKind
from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class NotebookCell:
    """A cell of a notebook."""

    id: str
    """The cell's id in the file; empty for a cell that is not in the file yet."""
    kind: CellKind
    source: str
    """The source; each line ends with a line feed."""
    metadata: dict[str, Any] = attrs.field(factory=dict[str, Any])
    attachments: dict[str, Any] = attrs.field(factory=dict[str, Any])
    count: int | None = None
    """The execution count."""
    outputs: list[dict[str, Any]] | None = None
    """The outputs in the notebook format. If they are omitted, the outputs in the file are kept."""
    run: str = ""
    """The id of the run that produced the outputs. They are then written completely, even if the
    editor has only a part of them."""


@attrs.frozen
class ReadNotebookParams:
    """A request for the cells of a file."""

    name: str
    """The file's name; its suffix distinguishes notebooks from scripts."""
    content: str
    """The file's bytes, as base64."""


@attrs.frozen
class ReadNotebookResult:
    """A file as a notebook."""

    cells: list[NotebookCell]
    language: str
    """The language of its code, such as ``python``."""
    metadata: dict[str, Any]
    """The metadata of the whole notebook."""


@attrs.frozen
class WriteNotebookParams:
    """A request for a file's bytes with its edited cells."""

    name: str
    content: str
    """The file's bytes as they were read, as base64. Unedited parts are taken from them."""
    cells: list[NotebookCell]
    uri: str = ""
    """The open document in which the cells run; complete outputs are fetched from it."""


@attrs.frozen
class WriteNotebookResult:
    """A file's bytes."""

    content: str
    """The file's bytes as base64."""


@attrs.frozen
class NotebookPosition:
    """The position of a notebook's cell in a script."""

    index: int
    """The index of the script's cell, counted from 0."""
    line: int
    """The line of the script that contains the first line of the cell's source."""


@attrs.frozen
class NotebookTextResult:
    """Cells as the text of a script."""

    text: str
    positions: list[NotebookPosition | None]
    """The position of each cell; None for a cell that is part of the script's header."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/readNotebook",
        "client to server",
        "request",
        ReadNotebookParams,
        ReadNotebookResult,
        "0.1.0",
        "Return the cells of a file, which is a script or a notebook.",
    ),
    Method(
        "cellbridge/writeNotebook",
        "client to server",
        "request",
        WriteNotebookParams,
        WriteNotebookResult,
        "0.1.0",
        "Return a file's bytes with its edited cells. The bytes of unedited cells are unchanged.",
    ),
    Method(
        "cellbridge/notebookText",
        "client to server",
        "request",
        WriteNotebookParams,
        NotebookTextResult,
        "0.1.0",
        "Return the cells as the text of a script. A client opens it as a document whose URI is "
        "`cellbridge-notebook+` followed by the file's URI, and runs its cells there. That "
        "document belongs to the session of the file.",
    ),
)
