"""cellbridge/readNotebook, writeNotebook and notebookText: files as cells for a notebook editor.

Owns only the translation; notebooks/cell_documents.py applies changed cells to the file.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types as lsp

from cellbridge.core.percent.convert import JsonObject, output_as_json
from cellbridge.core.percent.notebook_values import mapping, source_of
from cellbridge.core.percent.source_style import digest
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import (
    CellKind,
    NotebookCell,
    NotebookPosition,
    NotebookTextResult,
    ReadNotebookParams,
    ReadNotebookResult,
    WriteNotebookParams,
    WriteNotebookResult,
)
from cellbridge.notebooks.cell_documents import (
    EditedCell,
    OpenedDocument,
    as_script,
    open_document,
    write_document,
)
from cellbridge.notebooks.errors import FileError
from cellbridge.session.errors import SessionError

_REPORTED = 100
"""Notebooks whose repairs were reported; an earlier one is reported again when it is read."""


def read_notebook(context: Context, params: ReadNotebookParams) -> ReadNotebookResult:
    """Return the cells of a file, and report once what was mended in it."""
    opened = _open(params.content, params.name)
    if opened.note and (stamp := digest(params.content)) not in context.mended:
        context.mended[stamp] = None
        for oldest in list(context.mended)[:-_REPORTED]:
            del context.mended[oldest]
        context.editor.show(opened.note, lsp.MessageType.Info)
    return ReadNotebookResult(
        cells=[_cell(cell) for cell in opened.notebook["cells"]],
        language=opened.language.name,
        metadata=opened.notebook.get("metadata", {}),
    )


async def write_notebook(context: Context, params: WriteNotebookParams) -> WriteNotebookResult:
    """Return a file's bytes with its edited cells."""
    opened = _open(params.content, params.name)
    whole = await _whole_outputs(context, params)
    cells = [_edited_cell(cell, whole.get(cell.run, cell.outputs)) for cell in params.cells]
    try:
        data = write_document(opened, cells, params.name)
    except FileError as error:
        raise ArgumentError(str(error)) from None
    return WriteNotebookResult(base64.b64encode(data).decode("ascii"))


def notebook_text(_: Context, params: WriteNotebookParams) -> NotebookTextResult:
    """Return the cells as the text of a script."""
    opened = _open(params.content, params.name)
    text, places = as_script(opened, [_edited_cell(cell, None) for cell in params.cells])
    found = [place and NotebookPosition(place.index, place.line) for place in places]
    return NotebookTextResult(text, found)


def _open(content: str, name: str) -> OpenedDocument:
    try:
        return open_document(base64.b64decode(content, validate=True), name)
    except binascii.Error:
        raise ArgumentError(f"The content of {name} is not valid base64.") from None
    except FileError as error:
        raise ArgumentError(str(error)) from None


def _cell(cell: Mapping[str, Any]) -> NotebookCell:
    return NotebookCell(
        id=str(cell["id"]),
        kind=CellKind(cell["cell_type"]),
        source=source_of(cell),
        metadata=dict(mapping(cell.get("metadata"))),
        attachments=dict(mapping(cell.get("attachments"))),
        count=cell.get("execution_count"),
        outputs=cell.get("outputs"),
    )


def _edited_cell(cell: NotebookCell, outputs: Sequence[JsonObject] | None) -> EditedCell:
    return EditedCell(cell.id, cell.kind.value, cell.source, cell.metadata, cell.count, outputs)


async def _whole_outputs(
    context: Context, params: WriteNotebookParams
) -> dict[str, list[JsonObject]]:
    """Return the outputs of the cells' runs, as far as they can be fetched.

    Saving does not fail without them: the outputs that the editor has are then written.
    """
    found: dict[str, list[JsonObject]] = {}
    notebook = context.workspace.get(params.uri)
    if notebook is not None and params.name.endswith(".ipynb"):
        for run in {cell.run for cell in params.cells if cell.run}:
            with contextlib.suppress(SessionError):
                # A run that a later run has replaced is gone; the editor still shows its outputs.
                if (outputs := await notebook.kept_outputs(run)) is not None:
                    found[run] = [output_as_json(output) for output in outputs]
    return found
