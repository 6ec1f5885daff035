"""Variables and tables as text in columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cellbridge.core import grid
from cellbridge.core.variables import (
    Bin,
    Column,
    ColumnSummary,
    Frequent,
    TablePage,
    Variable,
    VariablesPage,
)

LINES = st.text(max_size=60)


def table(**changes: object) -> TablePage:
    fields: dict[str, object] = {
        "kind": "pandas",
        "columns": [Column("city", "str"), Column("inhabitants", "int64")],
        "index": ["0", "1"],
        "rows": [["Basel", "173000"], ["東京", "14000000"]],
        "start": 0,
        "first_column": 0,
        "total_rows": 2,
        "filtered_rows": 2,
        "total_columns": 2,
        "can": ["sort"],
    }
    return TablePage(**(fields | changes))  # type: ignore[arg-type]


def test_variables_stand_in_columns_with_their_marks() -> None:
    page = VariablesPage(
        [
            Variable("df", "df", "DataFrame", "a, b", "344 × 7", size=19_000, length=344),
            Variable("n", "n", "int", "5", size=28, changed=True),
            Variable("x", "x", "ndarray", "[1.0, 2.0]", "2", "float64", 128, 2),
        ],
        5,
    )
    assert grid.variables_text(page, "Variables of plot.py") == snapshot("""\
Variables of plot.py
====================

  name  type             size            value
----------------------------------------------
  df    DataFrame        344 × 7  19 kB  a, b
* n     int                              5
  x     ndarray float64  2               [1.0, 2.0]

2 more

* new or changed with the last run
""")


def test_nothing_to_show_is_said() -> None:
    assert "There is nothing here yet." in grid.variables_text(VariablesPage(), "x")
    text = grid.variables_text(VariablesPage(message="No kernel runs."), "x")
    assert text == "x\n=\n\nNo kernel runs.\n"


def test_a_table_aligns_wide_signs_and_says_what_part_it_is() -> None:
    assert grid.table_text(table(), "cities") == snapshot("""\
cities
======

    city  inhabitants
     str        int64
---------------------
0  Basel       173000
1   東京     14000000

rows 1 to 2 of 2; 2 columns
""")
    filtered = grid.table_text(table(total_rows=1000, start=10), "cities")
    assert "rows 11 to 12 of 2 that fit, 1,000 in all; 2 columns" in filtered
    empty = grid.table_text(table(rows=[], index=[]), "cities")
    assert "no rows of 2" in empty


def test_columns_that_do_not_fit_are_left_out_and_counted() -> None:
    columns = [Column(f"column {at}", "float64") for at in range(40)]
    page = table(columns=columns, rows=[["1.0"] * 40] * 2, total_columns=40)
    text = grid.table_text(page, "wide")
    assert "15 of 40 columns" in text
    assert max(map(grid.width, text.split("\n"))) <= grid.WIDTH


def test_a_summary_is_one_line() -> None:
    numbers = ColumnSummary(
        "x", "float64", 10, 1, 9, "0.5", "8.0", "2.1",
        histogram=[Bin(0.0, 1.0, 4), Bin(1.0, 2.0, 0), Bin(2.0, 3.0, 1)],
    )  # fmt: skip
    words = ColumnSummary("w", "str", 10, distinct=2, top=[Frequent("a", 6), Frequent("b", 4)])
    assert grid.summary_text(numbers) == snapshot(
        "x: float64; 1 missing; 9 different; 0.5 … 8.0; mean 2.1; █ ▃"
    )
    assert grid.summary_text(words) == snapshot("w: str; 2 different; most often a (6), b (4)")


@given(LINES, st.integers(1, 40))
def test_what_is_cut_fits_and_stays_on_its_line(text: str, limit: int) -> None:
    cut = grid.truncate(text, limit)
    assert grid.width(cut) <= max(limit, 1)
    assert "\n" not in cut
    assert "\x1b" not in cut


@given(st.lists(st.tuples(LINES, LINES, LINES), min_size=1, max_size=8))
def test_columns_stand_below_each_other(rows: list[tuple[str, str, str]]) -> None:
    marked = [(a, "|" + b, "|" + c) for a, b, c in rows]
    lines = grid.format_columns(marked, (20, 20, 20))
    assert len(lines) == len(rows)
    assert len({grid.width(line.split("|")[0]) for line in lines}) == 1 or any(
        "|" in part for row in rows for part in row
    )


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_each_bar_is_one_sign_and_the_highest_is_full(counts: list[int]) -> None:
    bars = grid.bars(counts)
    assert len(bars) == len(counts)
    assert ("█" in bars) == any(counts)
