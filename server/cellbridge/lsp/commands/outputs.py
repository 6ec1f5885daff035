"""The command that opens the outputs of a cell."""

from __future__ import annotations

from cellbridge.core.output import bundle
from cellbridge.core.output.mime_types import Part
from cellbridge.core.output.outputs import Display, Output
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation, cell_index
from cellbridge.lsp.documents import external_view
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.lsp.documents.output_text import (
    document_name,
    document_text,
    suffix_of,
    whole_outputs,
)
from cellbridge.lsp.documents.show_document import show_file, show_text
from cellbridge.lsp.errors import ArgumentError
from cellbridge.session.errors import SessionError


async def open_output(call: Invocation, arguments: p.OpenOutputArguments) -> p.OpenResult:
    """Show the complete output of a cell, or one of its outputs.

    Raises:
        ArgumentError: There is no such output.
        SessionError: The cell has no outputs, or they cannot be shown.
    """
    notebook = call.context.notebook(arguments.uri)
    view = notebook.view(cell_index(call, notebook, arguments))
    if not view.outputs:
        raise SessionError("The cell has no output to open; run it first.")
    outputs = await whole_outputs(notebook, view)
    which, one = _which(outputs, arguments.output)
    name = document_name(notebook, view, which)
    part = external_view.viewable_part(one) if one is not None else None
    if part is not None and (file := _file(call, part)) is not None:
        uri = await show_file(call.context, (name, file[0]), file[1], external=True)
        return p.OpenResult(uri)

    async def text() -> str:
        return document_text(outputs, which)

    address = Address("output", notebook.uri, view.id, which)
    title = name + suffix_of(one)
    return p.OpenResult(await show_text(call.context, address, title, text))


def _which(outputs: list[Output], asked: int | None) -> tuple[int | None, Output | None]:
    if asked is not None:
        if asked >= len(outputs):
            raise ArgumentError(
                f"The cell has {len(outputs)} outputs, counted from 0; there is no {asked}."
            )
        return asked, outputs[asked]
    if len(outputs) == 1 and isinstance(only := outputs[0], Display):
        picture = external_view.viewable_part(only)
        if not bundle.is_text(only) or (picture is not None and picture.media.is_image):
            return 0, only
    return None, None


def _file(call: Invocation, part: Part) -> tuple[str, bytes] | None:
    return external_view.file_of(part, scripts=call.context.config.outputs.scripts)
