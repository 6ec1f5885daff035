# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: polars frames and series as tables.

Owns the operations on them. It must run on Python 3.9, must not import cellbridge or a library that
the user has not imported.

All work uses a clone. It is free, because the columns are shared and immutable, and it isolates the
work from a cell that changes its own frame.
"""

import sys
from typing import Any

from .values import BINS, TOP, UnsupportedOperation, bar, text_of, top_values

_COMPARED = {
    "eq": "__eq__", "ne": "__ne__", "lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__",
}  # fmt: skip
_PLACE = "cellbridge place"
_PIECE = 500_000
_MARKS = 2**64


def polars() -> Any:
    """Return polars, which is imported when this is called."""
    return sys.modules["polars"]


class PolarsTable:
    """A polars frame or series."""

    kind = "polars"

    def __init__(self, obj):
        clone = obj.clone()
        self.frame = clone if type(obj).__name__ == "DataFrame" else clone.to_frame()
        self.rows = self.frame.height
        self.names = list(self.frame.columns)

    def dtype(self, at):
        """Return a column's type as text."""
        return str(self.frame.dtypes[at])

    def column(self, at):
        """Return one column."""
        return PolarsColumn(self.frame.to_series(at))

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]

    def arrange(self, query):
        """Return the positions of the rows that meet all conditions, in the requested order."""
        pl = polars()
        if not query["filters"] and not query["sort"]:
            return None
        used = sorted({one["column"] for one in (*query["filters"], *query["sort"])})
        frame = pl.DataFrame([self.frame.to_series(at).alias(str(at)) for at in used])
        frame = frame.with_row_index(_PLACE)
        for one in query["filters"]:
            frame = frame.filter(condition(self.frame.to_series(one["column"]), one))
        if query["sort"]:
            by = [str(one["column"]) for one in query["sort"]]
            down = [one["descending"] for one in query["sort"]]
            floats = [name for name in by if self.frame.dtypes[int(name)].is_float()]
            frame = frame.with_columns(pl.col(name).fill_nan(None) for name in floats)
            try:
                frame = frame.select(_PLACE, *dict.fromkeys(by)).sort(
                    by, descending=down, nulls_last=True, maintain_order=len(by) > 1
                )
            except pl.exceptions.PolarsError:
                raise UnsupportedOperation("The values of this column have no order.") from None
        return frame.get_column(_PLACE)


def condition(series, query):
    """Return a condition as a polars expression."""
    pl = polars()
    column, operator, text = pl.col(str(query["column"])), query["operator"], query["value"]
    gone = column.is_null() | column.is_nan() if series.dtype.is_float() else column.is_null()
    if operator in ("null", "notNull"):
        return gone if operator == "null" else ~gone
    if operator == "contains":
        if series.dtype not in (pl.String, pl.Categorical):
            raise UnsupportedOperation(
                "Only text can be searched for a part of it; compare the column instead."
            )
        lower = column.cast(pl.String).str.to_lowercase()
        return lower.str.contains(text.lower(), literal=True).fill_null(value=False)
    wanted = pl.lit(read(series, text))
    if series.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    found = getattr(column, _COMPARED[operator])(wanted)
    return found.fill_null(value=True) | gone if operator == "ne" else found & ~gone


def read(series, text):
    """Convert the user's text to a value of a column's type."""
    pl = polars()
    if series.dtype in (pl.String, pl.Categorical, pl.Enum):
        return text
    try:
        if series.dtype == pl.Boolean:
            return {"true": True, "false": False}[text.strip().casefold()]
        if series.dtype.is_temporal():
            typed = pl.Series([text.strip()]).str.to_datetime(strict=True)
            return typed.cast(series.dtype)[0] if series.dtype == pl.Date else typed[0]
        number = float(text)
        return int(text) if number.is_integer() and "." not in text and "e" not in text else number
    except (KeyError, ValueError, OverflowError, pl.exceptions.PolarsError):
        raise UnsupportedOperation(
            f"{text!r} is not a valid value for this column of {series.dtype}."
        ) from None


class PolarsColumn:
    """A polars series."""

    def __init__(self, series):
        self.series = series
        self.dtype = str(series.dtype)

    def values(self, positions):
        """Return Python values at some positions."""
        if self.series.dtype == polars().Object:
            return [self.series[at] for at in positions]
        if type(positions) is range:
            return listed(self.series.slice(positions.start, len(positions)))
        return listed(self.series.gather(positions))

    def fingerprint(self):
        """Return a number that depends on the values and their order; None if not supported."""
        pl, mark = polars(), 0
        if self.series.dtype == pl.Object:
            return None
        try:
            for start in range(0, len(self.series), _PIECE):
                piece = self.series.slice(start, _PIECE)
                if piece.dtype in (pl.Categorical, pl.Enum):
                    piece = piece.cast(pl.String)
                places = pl.int_range(start, start + len(piece), dtype=pl.UInt64, eager=True)
                mark = (31 * mark + int((piece.hash() ^ places.hash()).sum())) % _MARKS
        except (pl.exceptions.PolarsError, TypeError):
            return None
        return mark, len(self.series)

    def summary(self, _deadline):
        """Return the column's statistics."""
        pl, series = polars(), self.series
        gone = series.is_null() | series.is_nan() if series.dtype.is_float() else series.is_null()
        facts: dict[str, Any] = {"nulls": int(gone.sum())}
        series = series.filter(~gone)
        if not len(series):
            return facts
        try:
            facts["distinct"] = series.n_unique()
            if series.dtype.is_numeric() or series.dtype.is_temporal() or series.dtype == pl.String:
                frame, column = series.to_frame("x"), pl.col("x")
                ends = [frame.select(end).to_series() for end in (column.min(), column.max())]
                facts["min"], facts["max"] = (text_of(listed(end)[0]) for end in ends)
            if series.dtype.is_numeric():
                facts["mean"] = text_of(series.mean())
                facts["histogram"] = bars(series.cast(pl.Float64))
            elif not series.dtype.is_temporal():
                facts["top"] = most_frequent(series)
        except (pl.exceptions.PolarsError, TypeError):
            return facts
        return facts


def listed(series) -> Any:
    """Return a series as a list, with text for times: Python's own types have no nanoseconds."""
    form = _FORMATS.get(series.dtype.base_type().__name__)
    if form is None:
        return series.to_list()
    zoned = form == _MOMENT and series.dtype.time_zone is not None
    return series.dt.to_string(f"{form}%:z" if zoned else form).to_list()


_MOMENT = "%Y-%m-%d %H:%M:%S%.f"
_FORMATS = {"Datetime": _MOMENT, "Time": "%H:%M:%S%.f", "Duration": "polars"}
"""The formats of times: those that polars prints."""


def bars(series):
    """Return the bars over numbers without missing ones."""
    low, high = series.min(), series.max()
    if low == high:
        return [bar(low, high, len(series))]
    step = (high - low) / BINS
    if step in (float("inf"), float("nan")):
        return []
    places = ((series - low) / step).floor().clip(0, BINS - 1).cast(polars().Int64)
    counts = dict(places.rename("place").value_counts().rows())
    return [bar(low + at * step, low + (at + 1) * step, counts.get(at, 0)) for at in range(BINS)]


def most_frequent(series):
    """Return the most frequent values."""
    counts = series.rename("value").value_counts(sort=True).head(TOP)
    return top_values([(text_of(value), count) for value, count in counts.rows()])
