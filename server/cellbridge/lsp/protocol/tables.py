"""Data frames, arrays and lists of records as tables: pages, summaries and exports.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class TableSort:
    """A column to sort by."""

    column: int
    """The column's index in the whole table, from 0."""
    descending: bool = False


@attrs.frozen
class TableFilter:
    """A condition that rows must meet. Missing values meet only ``null`` and ``ne``."""

    column: int
    """The column's index in the whole table, from 0."""
    operator: Literal["eq", "ne", "lt", "le", "gt", "ge", "contains", "null", "notNull"]
    value: str = ""
    """The value as the user types it, parsed as a value of the column's type. ``contains`` searches
    for text, ignoring case."""


@attrs.frozen
class TableParams:
    """A request for a page of a table."""

    uri: str
    path: list[str]
    """The keys that lead to the variable, starting with a name."""
    start: int = 0
    """The index of the first row, after filtering and sorting."""
    count: int = 100
    """The number of rows, at most 1000."""
    first_column: int = 0
    columns: int = 50
    """The number of columns, at most 200."""
    sort: list[TableSort] = attrs.field(factory=list[TableSort])
    """The columns to sort by, the most significant first."""
    filters: list[TableFilter] = attrs.field(factory=list[TableFilter])
    """The conditions; a row must meet all of them."""


@attrs.frozen
class TableColumn:
    """The name and type of a column."""

    name: str
    dtype: str


@attrs.frozen
class TableResult:
    """A page of a table."""

    kind: str
    """The kind of table: pandas, polars, arrow, numpy, records or xarray."""
    columns: list[TableColumn]
    """The columns of the page."""
    index: list[str]
    """The label of each row of the page."""
    rows: list[list[str]]
    """The values as text for the user, row by row. A missing value is an empty string."""
    start: int
    first_column: int
    total_rows: int
    filtered_rows: int
    """The number of rows that meet the filters."""
    total_columns: int
    operations: list[Literal["sort", "filter", "summary", "export"]]
    """The operations that this table supports."""
    message: str = ""
    """One sentence, if the page is not everything that was requested."""


@attrs.frozen
class TableSummaryParams:
    """A request for a column's summary."""

    uri: str
    path: list[str]
    column: int
    """The column's index in the whole table, from 0."""


@attrs.frozen
class HistogramBin:
    """The number of values from ``low`` up to ``high``, which only the last bin includes."""

    low: float
    high: float
    count: int


@attrs.frozen
class TopValue:
    """One of the most frequent values."""

    value: str
    count: int


@attrs.frozen
class TableSummaryResult:
    """The summary of a column. Values that cannot be determined are omitted."""

    name: str
    dtype: str
    rows: int
    nulls: int | None = None
    distinct: int | None = None
    min: str = ""
    max: str = ""
    mean: str = ""
    histogram: list[HistogramBin] = attrs.field(factory=list[HistogramBin])
    """The histogram of numbers or times; times are seconds since the epoch."""
    top: list[TopValue] = attrs.field(factory=list[TopValue])
    """The most frequent values of other types, the most frequent first."""
    sampled: int | None = None
    """The number of rows that were examined, if it was not all of them."""
    message: str = ""


@attrs.frozen
class TableExportParams:
    """A request for a selection of a table as text."""

    uri: str
    path: list[str]
    format: Literal["csv", "tsv", "json", "parquet"]
    """``parquet`` needs polars or pyarrow in the kernel's environment."""
    start: int = 0
    count: int = 100
    """The number of rows, at most 1,000,000."""
    first_column: int = 0
    columns: int = 50
    sort: list[TableSort] = attrs.field(factory=list[TableSort])
    filters: list[TableFilter] = attrs.field(factory=list[TableFilter])


@attrs.frozen
class TableExportResult:
    """A selection of a table as text, with column names and without the index."""

    text: str
    encoding: Literal["utf8", "base64"] = "utf8"
    """``base64`` if the text stands for the bytes of a file, which is never truncated."""
    truncated: bool = False
    """True if the text ends before the selection does; at most 4 Mi characters are sent."""
    message: str = ""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/table",
        "client to server",
        "request",
        TableParams,
        TableResult,
        "0.1.0",
        "Return a page of a variable that is a table, sorted and filtered in the kernel.",
    ),
    Method(
        "cellbridge/tableSummary",
        "client to server",
        "request",
        TableSummaryParams,
        TableSummaryResult,
        "0.1.0",
        "Return the summary of one column of a table.",
    ),
    Method(
        "cellbridge/tableExport",
        "client to server",
        "request",
        TableExportParams,
        TableExportResult,
        "0.1.0",
        "Return a selection of a table as text.",
    ),
)
