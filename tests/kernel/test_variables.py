# Size: the tests share one kernel, whose start takes longer than all of them.
"""The variables of a real kernel: their pages, and that no user code runs for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cellbridge.core.variables import (
    DeleteVariable,
    ListVariables,
    NamespaceChanged,
    RenameVariable,
    Unanswered,
)
from cellbridge.kernel.variable_queries import query_variables
from support.kernels import PATIENCE, Bench, prepared
from support.tables import list_variables, query_kernel, refusal, variable

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = '''
import collections, datetime, enum, threading
import numpy as np, pandas as pd, polars as pl, pyarrow as pa, xarray as xr
ran = []
class Touchy:
    """Runs code whatever is done to it."""
    __slots__ = ("kept", "__dict__", "empty")
    def __init__(self): self.size, self.kept = 3, "in a slot"
    def __getattribute__(self, name): ran.append(name); return object.__getattribute__(self, name)
    def __getattr__(self, name): ran.append(name); raise AttributeError(name)
    def __repr__(self): ran.append("repr"); print("printed"); raise ValueError
    def __len__(self): ran.append("len"); return 3
    def __iter__(self): ran.append("iter"); return iter(())
    def __eq__(self, other): ran.append("eq"); return True
    def __hash__(self): ran.append("hash"); return 1
    def __sizeof__(self): ran.append("sizeof"); return 10
    def __bool__(self): ran.append("bool"); return True
    @property
    def shape(self): ran.append("shape"); return (1,)
    @property
    def __class__(self): ran.append("class"); return list
class TouchyList(list):
    def __len__(self): ran.append("len"); return 1
    def __getitem__(self, at): ran.append("item"); return 0
    def __iter__(self): ran.append("iter"); return iter(())
    def __repr__(self): ran.append("repr"); return ""
class TouchyDict(dict):
    def items(self): ran.append("items"); return ()
    def __len__(self): ran.append("len"); return 1
class Zone(datetime.tzinfo):
    def utcoffset(self, when): ran.append("zone"); return datetime.timedelta(0)
    def __repr__(self): ran.append("repr"); return ""
class Frame(pd.DataFrame):
    @property
    def shape(self): ran.append("shape"); return (1, 1)
Point = collections.namedtuple("Point", "x y")
class Colour(enum.Enum):
    RED = 1
touchy = Touchy(); items = TouchyList([1, 2]); entries = TouchyDict(a=1)
keyed = {touchy: 1, "a": 2}
when = datetime.datetime(2020, 1, 1, tzinfo=Zone()); sub = Frame({"a": [1]}); holds = [touchy] * 3
df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}); series = df["a"]
index = df.index; labels = pd.Index([1.5, 2.5]); of_numpy = [np.int64(1), {"k": np.float64(2.5)}]
frame = pl.DataFrame({"a": [1]})
table = pa.table({"a": [1, None]}); grid = xr.DataArray(np.zeros((3, 4)), dims=("i", "j"))
array = np.arange(12.0).reshape(3, 4); scalar = np.float64(2.5); point = Point(1, 2)
names = {"a": [1, 2], 5: {"b": 1}, (1, 2): 3}; colour = Colour.RED; error = ValueError("no")
number = 5; text = "ä\\n" * 1000; nothing = None; numbers = list(range(1000)); group = {3}
queue = collections.deque([1, 2, 3]); _private = 1
def function(): pass
ran.clear()
'''


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("df", ("DataFrame", "a, b", "2 × 2", "", 2)),
        ("series", ("Series", "[1, 2]", "2", "int64", 2)),
        ("index", ("RangeIndex", "range(0, 2)", "2", "int64", 2)),
        ("labels", ("Index", "[1.5, 2.5]", "2", "float64", 2)),
        ("of_numpy", ("list", "[1, {'k': 2.5}]", "", "", 2)),
        ("frame", ("DataFrame", "a", "1 × 1", "", 1)),
        ("table", ("Table", "a", "2 × 1", "", 2)),
        ("grid", ("DataArray", "[[0.0, 0.0, 0.0, 0.0], [0.0, ", "3 × 4", "float64", 3)),
        ("array", ("ndarray", "[[0.0, 1.0, 2.0, 3.0], [4.0, ", "3 × 4", "float64", 3)),
        ("scalar", ("float64", "2.5", "", "float64", None)),
        ("point", ("Point", "Point(x=1, y=2)", "", "", 2)),
        ("names", ("dict", "{'a': [1, 2], 5: {'b': 1}, (1", "", "", 3)),
        ("colour", ("Colour", "Colour.RED", "", "", None)),
        ("error", ("ValueError", "ValueError('no')", "", "", None)),
        ("number", ("int", "5", "", "", None)),
        ("text", ("str", "'ä\\nä\\nä\\n", "", "", 2000)),
        ("nothing", ("NoneType", "None", "", "", None)),
        ("queue", ("deque", "deque([1, 2, 3])", "", "", 3)),
        ("touchy", ("Touchy", "Touchy(size=3)", "", "", None)),
        ("items", ("TouchyList", "TouchyList([1, 2])", "", "", 2)),
        ("entries", ("TouchyDict", "TouchyDict({'a': 1})", "", "", 1)),
        ("holds", ("list", "[Touchy(size=3), Touchy(size=", "", "", 3)),
        ("when", ("datetime", "datetime.datetime(2020, 1, 1,", "", "", None)),
    ],
)
async def test_a_variable_is_told_with_what_it_is(
    bench: Bench, name: str, expected: tuple[str, str, str, str, int | None]
) -> None:
    kind, value, shape, dtype, length = expected
    found = await variable(bench, name)
    assert (found.type, found.shape, found.dtype, found.length) == (kind, shape, dtype, length)
    assert found.value.startswith(value)
    assert "\n" not in found.value
    assert found.expression == name


async def test_none_of_it_runs_code_of_the_user(bench: Bench) -> None:
    for sort in ("name", "type", "size", "recent"):
        await list_variables(bench, sort=sort, hidden=True)
    for name in ("touchy", "items", "entries", "keyed", "when", "sub", "holds", "Touchy"):
        for one in (await list_variables(bench, name)).variables:
            await list_variables(bench, name, one.key)
    await list_variables(bench, "keyed", filter="a")
    assert (await bench.run("print(ran)")).text == "[]\n"


async def test_modules_functions_classes_and_private_names_are_hidden(bench: Bench) -> None:
    shown = {one.name for one in (await list_variables(bench)).variables}
    hidden = {"np", "function", "Touchy", "_private", "In", "Out", "exit", "get_ipython"}
    assert not shown & hidden
    assert {"df", "number", "touchy"} <= shown
    whole = await list_variables(bench, hidden=True, count=1000)
    everything = {one.name for one in whole.variables}
    assert shown | hidden <= everything


async def test_pages_come_in_the_order_asked_for(bench: Bench) -> None:
    whole = await list_variables(bench)
    names = [one.name for one in whole.variables]
    assert names == sorted(names, key=str.casefold)
    assert whole.total == len(names)
    part = await list_variables(bench, start=3, count=4)
    assert [one.name for one in part.variables] == names[3:7]
    assert part.total == whole.total
    down = await list_variables(bench, descending=True)
    assert [one.name for one in down.variables] == names[::-1]
    sizes = [one.size or 0 for one in (await list_variables(bench, sort="size")).variables]
    assert sizes == sorted(sizes, reverse=True)
    types = [one.type for one in (await list_variables(bench, sort="type")).variables]
    assert types == sorted(types, key=str.casefold)
    found = await list_variables(bench, filter="DATAFRAME")
    assert [one.name for one in found.variables] == ["df", "frame"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["names"], [("'a'", "names['a']"), ("5", "names[5]"), ("(1, 2)", "names[(1, 2)]")]),
        (["names", "=5"], [("'b'", "names[5]['b']")]),
        (["point"], [("x", "point[0]"), ("y", "point[1]")]),
        (["df"], [("a", "df['a']"), ("b", "df['b']")]),
        (["df", "#0"], [("[0]", "df['a'].iloc[0]"), ("[1]", "df['a'].iloc[1]")]),
        (["frame"], [("a", "frame['a']")]),
        (["table", "#0"], [("[0]", "table['a'][0]"), ("[1]", "table['a'][1]")]),
        (["touchy"], [("kept", "touchy.kept"), ("size", "touchy.size")]),
        (["array", "#2"], [(f"[{at}]", f"array[2][{at}]") for at in range(4)]),
        (["queue"], [(f"[{at}]", f"queue[{at}]") for at in range(3)]),
        (["group"], [("[0]", "")]),
        (["number"], []),
        (["text"], []),
        (["sub"], [("a", "sub['a']")]),
    ],
)
async def test_what_lies_below(
    bench: Bench, path: list[str], expected: list[tuple[str, str]]
) -> None:
    found = await list_variables(bench, *path)
    assert [(one.name, one.expression) for one in found.variables] == expected
    assert found.total == len(expected)
    top = await variable(bench, path[0])
    assert top.children == bool((await list_variables(bench, path[0])).total)


async def test_every_expression_gives_what_is_shown_for_it(bench: Bench) -> None:
    for name in ("names", "point", "df", "array", "queue", "touchy", "numbers"):
        for one in (await list_variables(bench, name, count=5)).variables:
            ran = await bench.run(f"print({one.expression})")
            assert ran.reply["status"] == "ok"


async def test_children_come_in_pages(bench: Bench) -> None:
    found = await list_variables(bench, "numbers", start=990, count=20)
    assert [one.value for one in found.variables] == [str(at) for at in range(990, 1000)]
    assert found.total == 1000
    found = await list_variables(bench, "numbers", filter="[99", count=3)
    assert [one.name for one in found.variables] == ["[99]", "[990]", "[991]"]
    assert found.total == 11


async def test_a_search_in_a_long_list_ends_in_time(bench: Bench) -> None:
    await bench.run("long = list(range(3_000_000))")
    found = await list_variables(bench, "long", filter="[12]")
    assert [one.name for one in found.variables] == ["[12]"]
    assert not found.complete
    assert "in time" in found.message
    await bench.run("del long")


async def test_what_is_gone_is_said(bench: Bench) -> None:
    for path in (
        ["nowhere"],
        ["numbers", "#5000"],
        ["names", "='z'"],
        ["touchy", ".z"],
        ["numbers", "#z"],
    ):
        assert "Refresh the variables" in await refusal(bench, ListVariables(path))


async def test_changes_of_the_last_run_are_marked(bench: Bench) -> None:
    async def changed(source: str) -> set[str]:
        assert (await bench.run(source)).reply["status"] == "ok"
        found = await list_variables(bench, count=1000)
        return {one.name for one in found.variables if one.changed}

    assert await changed("fresh = 1; grown = [1]; filled = {}; values = np.zeros(3)") == {
        "fresh", "grown", "filled", "values",
    }  # fmt: skip
    assert await changed("pass") == set()
    assert await changed("grown.append(2); filled['a'] = 1; values[1] = 5") == {
        "grown", "filled", "values",
    }  # fmt: skip
    assert await changed("df.loc[0, 'a'] = 7; fresh = 2; touchy.size = 4") >= {"fresh", "touchy"}
    newest = await list_variables(bench, sort="recent", count=1)
    assert newest.variables[0].changed
    assert await changed("fresh = 2") == set()
    # Nothing is listed after some runs: their changes do not count for a later one.
    for source in ("grown.append(3)", "def grow(): grown.append(4)", "filled['b'] = 1", "grow()"):
        await bench.run(source)
    assert await changed("%%time\nvalues[2] = 6") == {"values"}
    await bench.run("await __import__('asyncio').sleep(0); filled['c'] = 1")
    assert await changed("%timeit -n1 -r1 grow()") == {"grown"}
    assert await changed("exec('filled = 2')") == {"filled"}


async def test_names_are_deleted_and_renamed_while_nothing_runs(bench: Bench) -> None:
    await bench.run("gone = 1; old = [1]\nclass Last:\n    def __del__(self): ran.append('end')\n")
    await bench.run("last = Last(); ran.clear()")
    assert await query_kernel(bench, DeleteVariable("gone"), NamespaceChanged)
    assert await query_kernel(bench, RenameVariable("old", "new"), NamespaceChanged)
    assert await query_kernel(bench, DeleteVariable("last"), NamespaceChanged)
    ran = await bench.run("print('gone' in globals(), 'old' in globals(), new, ran); ran.clear()")
    assert ran.text == "False False [1] ['end']\n"
    for question, why in (
        (DeleteVariable("gone"), "gone no longer exists"),
        (DeleteVariable("In"), "belongs to the kernel"),
        (RenameVariable("new", "number"), "number already exists"),
        (RenameVariable("new", "a b"), "cannot be a name"),
        (RenameVariable("new", "class"), "cannot be a name"),
    ):
        assert why in await refusal(bench, question)


async def test_a_running_cell_is_looked_into_and_not_changed(bench: Bench) -> None:
    source = "halfway = 1; go = False\nprint('there', flush=True)\nwhile not go: pass"
    run = bench.send(source)
    await bench.follower.until(lambda follower: "there" in follower.text(run))
    found = await variable(bench, "halfway")
    assert (found.value, found.changed) == ("1", True)
    assert not (await variable(bench, "numbers")).changed
    assert "A cell is running" in await refusal(bench, DeleteVariable("halfway"))
    assert "A cell is running" in await refusal(bench, RenameVariable("halfway", "h"))
    await bench.kernel.interrupt()
    await bench.follower.until(lambda follower: follower.ended(run))
    assert (await variable(bench, "halfway")).value == "1"


async def test_a_call_that_holds_the_interpreter_is_said(bench: Bench) -> None:
    source = """
import ctypes
import time
print('there', flush=True)
time.sleep(0.5)
ctypes.PyDLL(None).sleep(4)
"""
    run = bench.send(source)
    await bench.follower.until(lambda follower: "there" in follower.text(run))
    found: object = None
    async with asyncio.timeout(PATIENCE):
        while not isinstance(found, Unanswered):
            found = await query_variables(bench.kernel, ListVariables())
    assert "native call" in found.message
    await bench.follower.until(lambda follower: follower.ended(run))
    assert (await list_variables(bench)).total


async def test_looking_leaves_no_name_and_no_trace(bench: Bench) -> None:
    ran = await bench.run("import sys; print([n for n in sys.modules if 'cellbridge' in n])")
    assert ran.text == "[]\n"
    ran = await bench.run("print([n for n in globals() if 'cellbridge' in n or 'explorer' in n])")
    assert ran.text == "[]\n"
