"""A kernel's variables as text, and one of them as a table.

Owns the queries for such a text; core/grid.py formats it.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.grid import table_text, variables_text
from cellbridge.core.variables import ListVariables, Unanswered, VariablesPage, Window
from cellbridge.lsp.context import Context
from cellbridge.lsp.current_frame import frame_sentence
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import (
    column_summaries,
    query,
    show_table,
    table_columns,
)

NAMES = 1000
"""The maximum number of names that are listed."""
ROWS = 100


async def variables(context: Context, address: Address) -> str:
    """Return the kernel's variables as text."""
    notebook = context.notebook(address.uri)
    page = await query(notebook, ListVariables(count=NAMES), VariablesPage)
    if isinstance(page, Unanswered):
        page = VariablesPage(message=page.message)
    elif not page.message:
        page = msgspec.structs.replace(page, message=frame_sentence(notebook))
    return variables_text(page, variables_title(notebook))


async def table(context: Context, address: Address) -> str:
    """Return a part of a table as text.

    Raises:
        SessionError: There is no such table.
    """
    notebook, path = context.notebook(address.uri), [address.name]
    columns = await table_columns(notebook, path) if address.sort else None
    sort = [columns.sorting(address.sort)] if columns is not None else []
    page = await show_table(notebook, path, Window(start=address.start, count=ROWS, sort=sort))
    lines = await column_summaries(notebook, path, page)
    text = table_text(page, address.name)
    return text + "\n" + "\n".join(lines) + "\n" if lines else text


def variables_title(notebook: Notebook) -> str:
    """Return the title of the list of variables."""
    return f"Variables of {notebook.name.rpartition('/')[2]}"
