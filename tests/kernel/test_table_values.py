"""Values and labels of tables as text, as their libraries print them, and counted apart."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import re
import uuid
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

from cellbridge.kernel.probe.children import family
from cellbridge.kernel.probe.deadlines import Deadline
from cellbridge.kernel.probe.inspection import table_head
from cellbridge.kernel.probe.library_types import library
from cellbridge.kernel.probe.tables.backends import backend
from cellbridge.kernel.probe.tables.pages import page
from cellbridge.kernel.probe.tables.recognition import brief, is_table

RAN: list[str] = []


class Zone(dt.tzinfo):
    """A zone whose methods are the user's code."""

    def utcoffset(self, when: dt.datetime | None, /) -> dt.timedelta:
        RAN.append("zone")
        return dt.timedelta(0)


class Opaque:
    """A value that shows nothing."""

    __slots__ = ()

    def __str__(self) -> str:
        RAN.append("str")
        return "x"


class Colour(enum.Enum):
    RED = 1


def shown(obj: Any) -> dict[str, Any]:
    assert is_table(obj), library(obj)
    window = {"start": 0, "count": 100, "first_column": 0, "columns": 100}
    return page(backend(obj), None, window, Deadline(60))


def heads(obj: Any) -> list[str]:
    return [one["name"] for one in shown(obj)["columns"]]


def column(obj: Any, at: int = 0) -> list[str]:
    return [row[at] for row in shown(obj)["rows"]]


def summary(obj: Any, at: int = 0) -> dict[str, Any]:
    return dict(backend(obj).column(at).summary(Deadline(60)))


KNOWN = [uuid.UUID(int=1), re.compile("a+"), pd.Interval(0, 1), decimal.Decimal("1.00")]
DAY = pd.Timestamp("2024-01-01")
ZERO = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (pd.Series(KNOWN, dtype=object), [ZERO, "re.compile('a+')", "(0, 1]", "1.00"]),
        (pd.Series([np.inf, -np.inf, np.nan, 1.0]), ["inf", "-inf", "", "1.0"]),
        (pd.Series(["x\ny", "p\tq"]), ["x y", "p\tq"]),
        (pd.Series(pd.cut([1, 9], 2)), ["(0.992, 5.0]", "(5.0, 9.0]"]),
        (pd.Series(pd.period_range("2024-01", periods=1, freq="M")), ["2024-01"]),
        (pd.Series(pd.to_timedelta([1.5], unit="s")), ["0 days 00:00:01.500000"]),
        (pd.Series(pd.to_timedelta([-1], unit="s")), ["-1 days +23:59:59"]),
        (pd.Series([dt.date(2024, 1, 1), dt.time(1)]), ["2024-01-01", "01:00:00"]),
        (pd.Series([(1, "a"), [1], {"k": None}]), ["(1, 'a')", "[1]", "{'k': None}"]),
        (pd.Series([b"a", 1 + 2j, Colour.RED], dtype=object), ["b'a'", "(1+2j)", "Colour.RED"]),
        (pd.Series([10**40, 1 << 20_000], dtype=object), [str(10**40), "<int of 20001 bits>"]),
        (pd.Series([np.arange(3), np.longdouble(0.5)], dtype=object), ["[0, 1, 2]", "0.5"]),
        (pd.Series(pd.arrays.SparseArray([0, 2])), ["0", "2"]),
        (pl.Series([decimal.Decimal("1.00")]), ["1.00"]),
        (pl.Series([dt.timedelta(seconds=90)]), ["1m 30s"]),
        (pl.Series([dt.time(1)]), ["01:00:00"]),
        (pl.Series([dt.date(2024, 1, 1)]), ["2024-01-01"]),
        (pl.Series([KNOWN[0]], dtype=pl.Object), [ZERO]),
        (pl.Series([[1, None]]), ["[1, None]"]),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), ["a"]),
        (pa.chunked_array([pa.array([DAY], pa.timestamp("ns"))]), ["2024-01-01 00:00:00"]),
        (pa.chunked_array([pa.array([1], pa.duration("s"))]), ["0 days 00:00:01"]),
        (np.ma.MaskedArray([1, 2], mask=[False, True]), ["1", ""]),
        (np.array([[1, 2]]).view(np.matrix), ["1"]),
        (np.array([1], "m8[Y]"), ["1 years"]),
        (np.array([b"a"], "V1"), ["b'a'"]),
        ([{"a": KNOWN[0]}], [ZERO]),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_values_are_printed_as_their_library_prints_them(obj: Any, expected: list[str]) -> None:
    assert column(obj) == expected


