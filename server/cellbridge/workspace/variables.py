"""Queries of the variables and tables of a notebook's kernel.

Owns the path of such a query to the session, the message if there is no session or no answer, and
the columns of tables by their names.
It must not know how a client uses the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cellbridge.core.grid import summary_text
from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import (
    COLUMN_LIMIT,
    ColumnSummary,
    ShowTable,
    Sorting,
    SummariseColumn,
    TablePage,
    Unanswered,
    VariableAnswer,
    VariableQuery,
    Window,
)
from cellbridge.session.errors import NOT_ANSWERING, SessionError
from cellbridge.workspace.notebook import Notebook

T = TypeVar("T")

SUMMARISED_COLUMNS = 20
SUMMARISED_ROWS = 1_000_000
"""The maximum number of columns that are summarised below a table. Tables with more rows than the
second limit have no summary, so that the user does not wait for rows that are not shown."""

_WHY = {
    KernelState.STARTING: "The kernel is starting; its variables can be seen in a moment.",
    KernelState.RESTARTING: "The kernel is restarting; its variables can be seen in a moment.",
    KernelState.UNRESPONSIVE: NOT_ANSWERING,
}
_NO_KERNEL = "No kernel runs for this notebook; run a cell to start one."
_LOST = "The session did not answer; try again, or restart the kernel."


def missing_kernel(notebook: Notebook) -> str:
    """Return one sentence on why no kernel can answer; empty if one can."""
    if notebook.kernel.state in {KernelState.IDLE, KernelState.BUSY}:
        return ""
    return _WHY.get(notebook.kernel.state, _NO_KERNEL)


async def query(notebook: Notebook, question: VariableQuery, kind: type[T]) -> T | Unanswered:
    """Return the answer of type ``kind`` to a question, or one sentence with the reason."""
    if reason := missing_kernel(notebook):
        return Unanswered(reason)
    otherwise: VariableAnswer = Unanswered(_LOST)
    answer = await notebook.query(lambda client: client.query_variables(question), otherwise)
    return answer if isinstance(answer, (kind, Unanswered)) else Unanswered(_LOST)


async def show_table(notebook: Notebook, path: Sequence[str], window: Window) -> TablePage:
    """Return a part of the table at ``path``.

    Raises:
        SessionError: there is no such table; one sentence gives the reason.
    """
    page = await query(notebook, ShowTable(list(path), window), TablePage)
    if isinstance(page, Unanswered):
        raise SessionError(page.message)
    return page


async def table_columns(notebook: Notebook, path: Sequence[str]) -> TableColumns:
    """Return the first columns of the table at ``path``, by which a query can name them.

    Raises:
        SessionError: there is no such table; one sentence gives the reason.
    """
    page = await show_table(notebook, path, Window(count=0, columns=COLUMN_LIMIT))
    return TableColumns(path[0], tuple(column.name for column in page.columns))


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The names of a table's first columns."""

    table: str
    names: tuple[str, ...]

    def place(self, name: str) -> int:
        """Return the place of a column.

        Raises:
            SessionError: there is no such column.
        """
        if name in self.names:
            return self.names.index(name)
        raise SessionError(
            f"{self.table} has no column {name} among its first {COLUMN_LIMIT}; check its name."
        )

    def sorting(self, name: str) -> Sorting:
        """Return the order by a column; a ``-`` before its name means descending.

        Raises:
            SessionError: there is no such column.
        """
        if name.startswith("-") and name not in self.names:
            return Sorting(self.place(name[1:]), descending=True)
        return Sorting(self.place(name))


async def column_summaries(notebook: Notebook, path: Sequence[str], page: TablePage) -> list[str]:
    """Return one line about each of a page's columns; none about a table with very many rows."""
    if page.total_rows > SUMMARISED_ROWS:
        return []
    first = page.first_column
    places = range(first, first + min(len(page.columns), SUMMARISED_COLUMNS))
    found = [await query(notebook, SummariseColumn(list(path), at), ColumnSummary) for at in places]
    return [summary_text(one) for one in found if isinstance(one, ColumnSummary)]


async def change(notebook: Notebook, question: VariableQuery) -> None:
    """Change the kernel's namespace.

    Raises:
        SessionError: the namespace was not changed; one sentence gives the reason.
    """
    answer = await query(notebook, question, object)
    if isinstance(answer, Unanswered):
        raise SessionError(answer.message)
