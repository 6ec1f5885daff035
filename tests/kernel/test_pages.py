"""Tables in a real kernel: each library's pages, orders, filters, summaries and exports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cellbridge.core.variables import (
    ColumnSummary,
    Condition,
    ExportedTable,
    ExportTable,
    ListVariables,
    ShowTable,
    Sorting,
    SummariseColumn,
    VariableAnswer,
    VariablesPage,
    Window,
)
from cellbridge.kernel.variable_queries import query_variables
from support.kernels import Bench, prepared
from support.tables import TABLES, column, page, query_kernel, refusal, variable

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN = ("df", "frame", "table", "records")
KINDS = {"df": "pandas", "frame": "polars", "table": "arrow", "records": "records"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(TABLES) as started:
        yield started


async def summary(bench: Bench, name: str, at: int) -> ColumnSummary:
    return await query_kernel(bench, SummariseColumn([name], at), ColumnSummary)


@pytest.mark.parametrize("name", PLAIN)
async def test_a_page_is_part_of_the_table(bench: Bench, name: str) -> None:
    whole = await page(bench, name)
    assert whole.kind == KINDS[name]
    assert [one.name for one in whole.columns][:5] == ["word", "number", "count", "day", "truth"]
    assert column(whole, 0)[:5] == ["pear", "Apple", "", "fig", "apple"]
    assert column(whole, 1)[:5] == ["3.0", "1.0", "", "2.0", "1.0"]
    assert whole.rows[0][2:5] == ["5", "2024-01-03 00:00:00", "True"]
    part = await page(bench, name, start=2, count=2, first_column=2, columns=2)
    assert [row[:2] for row in part.rows] == [whole.rows[2][2:4], whole.rows[3][2:4]]
    assert [one.name for one in part.columns] == ["count", "day"]
    assert (part.start, part.first_column, part.total_columns) == (2, 2, len(whole.columns))
    beyond = await page(bench, name, start=1000, first_column=1000)
    assert (beyond.rows, beyond.columns) == ([], [])


async def test_rows_have_their_labels(bench: Bench) -> None:
    assert (await page(bench, "df")).index == list("vwxyz")
    assert (await page(bench, "df", sort="2")).index == list("zyxwv")
    assert (await page(bench, "levels")).index[:2] == ["pear, 5", "Apple, 4"]
    assert (await page(bench, "grid", start=1)).index == list("qrs")
    assert (await page(bench, "both", sort="0")).index == ["s", "r"]
    assert (await page(bench, "frame", start=3)).index == ["3", "4"]


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("2", [1, 2, 3, 4, 5]),
        ("-2", [5, 4, 3, 2, 1]),
        ("1 2", [1, 4, 2, 5, 3]),
        ("1 -2", [4, 1, 2, 5, 3]),
        ("-1 2", [5, 2, 1, 4, 3]),
        ("0", [4, 1, 2, 5, 3]),
        ("3", [4, 3, 5, 1, 2]),
        ("4 2", [1, 4, 2, 3, 5]),
    ],
)
async def test_rows_are_sorted_and_missing_values_come_last(
    bench: Bench, name: str, sort: str, expected: list[int]
) -> None:
    found = await page(bench, name, sort=sort, count=5)
    assert [int(one) for one in column(found, 2)] == expected


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("2 gt 3", [5, 4]),
        ("2 le 2", [2, 1]),
        ("1 eq 1", [4, 1]),
        ("1 ne 1", [5, 3, 2]),
        ("1 null", [3]),
        ("1 notNull", [5, 4, 2, 1]),
        ("0 contains APP", [4, 1]),
        ("0 eq fig", [2]),
        ("0 ne fig", [5, 4, 3, 1]),
        ("0 null", [3]),
        ("3 ge 2024-01-03", [5, 2, 1]),
        ("4 eq true", [5, 3, 2]),
        ("2 gt 1; 1 notNull", [5, 4, 2]),
        ("2 gt 99", []),
    ],
)
async def test_rows_are_filtered(
    bench: Bench, name: str, filters: str, expected: list[int]
) -> None:
    found = await page(bench, name, filters=filters)
    counts = [int(one) for one in column(found, 2) if one]
    assert counts == expected
    down = await page(bench, name, filters=filters, sort="-2")
    assert [int(one) for one in column(down, 2) if one] == sorted(expected, reverse=True)
    assert down.total_rows >= down.filtered_rows >= len(expected)


@pytest.mark.parametrize("name", PLAIN)
async def test_a_column_in_numbers(bench: Bench, name: str) -> None:
    counts = await summary(bench, name, 2)
    assert (counts.min, counts.max, counts.mean, counts.distinct) == ("1", "5", "3.0", 5)
    assert sum(one.count for one in counts.histogram) == 5
    assert (counts.histogram[0].low, counts.histogram[-1].high) == (1.0, 5.0)
    numbers = await summary(bench, name, 1)
    assert numbers.nulls == (2 if name == "records" else 1)
    assert (numbers.min, numbers.max, numbers.distinct) == ("1.0", "3.0", 3)
    assert sum(one.count for one in numbers.histogram) == 4
    words = await summary(bench, name, 0)
    assert (words.distinct, sum(one.count for one in words.top)) == (4, 4)
    truths = await summary(bench, name, 4)
    assert [(one.value, one.count) for one in truths.top] == [("True", 3), ("False", 2)]


@pytest.mark.parametrize("name", PLAIN)
async def test_a_selection_is_exported(bench: Bench, name: str) -> None:
    window = Window(count=2, columns=3, sort=[Sorting(2)])
    found = await query_kernel(bench, ExportTable([name], "csv", window), ExportedTable)
    assert found.text == "word,number,count\napple,1.0,1\nfig,2.0,2\n"
    found = await query_kernel(bench, ExportTable([name], "tsv", window), ExportedTable)
    assert found.text.split("\n")[1] == "apple\t1.0\t1"
    found = await query_kernel(bench, ExportTable([name], "json", window), ExportedTable)
    assert json.loads(found.text) == [
        {"word": "apple", "number": 1.0, "count": 1},
        {"word": "fig", "number": 2.0, "count": 2},
    ]
    nothing = await query_kernel(bench, ExportTable([name], "json", Window(count=0)), ExportedTable)
    assert json.loads(nothing.text) == []


async def test_pandas_own_kinds_of_columns(bench: Bench) -> None:
    found = await page(bench, "masked")
    assert found.rows == [
        ["2", "True", "u", "2024-01-01 00:00:00+01:00", "(1,)", "b", "0.1", "0 days 00:00:02"],
        ["", "", "", "", "x", "", "0.2", ""],
        ["1", "False", "v", "2023-01-01 00:00:00+01:00", "2", "a", "0.3", "0 days 00:00:01"],
    ]
    for at, expected in ((0, "2 0 1"), (2, "0 2 1"), (3, "2 0 1"), (5, "2 0 1"), (7, "2 0 1")):
        assert (await page(bench, "masked", sort=str(at))).index == expected.split()
    assert (await page(bench, "masked", filters="2 eq v")).index == ["2"]
    assert (await page(bench, "masked", filters="3 lt 2023-06-01")).index == ["2"]
    zone = await summary(bench, "masked", 3)
    assert (zone.min, zone.nulls) == ("2023-01-01 00:00:00+01:00", 1)
    assert [(one.value, one.count) for one in (await summary(bench, "masked", 2)).top] == [
        ("u", 1), ("v", 1),
    ]  # fmt: skip


async def test_arrays_of_all_kinds(bench: Bench) -> None:
    found = await page(bench, "two", sort="-0", count=1)
    assert ([one.name for one in found.columns], found.rows) == (
        ["0", "1", "2"], [["9.0", "10.0", "11.0"]],
    )  # fmt: skip
    found = await page(bench, "named", sort="0")
    assert [one.name for one in found.columns] == ["i", "s"]
    assert column(found, 0) == ["0", "1"]
    found = await page(bench, "grid", sort="-1", count=1)
    assert ([one.name for one in found.columns], found.rows) == (
        ["10", "20", "30"], [["9.0", "10.0", "11.0"]],
    )  # fmt: skip
    found = await page(bench, "both", sort="1")
    assert [one.name for one in found.columns] == ["a", "b"]
    assert column(found, 1) == ["1.5", "2.5"]
    for name in ("series", "lone", "chunked", "line"):
        assert len((await page(bench, name, sort="0")).rows) == 5
    for name in ("empty", "none"):
        assert (await page(bench, name)).rows == []
    assert (await summary(bench, "empty", 0)).nulls == 0


async def test_a_class_of_the_user_is_read_where_it_keeps_its_values(bench: Bench) -> None:
    found = await page(bench, "sub", sort="2")
    assert column(found, 2) == ["1", "2", "3", "4", "5"]


async def test_tables_answer_while_a_cell_runs_and_do_not_keep_others(bench: Bench) -> None:
    source = "stop = False\nprint('there', flush=True)\nwhile not stop: time.time()"
    run = bench.send(source)
    await bench.follower.until(lambda follower: "there" in follower.text(run))
    async with asyncio.TaskGroup() as group:
        sums = [group.create_task(summary(bench, "many", 0)) for _ in range(2)]
        quick: VariableAnswer = await query_variables(bench.kernel, ListVariables())
        assert isinstance(quick, VariablesPage)
        assert not all(one.done() for one in sums), "the table was quicker; make it larger"
    found = await page(bench, "df", sort="2")
    assert column(found, 2)[0] == "1"
    await bench.kernel.interrupt()
    await bench.follower.until(lambda follower: follower.ended(run))


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        ("words", Window(), "no longer a table"),
        ("nowhere", Window(), "no longer a table"),
        ("cube", Window(), "no longer a table"),
        ("deep", Window(), "Only arrays of one or two dimensions"),
        ("lazy", Window(), "lazy is a LazyFrame"),
        ("df", Window(sort=[Sorting(50)]), "no column number 50"),
        ("objects", Window(sort=[Sorting(0)]), "comparing them would run their own code"),
        ("many", Window(sort=[Sorting(0)]), "500,001 Python objects"),
    ],
)
async def test_saving_without_a_kernel_is_refused(
    bench: Bench, name: str, asked: Window, why: str
) -> None:
    assert why in await refusal(bench, ShowTable([name], asked))


@pytest.mark.parametrize("name", PLAIN)
async def test_a_value_that_is_none_is_said(bench: Bench, name: str) -> None:
    if name != "records":
        said = await refusal(bench, ShowTable([name], window("1 gt many")))
        assert "'many' is not a valid value for this column" in said
        said = await refusal(bench, ShowTable([name], window("1 contains 1")))
        assert "Only text can be searched" in said


def window(condition: str) -> Window:
    at, operator, value = condition.split()
    return Window(filters=[Condition(int(at), operator, value)])  # type: ignore[arg-type]


async def test_tables_are_marked_in_the_list(bench: Bench) -> None:
    for name in ("df", "sub", "frame", "table", "records", "two", "line", "grid", "series"):
        assert (await variable(bench, name)).table, name
    for name in ("words", "cube", "plain", "time"):
        assert not (await variable(bench, name)).table, name
