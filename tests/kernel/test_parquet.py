"""Tables exported as Parquet files, read back by each library."""

from __future__ import annotations

import base64
import datetime as dt
import io
import math
import sys
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr

from cellbridge.kernel.probe.deadlines import Deadline
from cellbridge.kernel.probe.tables.backends import backend
from cellbridge.kernel.probe.tables.parquet import parquet
from cellbridge.kernel.probe.tables.values import UnsupportedOperation

ZERO = "00000000-0000-0000-0000-000000000000"
FINE = pd.Timestamp("2024-01-01 00:00:00.123456789")
RAN: list[str] = []


class Opaque:
    """An object that runs code when arrow reads it."""

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        RAN.append("arrow")
        raise TypeError

    __array__ = __int__ = __arrow_c_array__


def file_of(obj: Any, positions: Any = None, columns: int = 99) -> io.BytesIO:
    table = backend(obj)
    rows = range(table.rows) if positions is None else positions
    found = parquet(table, rows, 0, min(columns, len(table.names)), Deadline(60))
    assert (found["encoding"], found["truncated"]) == ("base64", False)
    return io.BytesIO(base64.b64decode(found["text"]))


FRAME = pd.DataFrame(
    {
        "int": [1, 2], "float": [0.5, math.inf], "small": np.array([0.5, 1], "f2"),
        "text": ["x\ny", None], "object": pd.Series(["a", None], dtype=object),
        "flag": [True, False], "Int64": pd.array([1, None], dtype="Int64"),
        "time": pd.to_datetime([FINE, None]), "span": pd.to_timedelta([1, None], unit="ns"),
        "zoned": pd.to_datetime([FINE, None]).tz_localize("UTC").tz_convert("Europe/Zurich"),
        "category": pd.Categorical(["b", None]), "sparse": pd.arrays.SparseArray([0, 3]),
        "date": [dt.date(2024, 1, 2), None], "money": [Decimal("1.00"), None],
        "list": [[1, 2], []], "uuid": [uuid.UUID(int=0), None],
        "cut": pd.cut([1, 9], 2), "big": pd.Series([10**30, 1], dtype=object),
        "mixed": pd.Series([1, "x"], dtype=object), "complex": [1j, 2j],
    }
)  # fmt: skip


def test_a_pandas_frame_comes_back() -> None:
    found = pd.read_parquet(file_of(FRAME))
    exact = ["int", "float", "text", "flag", "time", "span", "zoned", "category"]
    pd.testing.assert_frame_equal(found[exact], FRAME[exact])
    rows = pq.read_table(file_of(FRAME)).to_pylist()
    assert [row["Int64"] for row in rows] == [1, None]
    assert [row["small"] for row in rows] == [0.5, 1.0]
    for name in ("object", "date", "money", "list"):
        assert [row[name] for row in rows] == list(FRAME[name])
    assert [row["uuid"] for row in rows] == [ZERO, None]
    assert [row["cut"] for row in rows] == ["(0.992, 5.0]", "(5.0, 9.0]"]
    assert [row["big"] for row in rows] == [str(10**30), "1"]
    assert [row["mixed"] for row in rows] == ["1", "x"]
    assert [row["complex"] for row in rows] == ["1j", "2j"]
    assert [row["sparse"] for row in rows] == [0, 3]


def test_some_rows_and_columns_come_in_the_order_of_the_page() -> None:
    for obj in (FRAME[["int", "text"]], pl.DataFrame({"int": [1, 2], "text": ["x\ny", None]})):
        found = pq.read_table(file_of(obj, [1, 0], 1)).to_pylist()
        assert found == [{"int": 2}, {"int": 1}]
    table = pa.table({"int": [1, 2, 3]})
    assert pq.read_table(file_of(table, [2, 0])).to_pylist() == [{"int": 3}, {"int": 1}]


def test_a_polars_frame_comes_back() -> None:
    frame = pl.DataFrame(
        {
            "int": [1, None],
            "time": pl.Series([1, None], dtype=pl.Datetime("ns", "Europe/Zurich")),
            "span": pl.Series([1, None], dtype=pl.Duration("ns")),
            "list": [[1], []],
            "struct": [{"a": 1}, {"a": None}],
            "enum": pl.Series(["a", None], dtype=pl.Enum(["a"])),
            "money": [Decimal("1.00"), None],
        }
    )
    assert pl.read_parquet(file_of(frame)).equals(frame)
    objects = frame.with_columns(pl.Series("object", [uuid.UUID(int=0), None], dtype=pl.Object))
    assert pl.read_parquet(file_of(objects))["object"].to_list() == [ZERO, None]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (pa.table([[1], [2]], ["a", "a"]), {"a": [1], "a.1": [2]}),
        (np.arange(4.0).reshape(2, 2), {"0": [0.0, 2.0], "1": [1.0, 3.0]}),
        (np.rec.array([(1, 2.5)], dtype=[("i", int), ("f", float)]), {"i": [1], "f": [2.5]}),
        (np.ma.MaskedArray([1, 2], mask=[False, True]), {"value": [1, None]}),
        (np.array(["2024-01"], "M8[M]"), {"value": [dt.datetime(2024, 1, 1)]}),  # noqa: DTZ001
        (xr.DataArray([1.5], dims="t"), {"value": [1.5]}),
        (xr.Dataset({"a": ("t", [1])}), {"a": [1]}),
        ([{"a": 1, "b": ["x"]}, {"a": None}], {"a": [1, None], "b": [["x"], None]}),
        (pd.DataFrame(), {}),
        (pd.DataFrame({"a": []}), {"a": []}),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_tables_of_all_kinds_come_back(obj: Any, expected: dict[str, list[Any]]) -> None:
    assert pq.read_table(file_of(obj)).to_pydict() == expected


def test_objects_of_the_user_are_texts_and_run_nothing() -> None:
    found = pq.read_table(file_of(pd.Series([Opaque(), 1], dtype=object))).to_pydict()
    assert found["value"][1] == "1"
    assert "Opaque" in found["value"][0]
    assert RAN == []


def test_what_cannot_be_written_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).random(2_000_000)
    half = noise[:1_000_000]
    assert np.array_equal(pq.read_table(file_of(half)).column(0).to_numpy(), half), "8 MB"
    with pytest.raises(UnsupportedOperation, match="export fewer rows"):
        file_of(noise)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UnsupportedOperation, match="Install pyarrow there"):
        file_of(FRAME)
