"""What a kernel holds as text: its variables, and one of them as a table.

Owns which questions such a text is made of. How it looks is core/grid.py's.
"""

from __future__ import annotations

from cellbridge.core.grid import summary_text, table_text, variables_text
from cellbridge.core.variables import (
    ColumnSummary,
    ListVariables,
    ShowTable,
    Sorting,
    SummariseColumn,
    TablePage,
    Unanswered,
    VariablesPage,
    Window,
)
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

NAMES = 1000
"""Names that are listed."""
ROWS = 100
SUMMARISED_COLUMNS = 20
SUMMARISED_ROWS = 1_000_000
"""Columns that are summed up below a table, and the rows beyond which none is: a person who wants
to see some rows does not wait for all the others."""


async def variables(context: Context, address: Address) -> str:
    """Return the names in the kernel as a text."""
    notebook = context.notebook(address.uri)
    page = await query(notebook, ListVariables(count=NAMES), VariablesPage)
    if isinstance(page, Unanswered):
        page = VariablesPage(message=page.message)
    return variables_text(page, variables_title(notebook))


async def table(context: Context, address: Address) -> str:
    """Return a part of a table as a text.

    Raises:
        SessionError: there is no such table.
    """
    notebook = context.notebook(address.uri)
    first = await _page(notebook, address, Window(count=0, columns=200))
    sort = _sorting(first, address) if address.sort else []
    page = await _page(notebook, address, Window(start=address.start, count=ROWS, sort=sort))
    text = table_text(page, address.name)
    if page.total_rows > SUMMARISED_ROWS:
        return text
    lines: list[str] = []
    for at in range(min(len(page.columns), SUMMARISED_COLUMNS)):
        found = await query(notebook, SummariseColumn([address.name], at), ColumnSummary)
        if isinstance(found, ColumnSummary):
            lines.append(summary_text(found))
    return text + "\n" + "\n".join(lines) + "\n" if lines else text


def variables_title(notebook: Notebook) -> str:
    """Return what the list of names is called."""
    return f"Variables of {notebook.name.rpartition('/')[2]}"


async def _page(notebook: Notebook, address: Address, window: Window) -> TablePage:
    page = await query(notebook, ShowTable([address.name], window), TablePage)
    if isinstance(page, Unanswered):
        raise SessionError(page.message)
    return page


def _sorting(page: TablePage, address: Address) -> list[Sorting]:
    name = address.sort.removeprefix("-")
    at = next((at for at, column in enumerate(page.columns) if column.name == name), None)
    if at is None:
        raise SessionError(f"{address.name} has no column {name} among its first 200; look again.")
    return [Sorting(at, descending=name != address.sort)]
