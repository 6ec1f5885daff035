"""The log of agents' calls for a script, as the text of a document.

Owns the number of calls in it, and their order. Loaded when the user first opens a log.
"""

from __future__ import annotations

import asyncio
from pathlib import PurePath

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.document_uri import Address, written
from cellbridge.lsp.documents.show_document import show_text
from cellbridge.session import agent_log
from cellbridge.workspace.agent_log_text import log_text
from cellbridge.workspace.notebook import Notebook

CALLS = 1000
"""The calls that are shown, the latest first."""


async def text_of(notebook: Notebook) -> str:
    """Return the present text of the log."""
    calls = await asyncio.to_thread(agent_log.read, notebook.agents.location, CALLS)
    return f"{log_text(calls[::-1])}\n"


async def show(context: Context, notebook: Notebook) -> str:
    """Show the log, brought up to date if it is open; return the URI of its document.

    Raises:
        SessionError: It can neither be shown nor written to a file.
    """
    address = Address("agents", notebook.uri)
    title = f"{PurePath(notebook.name).stem} - agents.txt"
    if context.client.text_documents:
        # No event reports a new line of the log, so an open document may be out of date.
        params = lsp.TextDocumentContentRefreshParams(written(address, title))
        await context.editor.request(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params)
    return await show_text(context, address, title, lambda: text_of(notebook))
