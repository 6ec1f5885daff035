"""Queries about a kernel's variables and tables, and their answers.

Owns the shapes that travel from the kernel to the clients, and nothing else. It must not know how a
kernel is queried or how an answer is drawn.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PAGE_LIMIT = 1000
"""Variables or rows in one answer."""
COLUMN_LIMIT = 200
"""Columns of a table in one answer."""
EXPORT_ROWS = 1_000_000
"""Rows in one export."""

Order = Literal["name", "type", "size", "recent"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "contains", "null", "notNull"]
Ability = Literal["sort", "filter", "summary", "export"]
ExportFormat = Literal["csv", "tsv", "json", "parquet"]
Encoding = Literal["utf8", "base64"]


# --- questions ------------------------------------------------------------------------------------


class ListVariables(msgspec.Struct, frozen=True, tag="variables"):
    """A page of the names, or of the items below ``path``. Answer: `VariablesPage`.

    While a frame is selected, the names are those of its function.
    """

    path: list[str] = []
    start: int = 0
    count: int = 100
    sort: Order = "name"
    descending: bool = False
    hidden: bool = False
    filter: str = ""
    only: list[str] = []
    """These names alone, where some are given."""
    session: bool = False
    """The session's own names, even if a frame is selected (core/runs/frames.py)."""


class Sorting(msgspec.Struct, frozen=True):
    """A column to sort by, by its place in the whole table."""

    column: int
    descending: bool = False


class Condition(msgspec.Struct, frozen=True):
    """A condition that a row must meet to be shown."""

    column: int
    operator: Operator
    value: str = ""


class Window(msgspec.Struct, frozen=True):
    """A part of a table, counted in the rows that the filters leave in the order asked for."""

    start: int = 0
    count: int = 100
    first_column: int = 0
    columns: int = 50
    sort: list[Sorting] = []
    filters: list[Condition] = []


class ShowTable(msgspec.Struct, frozen=True, tag="table"):
    """A part of a table as text, cell by cell. Answer: `TablePage`."""

    path: list[str]
    window: Window = Window()


class SummariseColumn(msgspec.Struct, frozen=True, tag="summary"):
    """One column in numbers. Answer: `ColumnSummary`."""

    path: list[str]
    column: int


class ExportTable(msgspec.Struct, frozen=True, tag="export"):
    """A part of a table as one text. Answer: `ExportedTable`."""

    path: list[str]
    format: ExportFormat
    window: Window = Window()


class DeleteVariable(msgspec.Struct, frozen=True, tag="delete"):
    """Delete a name while the kernel is idle. Answer: `NamespaceChanged`."""

    name: str


class RenameVariable(msgspec.Struct, frozen=True, tag="rename"):
    """Rename a name while the kernel is idle. Answer: `NamespaceChanged`."""

    name: str
    new_name: str


class FindNames(msgspec.Struct, frozen=True, tag="names"):
    """The names among these that are not bound. Answer: `FoundNames`."""

    names: list[str]


VariableQuery = (
    ListVariables
    | ShowTable
    | SummariseColumn
    | ExportTable
    | DeleteVariable
    | RenameVariable
    | FindNames
)


# --- answers --------------------------------------------------------------------------------------


class Variable(msgspec.Struct, frozen=True):
    """A name, or an item of another variable."""

    key: str
    name: str
    type: str
    value: str
    shape: str = ""
    dtype: str = ""
    size: int | None = None
    length: int | None = None
    expression: str = ""
    children: bool = False
    table: bool = False
    changed: bool = False


class VariablesPage(msgspec.Struct, frozen=True, tag="variables"):
    """A page of variables; ``message`` is one sentence for the user, mostly empty."""

    variables: list[Variable] = []
    total: int = 0
    complete: bool = True
    message: str = ""


class Column(msgspec.Struct, frozen=True):
    """A column's head."""

    name: str
    dtype: str


class TablePage(msgspec.Struct, frozen=True, tag="table"):
    """A part of a table."""

    kind: str
    columns: list[Column]
    index: list[str]
    rows: list[list[str]]
    start: int
    first_column: int
    total_rows: int
    filtered_rows: int
    total_columns: int
    can: list[Ability]
    message: str = ""


class Bin(msgspec.Struct, frozen=True):
    """One bar of a histogram: ``low`` ≤ value < ``high``, or ≤ ``high`` in the last one."""

    low: float
    high: float
    count: int


class Frequent(msgspec.Struct, frozen=True):
    """One of the most frequent values."""

    value: str
    count: int


class ColumnSummary(msgspec.Struct, frozen=True, tag="summary"):
    """A column in numbers; a value that is unknown is None or empty."""

    name: str
    dtype: str
    rows: int
    nulls: int | None = None
    distinct: int | None = None
    min: str = ""
    max: str = ""
    mean: str = ""
    histogram: list[Bin] = []
    top: list[Frequent] = []
    sampled: int | None = None
    message: str = ""


class ExportedTable(msgspec.Struct, frozen=True, tag="export"):
    """A part of a table as text; ``truncated`` where it ends before the part does."""

    text: str
    encoding: Encoding = "utf8"
    """``base64`` if the text stands for the bytes of a file."""
    truncated: bool = False
    message: str = ""


class NamespaceChanged(msgspec.Struct, frozen=True, tag="changed"):
    """The namespace was changed as asked."""


class FoundNames(msgspec.Struct, frozen=True, tag="names"):
    """The names that are neither the user's nor Python's own, and which Python it is."""

    missing: list[str]
    version: list[int]
    """Major and minor."""


class Unanswered(msgspec.Struct, frozen=True, tag="unanswered"):
    """The reason why there is no answer, and the remedy, in one sentence."""

    message: str
    silent: bool = False
    """The kernel received the query and did not answer in time."""


VariableAnswer = (
    VariablesPage
    | TablePage
    | ColumnSummary
    | ExportedTable
    | NamespaceChanged
    | FoundNames
    | Unanswered
)
