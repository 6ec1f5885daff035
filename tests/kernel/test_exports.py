"""Exported tables, read back: each kind of value, of each library, in each format."""

from __future__ import annotations

import ast
import datetime as dt
import io
import math
import re
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.kernel.probe.deadlines import Deadline
from cellbridge.kernel.probe.tables.backends import backend
from cellbridge.kernel.probe.tables.exports import LIMIT, export, unique
from support.exports import Read, check_export, export_of, parsed, strict

INF = math.inf
HERE = ZoneInfo("Europe/Zurich")
MOMENT = dt.datetime(2024, 3, 31, 1, 2, 3, 4500)  # noqa: DTZ001 - tables have such times
FINE = pd.Timestamp("2024-01-01 00:00:00.123456789")


def moment(text: str) -> Any:
    return pd.Timestamp(text)


def whole(text: str) -> int:
    return int(text, 0)


def truth(text: str) -> bool:
    return {"True": True, "False": False}[text]


def span(text: str) -> Any:
    return pd.Timedelta(text)


TEXTS = ["x\ny", "p\tq", 'a "b"', "", ",", " lead", "é\u2028", "x" * 5000, "\r", "NA", "null", "1"]
NUMBERS = [0.1, 1e300, INF, -INF, -0.0, 5e-324, 1.0]
SPANS = [pd.Timedelta(days=-2, seconds=1), pd.Timedelta(1, "ns"), pd.Timedelta("3 days")]
MONEY = [Decimal("1.00"), Decimal("-12345678901234567890.12")]
STRUCTS = [{"a": 1, "b": ["x", 'y"']}, {"a": None, "b": []}]
LONG = [list(range(100)), [], [1]]
ZONED = pd.Timestamp(MOMENT, tz="UTC").tz_convert("Europe/Zurich")
PANDAS: dict[str, tuple[Any, list[Any], Read]] = {
    "int64": (pd.Series([1, -(2**62)]), [1, -(2**62)], whole),
    "uint64": (pd.Series([2**64 - 1], dtype="uint64"), [2**64 - 1], whole),
    "Int8": (pd.Series([1, None], dtype="Int8"), [1, None], whole),
    "huge": (pd.Series([10**30, 1 << 20_000], dtype=object), [10**30, 1 << 20_000], whole),
    "float64": (pd.Series([*NUMBERS, math.nan]), [*NUMBERS, None], float),
    "float32": (pd.Series([0.1, 2.5], dtype="float32"), [0.1, 2.5], float),
    "Float64": (pd.Series([0.5, None], dtype="Float64"), [0.5, None], float),
    "complex": (pd.Series([1 + 2j, -1j]), [1 + 2j, -1j], complex),
    "bool": (pd.Series([True, False]), [True, False], truth),
    "boolean": (pd.Series([True, None], dtype="boolean"), [True, None], truth),
    "str": (pd.Series([*TEXTS, None], dtype="str"), [*TEXTS, None], str),
    "object": (pd.Series([*TEXTS, None], dtype=object), [*TEXTS, None], str),
    "arrow": (pd.Series([*TEXTS, None], dtype="string[pyarrow]"), [*TEXTS, None], str),
    "category": (pd.Series(["a", None, "b"], dtype="category"), ["a", None, "b"], str),
    "bytes": (pd.Series([b"\x00a\n"], dtype=object), [b"\x00a\n"], ast.literal_eval),
    "datetime": (pd.Series([FINE, None]), [FINE, None], moment),
    "zoned": (pd.Series([ZONED, None]), [ZONED, None], moment),
    "date": (pd.Series([dt.date(2024, 1, 2)]), [dt.date(2024, 1, 2)], dt.date.fromisoformat),
    "time": (pd.Series([dt.time(1, 2, 3)]), [dt.time(1, 2, 3)], dt.time.fromisoformat),
    "timedelta": (pd.Series([*SPANS, None]), [*SPANS, None], span),
    "period": (
        pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
        list(pd.period_range("2024-01", periods=2, freq="M")),
        lambda text: pd.Period(text, freq="M"),
    ),
    "interval": (pd.Series([pd.Interval(0, 1), None]), ["(0.0, 1.0]", None], str),
    "cut": (pd.Series(pd.cut([1, 9], 2)), ["(0.992, 5.0]", "(5.0, 9.0]"], str),
    "sparse": (pd.Series(pd.arrays.SparseArray([0, 0, 5])), [0, 0, 5], whole),
    "decimal": (pd.Series(MONEY), MONEY, Decimal),
    "fraction": (pd.Series([Fraction(1, 3)]), [Fraction(1, 3)], Fraction),
    "uuid": (pd.Series([uuid.UUID(int=1)]), [uuid.UUID(int=1)], uuid.UUID),
    "pattern": (pd.Series([re.compile("a+")]), ["re.compile('a+')"], str),
    "lists": (pd.Series(LONG), LONG, ast.literal_eval),
    "structs": (pd.Series(STRUCTS), STRUCTS, ast.literal_eval),
    "arrays": (pd.Series([np.arange(30)]), [list(range(30))], ast.literal_eval),
}  # fmt: skip


