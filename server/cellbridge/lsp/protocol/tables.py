"""Frames, arrays and lists of records as tables: pages, summaries, export.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class TableSort:
    """A column to sort by."""

    column: int
    """Its place in the whole table, from 0."""
    descending: bool = False


@attrs.frozen
class TableFilter:
    """A condition that rows must meet. Missing values meet ``null`` and ``ne`` only."""

    column: int
    """The column's place in the whole table, from 0."""
    operator: Literal["eq", "ne", "lt", "le", "gt", "ge", "contains", "null", "notNull"]
    value: str = ""
    """As a person types it; read as the column's own kind of value. ``contains`` looks for text,
    whatever its case."""


@attrs.frozen
class TableParams:
    """A request for a page of a table."""

    uri: str
    path: list[str]
    """The keys that lead to the variable, from a name on."""
    start: int = 0
    """The first row, counted in the rows that the filters leave, in the order asked for."""
    count: int = 100
    """How many rows, 1000 at most."""
    first_column: int = 0
    columns: int = 50
    """How many columns, 200 at most."""
    sort: list[TableSort] = attrs.field(factory=list[TableSort])
    """The first of them decides, the next where it does not."""
    filters: list[TableFilter] = attrs.field(factory=list[TableFilter])
    """All of them must be met."""


@attrs.frozen
class TableColumn:
    """A column's head."""

    name: str
    dtype: str


@attrs.frozen
class TableResult:
    """A page of a table."""

    kind: str
    """pandas, polars, arrow, numpy, records or xarray."""
    columns: list[TableColumn]
    """The columns of the page."""
    index: list[str]
    """The label of each row of the page."""
    rows: list[list[str]]
    """The values as a person reads them, row by row; a missing one is an empty string."""
    start: int
    first_column: int
    total_rows: int
    filtered_rows: int
    """How many rows the filters leave."""
    total_columns: int
    can: list[Literal["sort", "filter", "summary", "export"]]
    """What may be asked of this table."""
    message: str = ""
    """One sentence where the page is not all that was asked for."""


@attrs.frozen
class TableSummaryParams:
    """A request for a column's summary."""

    uri: str
    path: list[str]
    column: int
    """Its place in the whole table, from 0."""


@attrs.frozen
class HistogramBin:
    """The number of values from ``low`` to below ``high``; the last bin holds ``high`` too."""

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
    """What there is to say of a column. What cannot be told is left out."""

    name: str
    dtype: str
    rows: int
    nulls: int | None = None
    distinct: int | None = None
    min: str = ""
    max: str = ""
    mean: str = ""
    histogram: list[HistogramBin] = attrs.field(factory=list[HistogramBin])
    """For numbers and times; times are seconds since the epoch."""
    top: list[TopValue] = attrs.field(factory=list[TopValue])
    """For everything else: the most frequent values, the first of them first."""
    sampled: int | None = None
    """How many rows were looked at where it were not all."""
    message: str = ""


@attrs.frozen
class TableExportParams:
    """A request for a selection of a table as text."""

    uri: str
    path: list[str]
    format: Literal["csv", "tsv", "json"]
    start: int = 0
    count: int = 100
    """How many rows, 1,000,000 at most."""
    first_column: int = 0
    columns: int = 50
    sort: list[TableSort] = attrs.field(factory=list[TableSort])
    filters: list[TableFilter] = attrs.field(factory=list[TableFilter])


@attrs.frozen
class TableExportResult:
    """A selection of a table as text, with its columns' names, without its index."""

    text: str
    truncated: bool = False
    """True where the text ends before the selection does: 4 Mi characters at most are sent."""
    message: str = ""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/table",
        "client to server",
        "request",
        TableParams,
        TableResult,
        "0.1.0",
        "A page of a variable that is a table, sorted and filtered in the kernel.",
    ),
    Method(
        "cellbridge/tableSummary",
        "client to server",
        "request",
        TableSummaryParams,
        TableSummaryResult,
        "0.1.0",
        "One column of a table in numbers.",
    ),
    Method(
        "cellbridge/tableExport",
        "client to server",
        "request",
        TableExportParams,
        TableExportResult,
        "0.1.0",
        "A selection of a table as text.",
    ),
)
