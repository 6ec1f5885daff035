"""Variables, hovers and tables of large objects, and the cost of reading them for a cell.

The objects are those that make other variable views stand still: a list of a million dicts, ten
million small arrays, a string of 200 MB, objects whose ``__repr__`` sleeps, raises or prints, and a
frame of 20,000 × 2,000. Together they take about 2.5 GB.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.bench_start import OURS
from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

HEAVY = """\
# %% heavy
import gc, time
import numpy as np, pandas as pd
gc.disable()
dicts = [{"n": n} for n in range(1_000_000)]
arrays = [np.empty(2) for _ in range(10_000_000)]
gc.enable(); gc.freeze()
text = "x" * 200_000_000
class Sleeps:
    def __repr__(self): time.sleep(2); return "slept"
class Raises:
    def __repr__(self): raise RuntimeError
class Prints:
    def __repr__(self): print("printed"); return ""
sleeps, raises, prints = Sleeps(), Raises(), Prints()
wide = pd.DataFrame(np.zeros((20_000, 2_000)))
# %% one
1 + 1
# %% names
dicts, arrays, text, sleeps, raises, prints, wide
"""
NAMES = ("dicts", "arrays", "text", "sleeps", "raises", "prints", "wide")
ROWS_COUNT = 10_000_000
COLUMNS = 6
TALL = f"""\
import numpy as np, pandas as pd
random = np.random.default_rng(0)
tall = pd.DataFrame({{f"c{{at}}": random.random({ROWS_COUNT}) for at in range({COLUMNS})}})
"""


class Looker:
    """A script in an editor whose kernel holds what its first cell has made."""

    def __init__(self, client: Client, script: str) -> None:
        path = client.directory / "script.py"
        path.write_text(script, "utf-8")
        self.client, self.uri, self.lines = client, client.open(path), script.split("\n")
        self.run(self.lines[0])

    def run(self, marker: str) -> float:
        """Run a cell; returns the seconds until the answer."""
        position = {"line": self.lines.index(marker), "character": 0}
        before = time.perf_counter()
        answer = self.client.command("cellbridge.runCell", {"uri": self.uri, "position": position})
        assert answer["cells"][0]["state"] == "ok", answer
        return time.perf_counter() - before

    def variables(self) -> dict[str, Any]:
        return self.client.request("cellbridge/variables", {"uri": self.uri})

    def hovering(self, name: str) -> dict[str, Any]:
        """Return what asks for the hover over a name."""
        line = len(self.lines) - 2
        position = {"line": line, "character": self.lines[line].index(name)}
        return {"textDocument": {"uri": self.uri}, "position": position}

    def look_meanwhile(self, name: str) -> None:
        """Ask for the variables and for a hover at once, and wait for neither."""
        self.client.begin("cellbridge/variables", {"uri": self.uri, "sort": "size"})
        self.client.begin("textDocument/hover", self.hovering(name))

    def look_at_all_meanwhile(self, name: str) -> None:
        """Ask for a page of a table and for all hovers at once, and wait for none."""
        self.client.begin("cellbridge/table", {"uri": self.uri, "path": ["wide"], "count": 100})
        for other in (name, *NAMES):
            self.client.begin("textDocument/hover", self.hovering(other))

    def table(self, **window: Any) -> dict[str, Any]:
        return self.client.request(
            "cellbridge/table", {"uri": self.uri, "path": ["tall"], **window}
        )


@contextmanager
def looking(script: str) -> Iterator[Looker]:
    """Have a kernel with large objects, for some measurements."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Client(*OURS, directory=Path(scratch)) as client,
    ):
        client.initialize()
        looker = Looker(client, script)
        yield looker
        client.command("cellbridge.shutdown", {"uri": looker.uri})


def timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def listing() -> Timing:
    """Time a page of all variables."""
    with looking(HEAVY) as looker:
        found = looker.variables()
        assert {one["name"] for one in found["variables"]} >= set(NAMES), found
        assert found.get("complete", True)
        return Timing([timed(looker.variables) for _ in range(20)])


def hovers() -> Timing:
    """Time hovers over each of the objects; the slowest object of each round counts."""
    with looking(HEAVY) as looker:

        def hover(name: str) -> float:
            before = time.perf_counter()
            found = looker.client.request("textDocument/hover", looker.hovering(name))
            assert found, name
            return time.perf_counter() - before

        for name in NAMES:
            hover(name)
        return Timing([max(map(hover, NAMES)) for _ in range(10)])


