"""Keys and columns in brackets: what is offered in a string there, and what a key stands for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cellbridge.core.code_info import OBJECT, Completions
from support.kernels import Bench, prepared
from support.patience import PATIENCE

AS_IN_FRAME = "as it is in the frame that this is made of"

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """
import numpy as np, pandas as pd, polars as pl
from polars.io.plugins import register_io_source
df = pd.DataFrame({"key": ["a", "b", None], "x": [1.0, 2.5, None], "n": [3, 3, 4]})
pf = pl.DataFrame({"key": ["a", "b"], "y": [1, None]})
lf = pf.lazy().with_columns(pl.col("y").alias("z"))
wide = pl.DataFrame({f"c{at:02}": [at] for at in range(30)}).lazy()
tree = {"one": 1, "two": {"three": [3]}, "call": len, "quo'te": 5}
many = {f"k{at}": at for at in range(20_000)}
points = np.zeros(3, dtype=[("east", float), ("north", float)])
ran = []
def spy(*args): ran.append(args); return args[0] if args else pl.Schema({"a": pl.Int64})
udf = pf.lazy().with_columns(w=pl.col("y").map_batches(spy))
element = pf.lazy().with_columns(w=pl.col("y").map_elements(spy, return_dtype=pl.Int64))
plugin = register_io_source(spy, schema=spy)
class Touchy(dict):
    def __getitem__(self, key): ran.append(key)
    def keys(self): ran.append("keys"); return []
    def __contains__(self, key): ran.append("in")
touchy = Touchy(held=1)
levels = [("A", "x"), ("A", "y"), ("B", ""), (touchy.__class__, "z")]
deep = pd.DataFrame([[1, 2, 3, 4]], columns=pd.MultiIndex.from_tuples(levels))
deeper = pd.concat({"top": deep}, axis=1)
groups = df.groupby("key")
windows = df[["x", "n"]].rolling(2)
periods = df.set_index(pd.date_range("2026", periods=3)).resample("D")
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


async def offered(bench: Bench, marked: str) -> Completions:
    code, _, after = marked.partition("$0")
    found = await bench.kernel.complete(code + after, len(code), PATIENCE)
    assert found.answered
    return found


async def facts(bench: Bench, marked: str) -> dict[str, Any]:
    code, _, after = marked.partition("$0")
    found = await bench.kernel.inspect(code + after, len(code), PATIENCE)
    assert found.answered
    return found.data.get(OBJECT, {})


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ('df.sort_values("$0', ["key", "x", "n"]),
        ('df.rename(columns={"$0', ["key", "x", "n"]),
        ('df.drop(columns=["key", "$0', ["key", "x", "n"]),
        ('df.loc[df["x"] > 1, "$0', ["key", "x", "n"]),
        ('pf.with_columns("$0', ["key", "y"]),
        ('pf.select(["key", "$0', ["key", "y"]),
        ('lf.select("$0', ["key", "y", "z"]),
        ('lf.filter(pl.col("$0', ["key", "y", "z"]),
        ('lf.group_by("key").agg(pl.col("$0', ["key", "y", "z"]),
        ('lf.with_columns(pl.col("$0', ["key", "y", "z"]),
        ('lf.collect()["$0', ["key", "y", "z"]),
        ('pf.lazy().sort("$0', ["key", "y"]),
        ('groups["$0', ["key", "x", "n"]),
        ('groups[["x", "$0', ["key", "x", "n"]),
        ('df.groupby("key")["$0', ["key", "x", "n"]),
        ('windows["$0', ["x", "n"]),
        ('periods["$0', ["key", "x", "n"]),
        ('deep["$0', ["A", "B"]),
        ('deep["A"]["$0', ["x", "y"]),
        ('deep.A["$0', ["x", "y"]),
        ('deep["A", "$0', ["x", "y", "z"]),
        ('deeper["top"]["A"]["$0', ["x", "y"]),
        ('deeper["top", "A"]["$0', ["x", "y"]),
        ('deeper["top"]["A", "$0', ["x", "y", "z"]),
        ('def f(df):\n    df["$0', []),
        ('def f(df):\n    print(df.loc[:, "$0', []),
    ],
)
async def test_columns_are_offered(bench: Bench, marked: str, expected: list[str]) -> None:
    found = await offered(bench, marked)
    assert [item.text for item in found.items if item.kind == "key"] == expected


