"""A kernel's variables as text, and one of them as a table.

Owns the queries for such a text; core/grid.py formats it.
"""

from __future__ import annotations

import msgspec

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
from cellbridge.lsp.current_frame import frame_sentence
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

NAMES = 1000
"""The maximum number of names that are listed."""
ROWS = 100
SUMMARISED_COLUMNS = 20
SUMMARISED_ROWS = 1_000_000
"""The maximum number of columns that are summarised below a table. Tables with more rows than the
second limit have no summary, so that the user does not wait for rows that are not shown."""


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
    """Return the title of the list of variables."""
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
        raise SessionError(
            f"{address.name} has no column {name} among its first 200; check its name."
        )
    return [Sorting(at, descending=name != address.sort)]