@pytest.mark.parametrize("kind", PANDAS)
def test_a_pandas_column_comes_back(kind: str) -> None:
    series, values, read = PANDAS[kind]
    check_export(series, values, read)
    frame = pd.DataFrame({"first": range(len(series)), "value": series})
    check_export(frame, values, read, column=1)


POLARS: list[tuple[list[Any], Any, Read]] = [
    ([1, None, -(2**62)], pl.Int64, whole),
    ([2**64 - 1], pl.UInt64, whole),
    ([2**100], pl.Int128, whole),
    ([*NUMBERS, None], pl.Float64, float),
    ([True, None], pl.Boolean, truth),
    ([*TEXTS, None], pl.String, str),
    (["a", None], pl.Categorical, str),
    (["a", "b"], pl.Enum(["b", "a"]), str),
    ([b"\x00a\n"], pl.Binary, ast.literal_eval),
    ([dt.date(2024, 1, 2), None], pl.Date, dt.date.fromisoformat),
    ([dt.time(1, 2, 3, 4)], pl.Time, dt.time.fromisoformat),
    ([MOMENT, None], pl.Datetime, dt.datetime.fromisoformat),
    ([MOMENT.replace(tzinfo=HERE)], pl.Datetime("us", "Europe/Zurich"), dt.datetime.fromisoformat),
    ([Decimal("1.00"), None], pl.Decimal(10, 2), Decimal),
    (LONG, pl.List(pl.Int64), ast.literal_eval),
    (STRUCTS, pl.Struct({"a": pl.Int64, "b": pl.List(pl.String)}), ast.literal_eval),
    ([None, None], pl.Null, str),
    ([uuid.UUID(int=1)], pl.Object, uuid.UUID),
]


@pytest.mark.parametrize(("values", "dtype", "read"), POLARS, ids=lambda one: str(one)[:20])
def test_a_polars_column_comes_back(values: list[Any], dtype: Any, read: Read) -> None:
    series = pl.Series("value", values, dtype=dtype)
    check_export(series, values, read)
    frame = pl.DataFrame([pl.Series("first", range(len(values))), series])
    check_export(frame, values, read, column=1)


def test_polars_durations_are_those_that_it_prints() -> None:
    series = pl.Series("d", [1, 90_000_000_000, None], dtype=pl.Duration("ns"))
    assert parsed(export_of(series.to_frame().insert_column(0, pl.Series([1, 2, 3])), "csv"), ",")[
        1:
    ] == [["1", "1ns"], ["2", "1m 30s"], ["3", None]]


ARROW: list[tuple[list[Any], Any, Read]] = [
    ([1, None], pa.int8(), whole),
    ([*NUMBERS, None], pa.float64(), float),
    ([*TEXTS, None], pa.large_string(), str),
    (["a", None, "a"], pa.dictionary(pa.int8(), pa.string()), str),
    ([b"\x00"], pa.binary(), ast.literal_eval),
    ([dt.date(2024, 1, 2)], pa.date32(), dt.date.fromisoformat),
    ([FINE, None], pa.timestamp("ns"), moment),
    ([MOMENT.replace(tzinfo=HERE)], pa.timestamp("us", "Europe/Zurich"), dt.datetime.fromisoformat),
    ([MOMENT.replace(tzinfo=dt.UTC)], pa.timestamp("us", "UTC"), dt.datetime.fromisoformat),
    ([dt.time(1, 2, 3)], pa.time64("ns"), dt.time.fromisoformat),
    (SPANS, pa.duration("ns"), span),
    ([Decimal("1.00")], pa.decimal128(5, 2), Decimal),
    (LONG, pa.list_(pa.int64()), ast.literal_eval),
    (STRUCTS, pa.struct({"a": pa.int64(), "b": pa.list_(pa.string())}), ast.literal_eval),
]


@pytest.mark.parametrize(("values", "dtype", "read"), ARROW, ids=lambda one: str(one)[:20])
def test_an_arrow_column_comes_back(values: list[Any], dtype: Any, read: Read) -> None:
    array = pa.array(values, dtype)
    check_export(pa.table({"value": array}), values, read)
    check_export(pa.table([array, array], ["twice", "twice"]), values, read, column=1)
    check_export(pa.chunked_array([array]), values, read)


