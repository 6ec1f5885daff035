"""workspace/textDocumentContent: the text of a virtual document.

Owns the table of document kinds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.documents import variable_text
from cellbridge.lsp.documents.document_uri import Address, read
from cellbridge.lsp.documents.output_text import document_text, whole_outputs
from cellbridge.lsp.documents.removed_cells_text import removed_text
from cellbridge.lsp.errors import ArgumentError


async def content(
    context: Context, params: lsp.TextDocumentContentParams
) -> lsp.TextDocumentContentResult:
    """Return the current text of one of our documents.

    Raises:
        ArgumentError: There is no such document.
    """
    address = read(params.uri)
    write = WRITERS.get(address.kind) if address is not None else None
    if address is None or write is None:
        raise ArgumentError(f"{params.uri} is not a Cellbridge document.")
    context.followed.note(params.uri, address, context.workspace.get(address.uri))
    return lsp.TextDocumentContentResult(await write(context, address))


async def output(context: Context, address: Address) -> str:
    """Return the complete output of a cell, or one of its outputs."""
    notebook = context.notebook(address.uri)
    if address.cell not in notebook.ids:
        return "The cell was removed; see its outputs with “Show outputs of removed cells”.\n"
    view = notebook.view(notebook.ids.index(address.cell))
    return document_text(await whole_outputs(notebook, view), address.output)


async def removed(context: Context, address: Address) -> str:
    """Return the outputs of removed cells."""
    return removed_text(context.notebook(address.uri))


async def agents(context: Context, address: Address) -> str:
    """Return the log of agents' calls."""
    from cellbridge.lsp.documents import agent_log  # noqa: PLC0415 (on demand)

    return await agent_log.text_of(context.notebook(address.uri))


WRITERS: dict[str, Callable[[Context, Address], Awaitable[str]]] = {
    "output": output,
    "removed": removed,
    "variables": variable_text.variables,
    "table": variable_text.table,
    "agents": agents,
}