def delays(
    share: float, look: Callable[[Looker, str], None] = Looker.look_meanwhile
) -> Callable[[], Timing]:
    """Time how much longer ``1 + 1`` takes while the user reads variables, at a percentile of
    both."""

    def measure() -> Timing:
        names = cycle(NAMES)
        with looking(HEAVY) as looker:

            def beside() -> float:
                look(looker, next(names))
                return looker.run("# %% one")

            def alone() -> float:
                looker.variables()  # The earlier requests have been answered.
                return looker.run("# %% one")

            found = alternate(beside, alone, 10 * len(NAMES))
            sides = (found.ours, found.peer)
            late, prompt = (sorted(times)[int(len(times) * share)] for times in sides)
            return Timing([late - prompt])

    return measure


def sorted_page(code: str) -> Callable[[], Timing]:
    """Compare a sorted page in the editor with the same code in a kernel; each time uncached."""

    def measure() -> Timing:
        columns, typed = cycle(range(COLUMNS)), cycle(range(COLUMNS))
        with looking(f"# %% tall\n{TALL}") as looker, RawKernel() as kernel:
            kernel.execute(TALL)

            def ours() -> float:
                sort = [{"column": next(columns)}]
                return timed(lambda: looker.table(sort=sort, count=100))

            return alternate(ours, lambda: kernel.execute(code.format(next(typed))), COLUMNS)

    return measure


def next_page() -> Timing:
    """Compare the pages after the first with the same typed in a kernel, which sorts no more."""
    with looking(f"# %% tall\n{TALL}") as looker, RawKernel() as kernel:
        kernel.execute(f"{TALL}\nordered = tall.sort_values('c0')")
        starts, typed = iter(range(0, 10_000, 100)), iter(range(0, 10_000, 100))

        def ours() -> float:
            window = {"sort": [{"column": 0}], "start": next(starts), "count": 100}
            return timed(lambda: looker.table(**window))

        def theirs() -> float:
            start = next(typed)
            return kernel.execute(f"ordered.iloc[{start}:{start + 100}]")

        return alternate(ours, theirs, 20)


PAGE = f"100 rows of {ROWS_COUNT:,} × {COLUMNS}"
ROWS = (
    Row(
        name="Inspect: the variables of a kernel full of large objects",
        ours="`cellbridge/variables` in an editor",
        peer="",
        measure=listing,
        at_most_ms=200,
    ),
    Row(
        name="Inspect: hover over each of the large objects, the slowest of them",
        ours="`textDocument/hover`",
        peer="",
        measure=hovers,
        at_most_ms=200,
    ),
    Row(
        name="Inspect: delay of `1 + 1` run amid queries of variables and a hover",
        ours="with minus without, in turns, medians",
        peer="",
        measure=delays(0.5),
        at_most_ms=20,
    ),
    Row(
        name="Inspect: delay of `1 + 1` run amid queries of variables and a hover, 90th percentile",
        ours="with minus without, in turns",
        peer="",
        measure=delays(0.9),
        at_most_ms=20,
    ),
    Row(
        name="Inspect: delay of `1 + 1` run amid queries of a page of a table and eight hovers",
        ours="with minus without, in turns, medians",
        peer="",
        measure=delays(0.5, Looker.look_at_all_meanwhile),
        at_most_ms=20,
    ),
    Row(
        name=f"Table: {PAGE}, sorted again",
        ours="`cellbridge/table` in an editor",
        peer="`tall.sort_values(c).head(100)` in a kernel",
        measure=sorted_page("tall.sort_values('c{}').head(100)"),
        at_most=1.5,
    ),
    Row(
        name=f"Table: {PAGE}, sorted again, compared with the fastest expression for it",
        ours="`cellbridge/table` in an editor",
        peer="`tall.iloc[tall[c].argsort()[:100]]` in a kernel",
        measure=sorted_page("tall.iloc[tall['c{}'].argsort()[:100]]"),
        at_most=1.5,
    ),
    Row(
        name=f"Table: {PAGE}, a further page of the same order",
        ours="`cellbridge/table` in an editor",
        peer="`ordered.iloc[start:stop]` in a kernel",
        measure=next_page,
        at_most=1.5,
    ),
)