def test_values_that_differ_are_counted_apart() -> None:
    apart = pd.Series([uuid.UUID(int=at) for at in (1, 2, 2)] + KNOWN[1:])
    found = summary(apart)
    assert (found["distinct"], found["top"][0]["count"]) == (5, 2)
    assert found["top"][0]["value"] == ZERO.replace("1", "2")
    assert summary(pd.Series([1, "1", True, 1.0, None], dtype=object))["distinct"] == 4
    long = ["x" * 300 + end for end in "ab"]
    assert summary(pd.Series(long, dtype=object))["distinct"] == 2
    one = Opaque()
    assert summary(pd.Series([one, one, Opaque()]))["distinct"] == 2
    assert summary(pd.Series(pd.cut([1, 5, 9, 9], 3)))["distinct"] == 3
    assert RAN == []


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), ["2024-01-01", "2024-01-02"]),
        (
            pd.to_datetime(["2024-01-01 00:00", "2024-01-01 12:00"]),
            ["2024-01-01 00:00:00", "2024-01-01 12:00:00"],
        ),
        (pd.period_range("2024-01", periods=2, freq="Q"), ["2024Q1", "2024Q2"]),
        (pd.interval_range(0, 2), ["(0, 1]", "(1, 2]"]),
        (pd.Index([1, "1"], dtype=object), ["1", "1"]),
        (pd.Index([0.5, np.inf]), ["0.5", "inf"]),
        (pd.to_timedelta([1, 2], unit="D"), ["1 days 00:00:00", "2 days 00:00:00"]),
        (
            pd.MultiIndex.from_product([["a"], pd.to_datetime(["2024-01-01", "2024-01-02"])]),
            ["a, 2024-01-01", "a, 2024-01-02"],
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_labels_are_printed_as_pandas_prints_them(axis: Any, expected: list[str]) -> None:
    wide = pd.DataFrame([[1, 2]], columns=axis)
    assert heads(wide) == expected
    assert shown(wide.T)["index"] == expected
    head = table_head(wide)
    assert head is not None
    assert head["heads"] == ["", *expected]
    if not isinstance(axis, pd.MultiIndex):
        assert shown(xr.DataArray([1, 2], coords={"t": axis}, dims="t"))["index"] == expected


def test_labels_that_are_missing_have_a_head() -> None:
    columns = pd.Index([None, np.nan, 1], dtype=object)
    frame = pd.DataFrame([range(3)], columns=columns, index=[None])
    assert heads(frame) == ["None", "nan", "1"]
    assert shown(frame)["index"] == [""]


def test_doubled_columns_have_expressions_of_their_own() -> None:
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])
    kind = family(twice)
    assert kind is not None
    found = [one.expression for one in kind.items(twice, 0, 9, "twice")]
    assert found == ["twice.iloc[:, 0]", "twice.iloc[:, 1]", "twice['b']"]
    for one, at in zip(found, (0, 1, 2), strict=True):
        assert eval(one, {"twice": twice}).tolist() == [at + 1]


def test_masked_arrays_and_subclasses_are_shown_on_one_line() -> None:
    assert brief(np.ma.MaskedArray([1, 2], mask=[False, True]), 80) == "[1, --]"
    assert brief(np.array([[1, 2]]).view(np.matrix), 80) == "[[1, 2]]"
    assert brief(pl.LazyFrame({"a": [1]}), 80) == "lazy query; collect() returns its rows"
    dates = pd.DataFrame([[1, 2]], columns=pd.to_datetime(["2024-01-01", "2024-01-02"]))
    assert brief(dates, 80) == "2024-01-01, 2024-01-02"


def test_a_zone_of_the_user_is_not_called() -> None:
    when = dt.datetime(2024, 1, 1, tzinfo=Zone())
    assert column(pd.Series([when], dtype=object)) == [
        "datetime.datetime(2024, 1, 1, 0, 0, tzinfo=…)"
    ]
    assert RAN == []


@pytest.mark.parametrize(
    "obj",
    [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[1]), pl.DataFrame(),
     pa.table({}), np.zeros((0, 2)), np.zeros((2, 0)), xr.DataArray(np.zeros(0), dims="x")],
    ids=str,
)  # fmt: skip
def test_empty_tables_have_pages(obj: Any) -> None:
    found = shown(obj)
    assert len(found["index"]) == len(found["rows"]) == found["total_rows"]
    assert len(found["columns"]) == found["total_columns"]
