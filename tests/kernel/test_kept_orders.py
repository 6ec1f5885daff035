"""The order of a table's rows is kept for its next page, as long as the values are the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from support.kernels import Bench, prepared
from support.tables import column, page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """
import time
import numpy as np, pandas as pd, polars as pl
rows = 2_000_000
tall = pd.DataFrame({"x": np.random.default_rng(0).permutation(rows), "y": np.arange(rows)})
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


KEPT = """
import gc
found = next(one for one in gc.get_objects() if type(one).__name__ == "Tables").orders
print(len(found), found[-1].positions.nbytes, id(found[-1]))
"""


async def test_an_order_is_kept_until_the_table_changes(bench: Bench) -> None:
    first = await page(bench, "tall", sort="0", count=3)
    assert column(first, 0) == ["0", "1", "2"]
    again = await page(bench, "tall", sort="0", start=3, count=3)
    assert column(again, 0) == ["3", "4", "5"]
    before = (await bench.run(KEPT)).text
    assert before.split()[1] == str(4 * 2_000_000)
    await page(bench, "tall", sort="0", start=6)
    assert (await bench.run(KEPT)).text == before
    await bench.run("tall.loc[7, 'x'] = -1")
    changed = await page(bench, "tall", sort="0", count=2)
    assert (column(changed, 0), column(changed, 1)[0]) == (["-1", "0"], "7")
    await bench.run("tall = tall.iloc[:10].copy()")
    ran = await bench.run(KEPT.replace("positions.nbytes", "size()"))
    assert ran.text.split()[1] == "0", "something of a table that is gone is kept"
    assert len((await page(bench, "tall", sort="0")).rows) == 10
    assert (await bench.run(KEPT)).text.split()[1] == str(4 * 10)


WATCHED = """
import gc
tables = next(one for one in gc.get_objects() if type(one).__name__ == "Tables")
own = pl.DataFrame({"n": [3, 1, 2], "w": ["b", None, "a"]})
seen = []
def look():
    new = (one for one in tables.orders if not any(one is other for other in seen))
    seen.extend(one for one in new if one.identity == id(own))
def watch():
    print("there", flush=True)
    try:
        while True:
            look()
            time.sleep(0.001)
    finally:
        look()
        print(len(seen))
watch()
"""


@pytest.mark.parametrize(("sort", "orders"), [("0", ["1", "2", "3"]), ("1", ["2", "3", "1"])])
async def test_an_order_of_polars_is_kept_while_a_cell_runs_too(
    bench: Bench, sort: str, orders: list[str]
) -> None:
    for source in (WATCHED, "own[1, 'n'], own[1, 'w'] = 9, 'z'; watch()"):
        run = bench.send(source)
        await bench.follower.until(lambda follower, run=run: "there" in follower.text(run))
        for start in range(2):
            found = await page(bench, "own", sort=sort, start=start)
            assert column(found, 0) == orders[start:]
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower, run=run: follower.ended(run))
        orders = ["2", "3", "9"]
        assert bench.follower.text(run).split() == ["there", "1" if source == WATCHED else "2"]
