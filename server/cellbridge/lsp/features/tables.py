"""cellbridge/table, tableSummary and tableExport: pages and summaries of variables as tables."""

from __future__ import annotations

from cellbridge.core import variables as v
from cellbridge.lsp import protocol as p
from cellbridge.lsp.context import Context
from cellbridge.session.errors import SessionError
from cellbridge.workspace.variables import query


async def table(context: Context, params: p.TableParams) -> p.TableResult:
    """Return a page of a table.

    Raises:
        SessionError: There is no such table; the message contains the reason.
    """
    question = v.ShowTable(params.path, _window(params))
    page = await query(context.notebook(params.uri), question, v.TablePage)
    if isinstance(page, v.Unanswered):
        raise SessionError(page.message)
    return p.TableResult(
        kind=page.kind,
        columns=[p.TableColumn(one.name, one.dtype) for one in page.columns],
        index=page.index,
        rows=page.rows,
        start=page.start,
        first_column=page.first_column,
        total_rows=page.total_rows,
        filtered_rows=page.filtered_rows,
        total_columns=page.total_columns,
        operations=page.can,
        message=page.message,
    )


async def summary(context: Context, params: p.TableSummaryParams) -> p.TableSummaryResult:
    """Return the summary of one column.

    Raises:
        SessionError: There is no such column; the message contains the reason.
    """
    question = v.SummariseColumn(params.path, params.column)
    found = await query(context.notebook(params.uri), question, v.ColumnSummary)
    if isinstance(found, v.Unanswered):
        raise SessionError(found.message)
    return p.TableSummaryResult(
        name=found.name,
        dtype=found.dtype,
        rows=found.rows,
        nulls=found.nulls,
        distinct=found.distinct,
        min=found.min,
        max=found.max,
        mean=found.mean,
        histogram=[p.HistogramBin(one.low, one.high, one.count) for one in found.histogram],
        top=[p.TopValue(one.value, one.count) for one in found.top],
        sampled=found.sampled,
        message=found.message,
    )


async def export(context: Context, params: p.TableExportParams) -> p.TableExportResult:
    """Return a selection of a table as text.

    Raises:
        SessionError: There is no such table; the message contains the reason.
    """
    question = v.ExportTable(params.path, params.format, _window(params))
    found = await query(context.notebook(params.uri), question, v.ExportedTable)
    if isinstance(found, v.Unanswered):
        raise SessionError(found.message)
    return p.TableExportResult(found.text, found.encoding, found.truncated, found.message)


def _window(params: p.TableParams | p.TableExportParams) -> v.Window:
    return v.Window(
        start=params.start,
        count=params.count,
        first_column=params.first_column,
        columns=params.columns,
        sort=[v.Sorting(one.column, one.descending) for one in params.sort],
        filters=[v.Condition(one.column, one.operator, one.value) for one in params.filters],
    )
