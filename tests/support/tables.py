"""Queries of a real kernel's variables and tables, in tests.

Owns the shorthand, and a cell that creates tables; the tests own the expectations.
"""

from __future__ import annotations

from typing import Any, TypeVar

from cellbridge.core.variables import (
    Condition,
    ListVariables,
    ShowTable,
    Sorting,
    TablePage,
    Unanswered,
    Variable,
    VariableAnswer,
    VariableQuery,
    VariablesPage,
    Window,
)
from cellbridge.kernel.variable_queries import query_variables
from support.kernels import Bench

T = TypeVar("T")

TABLES = """
import datetime, time
import numpy as np, pandas as pd, polars as pl, pyarrow as pa, xarray as xr
words = ["pear", "Apple", None, "fig", "apple"]
numbers = [3.0, 1.0, float("nan"), 2.0, 1.0]
counts = [5, 4, 3, 2, 1]
days = [datetime.datetime(2024, 1, day) for day in (3, 1, 2, 5, 4)]
truths = [True, False, True, True, False]
plain = {"word": words, "number": numbers, "count": counts, "day": days, "truth": truths}
df = pd.DataFrame(plain, index=list("vwxyz"))
class Frame(pd.DataFrame):
    def __getitem__(self, at): raise ValueError
sub = Frame(df)
masked = pd.DataFrame({"i": pd.array([2, None, 1], dtype="Int64"),
    "b": pd.array([True, None, False], dtype="boolean"), "cat": pd.Categorical(["u", None, "v"]),
    "zone": pd.to_datetime(["2024-01-01", None, "2023-01-01"]).tz_localize("Europe/Zurich"),
    "o": pd.Series([(1,), "x", 2], dtype=object),
    "s": pd.array(["b", None, "a"], dtype="string"), "f32": np.float32([0.1, 0.2, 0.3]),
    "td": pd.to_timedelta([2, None, 1], unit="s")})
levels = df.set_index(["word", "count"])
frame = pl.DataFrame(plain | {"number": [None if n != n else n for n in numbers]})
table = pa.table(plain)
records = [dict(zip(plain, row)) for row in zip(*plain.values())] + [{"extra": 1}]
series = df["number"]; lone = frame["count"]; chunked = table["count"]; line = np.array(counts)
two = np.arange(12.0).reshape(4, 3)
named = np.array([(1, b"a"), (0, b"b")], dtype=[("i", int), ("s", "S1")])
grid = xr.DataArray(two.copy(), dims=("i", "j"), coords={"i": list("pqrs"), "j": [10, 20, 30]})
both = xr.Dataset({"a": ("x", [2, 1]), "b": ("x", [1.5, 2.5]), "c": (("x", "y"), [[1], [2]])},
    coords={"x": ["r", "s"]})
cube = np.zeros((2, 2, 2)); deep = xr.DataArray(cube)
objects = pd.DataFrame({"o": pd.Series([object()] * 3, dtype=object)})
many = [{"n": n} for n in range(500_001)]
empty = pd.DataFrame({"a": []}); none = pd.DataFrame(); lazy = frame.lazy()
"""
"""A cell that makes tables of all kinds, the first of them with the same rows."""


async def query_kernel(bench: Bench, question: VariableQuery, kind: type[T]) -> T:
    """Send a query, and fail unless the answer is of type ``kind``."""
    found: VariableAnswer = await query_variables(bench.kernel, question)
    assert isinstance(found, kind), found
    return found


async def refusal(bench: Bench, question: VariableQuery) -> str:
    """Send a query that is refused; return the reason."""
    return (await query_kernel(bench, question, Unanswered)).message


async def list_variables(bench: Bench, *path: str, **asked: Any) -> VariablesPage:
    """Return a page of variables."""
    return await query_kernel(bench, ListVariables(list(path), **asked), VariablesPage)


async def variable(bench: Bench, name: str) -> Variable:
    """Return one name."""
    page = await list_variables(bench, filter=name, hidden=True)
    return next(one for one in page.variables if one.name == name)


async def page(
    bench: Bench, *path: str, sort: str = "", filters: str = "", **window: Any
) -> TablePage:
    """Return a page of a table, sorted as ``1 -0`` and filtered as ``0 eq a; 1 null``."""
    keys = [Sorting(abs(int(one)), one.startswith("-")) for one in sort.split()]
    conditions = [
        Condition(int(column), operator, value)  # type: ignore[arg-type]
        for one in filter(None, filters.split("; "))
        for column, operator, value in [(*one.split(" ", 2), "")[:3]]
    ]
    asked = ShowTable(list(path), Window(sort=keys, filters=conditions, **window))
    return await query_kernel(bench, asked, TablePage)


def column(found: TablePage, at: int) -> list[str]:
    """Return the values of one column of a page."""
    return [row[at] for row in found.rows]
