"""Files as notebooks, for editors that have a notebook view of their own.

Declarations only.
"""

from typing import Any

import attrs

from cellbridge.lsp.protocol.cells import CellKind
from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class NotebookCell:
    """A cell as a notebook holds it."""

    id: str
    """Its id in the file; empty for a cell that the file does not hold yet."""
    kind: CellKind
    source: str
    """Lines end in a line feed."""
    metadata: dict[str, Any] = attrs.field(factory=dict[str, Any])
    attachments: dict[str, Any] = attrs.field(factory=dict[str, Any])
    count: int | None = None
    """The execution count."""
    outputs: list[dict[str, Any]] | None = None
    """As notebook files hold them. Left out: those that the file holds stay."""
    run: str = ""
    """Id of the run whose outputs these are; they are then written whole, also where the editor has
    only a part of them."""


@attrs.frozen
class ReadNotebookParams:
    """A request for the cells of a file."""

    name: str
    """The file's name; its ending tells a notebook from a script."""
    content: str
    """The file's bytes, as base64."""


@attrs.frozen
class ReadNotebookResult:
    """A file as a notebook."""

    cells: list[NotebookCell]
    language: str
    """The language of its code, as ``python``."""
    metadata: dict[str, Any]
    """The notebook's own."""


@attrs.frozen
class WriteNotebookParams:
    """A request for a file's bytes with its cells as they were edited."""

    name: str
    content: str
    """The file's bytes as they were read, as base64: what was not edited is taken from there."""
    cells: list[NotebookCell]
    uri: str = ""
    """The open document in which the cells run, to fetch whole outputs from."""


@attrs.frozen
class WriteNotebookResult:
    """A file's bytes."""

    content: str
    """As base64."""


@attrs.frozen
class NotebookPlace:
    """Where a notebook's cell stands in a script."""

    index: int
    """The script's cell, counted from 0."""
    line: int
    """The script's line on which the first line of the cell's source stands."""


@attrs.frozen
class NotebookTextResult:
    """Cells as the text of a script."""

    text: str
    places: list[NotebookPlace | None]
    """For each cell; None for one that is part of the script's header."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/readNotebook",
        "client to server",
        "request",
        ReadNotebookParams,
        ReadNotebookResult,
        "0.1.0",
        "The cells of a file, a script or a notebook.",
    ),
    Method(
        "cellbridge/writeNotebook",
        "client to server",
        "request",
        WriteNotebookParams,
        WriteNotebookResult,
        "0.1.0",
        "A file's bytes with its cells as they were edited; untouched cells keep theirs.",
    ),
    Method(
        "cellbridge/notebookText",
        "client to server",
        "request",
        WriteNotebookParams,
        NotebookTextResult,
        "0.1.0",
        "The text of the script that the cells are. A client opens it as a document whose URI is "
        "`cellbridge-notebook+` and the file's URI, and runs its cells there: that document is in "
        "the session of the file.",
    ),
)