NUMPY: list[tuple[Any, list[Any], Read]] = [
    (np.array(NUMBERS), NUMBERS, float),
    (np.array([1.5], "f2"), [1.5], float),
    (np.array([1], "longdouble") / 3, [1 / 3], lambda text: float(np.longdouble(text))),
    (np.array([1j]), [1j], complex),
    (np.array([2**64 - 1], "u8"), [2**64 - 1], whole),
    (np.array(["x\ny", ""]), ["x\ny", ""], str),
    (np.array([b"a"]), [b"a"], ast.literal_eval),
    (np.array([FINE.to_datetime64(), "NaT"], "M8[ns]"), [FINE, None], moment),
    (np.array(["2024-01-02"], "M8[D]"), [pd.Timestamp("2024-01-02")], moment),
    (np.array([1, "NaT"], "m8[ns]"), [pd.Timedelta(1, "ns"), None], span),
    (np.array([[1], None], dtype=object), [[1], None], ast.literal_eval),
    (np.ma.MaskedArray([1, 2], mask=[False, True]), [1, None], whole),
    (np.ma.MaskedArray(["a", "b"], mask=[True, False]), [None, "b"], str),
    (np.rec.array([(1, 2.5)], dtype=[("i", int), ("f", float)]), [1], whole),
    (np.array([((1, 2),)], dtype=[("pair", int, 2)]), [[1, 2]], ast.literal_eval),
]


@pytest.mark.parametrize(("array", "values", "read"), NUMPY, ids=lambda one: str(one)[:20])
def test_a_numpy_array_comes_back(array: Any, values: list[Any], read: Read) -> None:
    check_export(array, values, read)
    if array.dtype.names is None and array.dtype.kind != "O" and type(array) is np.ndarray:
        check_export(xr.DataArray(array, dims=("t",)), values, read)


def test_doubled_names_stay_apart() -> None:
    twice = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["a", "a", "b"])
    assert strict(export_of(twice, "json"))[0] == {"a": 1, "a.1": 2, "b": 3}
    assert export_of(twice, "csv") == "a,a,b\n1,2,3\n4,5,6\n"
    assert unique(["a", "a", "a.1", "a"]) == ["a", "a.2", "a.1", "a.3"]
    mixed = pd.DataFrame([range(6)], columns=[1, "1", ("x", 2), None, math.nan, pd.Timestamp(0)])
    assert list(strict(export_of(mixed, "json"))[0]) == [
        "1", "1.1", "x, 2", "None", "nan", "1970-01-01 00:00:00",
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["a", "a.1", "a.2", "b", ""]), max_size=12))
def test_names_are_made_unique_and_first_ones_kept(names: list[str]) -> None:
    found = unique(names)
    assert len(set(found)) == len(found)
    for at, name in enumerate(names):
        assert found[at].startswith(name)
        if name not in names[:at]:
            assert found[at] == name


def test_tables_without_columns_or_rows() -> None:
    assert [export_of(pd.DataFrame(), form) for form in ("csv", "json")] == ["", "[]\n"]
    rows = pd.DataFrame(index=[1, 2])
    assert (export_of(rows, "csv"), strict(export_of(rows, "json"))) == ("", [{}, {}])
    for empty in (pd.DataFrame({"a": []}), pl.DataFrame({"a": []}), pa.table({"a": []})):
        assert [export_of(empty, form) for form in ("csv", "json")] == ["a\n", "[]\n"]


def test_the_libraries_read_what_was_exported() -> None:
    frame = pd.DataFrame(
        {"n": [1, 2], "f": [0.5, INF], "s": ["x\ny", 'a, "b"'], "b": [True, False]}
    )
    text = export_of(frame, "csv")
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text)), frame)
    assert pl.read_csv(io.StringIO(text)).to_dict(as_series=False) == frame.to_dict("list")
    options = arrow_csv.ParseOptions(newlines_in_values=True)
    read = arrow_csv.read_csv(io.BytesIO(text.encode()), parse_options=options)
    assert read.to_pydict() == frame.to_dict("list")
    tabs = pd.read_csv(io.StringIO(export_of(frame, "tsv")), sep="\t")
    pd.testing.assert_frame_equal(tabs, frame)
    back = pl.read_json(io.BytesIO(export_of(frame, "json").encode()))
    assert back["s"].to_list() == frame["s"].to_list()


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
NESTED = st.recursive(
    VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.lists(NESTED, max_size=5))
@settings(max_examples=100)
def test_any_objects_give_lines_that_can_be_read(values: list[Any]) -> None:
    series = pd.Series([*values, "end"], dtype=object)
    assert len(strict(export_of(series, "json"))) == len(series)
    assert len(parsed(export_of(series, "csv"), ",")) == len(series) + 1


def test_what_cannot_be_written_whole_is_cut_between_rows() -> None:
    endless: list[Any] = []
    endless += [endless, endless]
    for value in ("x" * (LIMIT + 1), endless):
        query = {"format": "json", "window": {"start": 0, "count": 9, "first_column": 0}}
        query["window"]["columns"] = 9  # type: ignore[index]
        found = export(backend(pd.Series(["first", value])), None, query, Deadline(60))
        assert found["truncated"]
        assert strict(found["text"]) == [{"value": "first"}]
    half = pd.Series(["\ud800"], dtype=object)
    assert strict(export_of(half, "json")) == [{"value": "\ud800"}]