async def test_a_column_is_an_attribute_of_pandas_frames_only(bench: Bench) -> None:
    fields = [item for item in (await offered(bench, "df.$0")).items if item.kind == "field"]
    assert [item.text for item in fields] == ["key", "x", "n"]
    assert [item.place for item in fields] == sorted({item.place for item in fields})
    assert "x" in [item.text for item in (await offered(bench, "df.$0")).items]
    for frame in ("pf", "lf"):
        texts = [item.text for item in (await offered(bench, f"{frame}.$0")).items]
        assert "select" in texts
        assert "key" not in texts


@pytest.mark.parametrize(
    ("marked", "method"),
    [
        ('deep["A"].$0', "groupby"),
        ('deep["A"]["x"].$0', "str"),
        ('deep["A", "x"].$0', "str"),
        ("deep.B.$0", "str"),
        ("groups.x.$0", "nunique"),
        ('windows["x"].$0', "corr"),
    ],
)
async def test_a_column_of_several_levels_is_a_frame_or_a_series(
    bench: Bench, marked: str, method: str
) -> None:
    texts = {item.text for item in (await offered(bench, marked)).items}
    assert method in texts
    assert ("columns" in texts) == (marked == 'deep["A"].$0')


async def test_more_keys_than_can_be_told_are_said_to_be_more(bench: Bench) -> None:
    found = await offered(bench, 'many["$0')
    assert found.cut
    assert len(found.items) == 5000
    found = await offered(bench, 'many["k1999$0')
    assert [item.text for item in found.items if item.text.startswith("k1999")] == [
        "k1999",
        *(f"k1999{at}" for at in range(10)),
    ]
    assert not (await offered(bench, 'tree["$0')).cut


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (
            'df["$0x"]',
            {"kind": "column", "of": "df", "dtype": "float64", "rows": 3, "nulls": 1}
            | {"distinct": 2, "min": "1.0", "max": "2.5", "value": "[1.0, 2.5, missing]"},
        ),
        ('df[["key", "n$0"]]', {"dtype": "int64", "nulls": 0, "top": []}),
        ('df.loc[:, "ke$0y"]', {"name": "key", "nulls": 1, "value": "['a', 'b', missing]"}),
        ('df.groupby("k$0ey")', {"name": "key", "dtype": "str"}),
        ('df.query("x > 1 and n$0 < 5")', {"name": "n"}),
        ('groups["x$0"]', {"dtype": "float64", "of": "groups"}),
        ('deep["A"]["y$0"]', {"dtype": "int64", "name": "y", "note": AS_IN_FRAME}),
        ('df.dropna()["x$0"]', {"dtype": "float64", "of": "df.dropna()"}),
        ('pf.select(pl.col("y$0"))', {"dtype": "Int64", "nulls": 1, "rows": 2}),
        ('lf.select("z$0")', {"dtype": "Int64", "of": "lf"}),
        ('tree["two$0"]', {"kind": "value", "type": "dict", "value": "{'three': [3]}"}),
        ('tree["two"]["th$0ree"]', {"value": "[3]"}),
        ('tree["ca$0ll"]', {"kind": "function", "signature": "tree['call'](obj, /)"}),
        ('tree["quo\'t$0e"]', {"value": "5"}),
        ('points["ea$0st"]', {"type": "numpy.ndarray", "dtype": "float64", "shape": [3]}),
        ('tree["no$0ne"]', {}),
        ('print("on$0e")', {}),
        ('"x$0"', {}),
        ('def f(df):\n    return df["x$0"]', {}),
    ],
)
async def test_a_key_is_described(bench: Bench, marked: str, expected: dict[str, Any]) -> None:
    found = await facts(bench, marked)
    assert {name: found.get(name) for name in expected} == expected
    assert bool(found) == bool(expected)


async def test_a_query_is_described_by_its_schema(bench: Bench) -> None:
    table = (await facts(bench, "l$0f"))["table"]
    assert (table["heads"], table["types"], table["rows"]) == (
        ["key", "y", "z"],
        ["String", "Int64", "Int64"],
        [],
    )
    assert (await facts(bench, "wid$0e"))["table"]["shape"] == [None, 30]


async def test_no_function_in_a_query_and_no_method_of_a_dict_is_run(bench: Bench) -> None:
    for query in ("udf", "plugin", "element"):
        await facts(bench, f"{query}$0")
        await offered(bench, f'{query}.select("$0')
    assert [item.text for item in (await offered(bench, 'touchy["$0')).items] == ["held"]
    assert (await facts(bench, 'touchy["he$0ld"]'))["value"] == "1"
    assert (await bench.run("print(ran)")).text == "[]\n"
    # What was refused to a look is not refused to the user.
    collected = await bench.run("print(udf.collect().columns, len(ran) > 0)")
    assert collected.text == "['key', 'y', 'w'] True\n"
    assert "w" in [item.text for item in (await offered(bench, 'element.select("$0')).items]
