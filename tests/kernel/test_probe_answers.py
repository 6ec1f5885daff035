"""The probe's answers about live objects; no user code runs for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.code_info import OBJECT
from support.kernels import Bench, prepared
from support.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = '''
import numpy as np, pandas as pd, polars as pl
from datetime import date
df = pd.DataFrame({"key": ["a", "b"], "when": pd.to_datetime(["2020-01-01"] * 2), "x": [1, 2.5]})
pf = pl.DataFrame({"key": ["a", "b"], "y": [1, 2]})
tree = {"one": 1, "two": {"three": 3}, 5: 6}
points = np.zeros(3, dtype=[("east", float), ("north", float)])
ran = []
class Touchy:
    """Touchy about being touched."""
    shared = 3
    def __init__(self, size: int = 1, *, unit="cm"): self.size = size
    def __getattr__(self, name): ran.append(name); raise AttributeError(name)
    def __getattribute__(self, name): ran.append(name); return object.__getattribute__(self, name)
    @property
    def area(self) -> date: ran.append("property"); return date.today()
    def grow(self, by, times=2): "Grow it."; ran.append("call"); return self
    def __repr__(self): ran.append("repr"); return "x"
    def __dir__(self): ran.append("dir"); return []
    def __len__(self): ran.append("len"); return 3
    def __eq__(self, other): ran.append("eq"); return True
    __hash__ = None
    @property
    def __class__(self): ran.append("class"); return int
touchy = Touchy()
held = {"it": touchy, "all": [touchy]}
ran.clear()
def make(alpha, *rest, beta: "int" = 3, **more) -> dict:
    """Make it."""
    ran.append("make")
def default(what=touchy): ...
import collections, os, threading, types
ns = types.SimpleNamespace(q1=1, inner=types.SimpleNamespace(q2=2))
local = threading.local()
local.val8 = 1
class AttrDict(dict):
    __getattr__ = dict.__getitem__
cfg = AttrDict(model=AttrDict(lr=0.1), name="run")
chain = collections.ChainMap({"first": 1}, {"second": 2})
proxy = types.MappingProxyType({"third": 3})
'''


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


async def offered(bench: Bench, marked: str) -> list[str]:
    code, _, after = marked.partition("$0")
    found = await bench.kernel.complete(code + after, len(code), PATIENCE)
    assert found.answered
    return [item.text for item in found.items]


async def check_offers(bench: Bench, marked: str, *names: str) -> None:
    assert set(names) <= set(await offered(bench, marked))


COLUMNS = ["key", "when", "x"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        *[
            (marked, COLUMNS)
            for marked in (
                'df["$0',
                'df[["$0',
                'df[["key", "$0',
                'df.loc[:, "$0',
                'df.loc[:, ["key", "$0',
                'df.groupby("$0',
                'df.groupby(["$0',
                'df.groupby("key")["$0',
                'df.query("$0',
                'df.query("x > 1 and $0',
                'df.sort_values(by="$0',
                'df.dropna().sort_values(["$0',
                'df.agg({"$0',
                "df['$0",
            )
        ],
        *[
            (marked, ["key", "y"])
            for marked in (
                'pf["$0',
                'pf.select("$0',
                'pf.select(pl.col("$0',
                'pf.group_by("$0',
                'pf.filter(pl.col("key") > 1).sort("$0',
                'pf.with_columns(pl.col("$0',
            )
        ],
        ('tree["$0', ["one", "two"]),
        ('tree["two"]["$0', ["three"]),
        ('{"alpha": 1}["$0', ["alpha"]),
        ('points["$0', ["east", "north"]),
        ('chain["$0', ["first", "second"]),
        ('proxy["$0', ["third"]),
    ],
)
async def test_keys(bench: Bench, marked: str, expected: list[str]) -> None:
    assert await offered(bench, marked) == expected


@pytest.mark.parametrize(
    ("marked", "names"),
    [
        ("np.$0", ["mean", "linalg", "ndarray"]),
        ("df.$0", ["groupby", "key", "when"]),
        ('df.groupby("key").$0', ["agg", "transform"]),
        ('df.groupby("key")["x"].$0', ["agg", "nlargest"]),
        ('df["when"].dt.$0', ["month", "isocalendar"]),
        ('df["x"].$0', ["to_frame", "str"]),
        ('pf.group_by("key").$0', ["agg"]),
        ('pl.col("key").$0', ["alias", "str"]),
        ('pd.read_csv("nothing").$0', ["groupby"]),
        ("make(1).$0", ["setdefault"]),
        ("touchy.$0", ["size", "shared", "area", "grow"]),
        ("touchy.area.$0", ["month", "isoformat"]),
        ("Touchy().$0", ["grow", "shared"]),
        ("make(1, be$0", ["beta=", "alpha="]),
        ("tou$0", ["touchy", "Touchy"]),
        ("%ti$0", ["%time", "%timeit"]),
        ("open('/$0", ["tmp/"]),
        ("ns.$0", ["q1", "inner"]),
        ("ns.inner.$0", ["q2"]),
        ("local.$0", ["val8"]),
        ("cfg.$0", ["model", "name"]),
        ("cfg.model.$0", ["lr"]),
        ('os.environ["$0', ["PATH"]),
    ],
)
async def test_names(bench: Bench, marked: str, names: list[str]) -> None:
    await check_offers(bench, marked, *names)


async def test_a_name_of_the_function_around_is_not_the_kernels(bench: Bench) -> None:
    assert await offered(bench, "def f(df):\n    df.$0") == []


async def test_a_list_from_the_object_itself_is_exact(bench: Bench) -> None:
    found = await bench.kernel.complete("x.\ndf.", 6, PATIENCE)
    assert (found.exact, found.receiver) == (True, "df")
    assert not (await bench.kernel.complete("df = 1\ndf.", 10, PATIENCE)).exact
    assert not (await bench.kernel.complete("tou", 3, PATIENCE)).exact


async def facts(bench: Bench, expression: str) -> dict[str, object]:
    found = await bench.kernel.inspect(expression, len(expression), PATIENCE)
    return found.data.get(OBJECT, {})


async def test_objects_are_described(bench: Bench) -> None:
    frame = await facts(bench, "df")
    assert frame["shape"] == [2, 3]
    assert frame["table"]["heads"] == ["", "key", "when", "x"]
    assert frame["table"]["rows"][1] == ["1", "b", "2020-01-01 00:00:00", "2.5"]
    assert (await facts(bench, "pf"))["table"]["rows"] == [["a", "1"], ["b", "2"]]
    assert (await facts(bench, "tree"))["value"] == "{'one': 1, 'two': {'three': 3}, 5: 6}"
    assert (await facts(bench, "points"))["shape"] == [3]
    assert (await facts(bench, "touchy"))["value"] == "Touchy(size=1)"
    assert (await facts(bench, "touchy.grow"))["signature"] == "grow(by, times=2)"
    assert (await facts(bench, "np.mean"))["kind"] == "function"
    assert (await facts(bench, "make"))["doc"] == "Make it."
    assert await facts(bench, "no_such_name") == {}


@pytest.mark.parametrize(
    ("code", "label", "active"),
    [
        ("make(", "make(alpha, *rest, beta: int = 3, **more) -> dict", "alpha"),
        ("make(1, ", "make(alpha, *rest, beta: int = 3, **more) -> dict", "*rest"),
        ("make(1, beta=", "make(alpha, *rest, beta: int = 3, **more) -> dict", "beta: int = 3"),
        ("make(1, other=", "make(alpha, *rest, beta: int = 3, **more) -> dict", "**more"),
        ("touchy.grow(1, ", "grow(by, times=2)", "times=2"),
        ("Touchy(", "Touchy(size: int = 1, *, unit='cm')", "size: int = 1"),
        ("default(", "default(what=Touchy(size=1))", "what=Touchy(size=1)"),
        ("len(", "len(obj, /)", "obj"),
    ],
)
async def test_signatures(bench: Bench, code: str, label: str, active: str) -> None:
    (found,) = (await bench.kernel.signature(code, len(code), PATIENCE)).items
    assert found.label == label
    start, end = found.parameters[found.active]
    assert label[start:end] == active


async def test_nothing_of_the_users_is_run(bench: Bench) -> None:
    for expression in ("touchy", "touchy.area", "touchy.grow", "held", 'held["it"]', "touchy.none"):
        code = f"{expression}."
        await bench.kernel.complete(code, len(code), PATIENCE)
        await bench.kernel.complete(f'{expression}["', len(expression) + 2, PATIENCE)
        await bench.kernel.inspect(expression, len(expression), PATIENCE)
        await bench.kernel.signature(f"{expression}(", len(expression) + 1, PATIENCE)
    assert (await bench.run("print(ran)")).text == "[]\n"
    modules = "import sys; print([m for m in sys.modules if 'cellbridge' in m])"
    assert (await bench.run(modules)).text == "[]\n"


async def test_a_frame_is_told_from_in_a_loop(bench: Bench) -> None:
    run = bench.send("print('on', flush=True)\nwhile True: pass")
    await bench.follower.until(lambda follower: "on" in follower.text(run))
    await check_offers(bench, 'df["$0', *COLUMNS)
    await check_offers(bench, "df.$0", "groupby")
    assert (await facts(bench, "df"))["shape"] == [2, 3]
    await bench.kernel.interrupt()
    await bench.follower.until(lambda follower: follower.ended(run))


async def test_who_asks_shortens_the_turns_of_the_interpreter(bench: Bench) -> None:
    loop = "while sys.getswitchinterval() == 0.005: pass"
    run = bench.send(f"import os, sys\nsys.setswitchinterval(0.005)\nprint('on')\n{loop}")
    await bench.follower.until(lambda follower: "on\n" in follower.text(run))
    # The cell ends because of a query, and for no other reason.
    await bench.kernel.inspect("df", 2, PATIENCE)
    await bench.follower.until(lambda follower: follower.ended(run))
    forked = "if (child := os.fork()) == 0: os._exit(sys.getswitchinterval() != 0.005)"
    assert (await bench.run(f"{forked}\nprint(os.waitpid(child, 0)[1])")).text == "0\n"


STUCK = """\
import threading
held = threading.Event()
try:
    get_ipython().kernel.iopub_thread.schedule(held.wait)
    with open({door!r}, "w"):
        pass
    while True:
        pass
finally:
    held.set()
"""


async def test_an_answer_does_not_wait_for_what_is_printed(bench: Bench, tmp_path: Path) -> None:
    door = tmp_path / "door"
    os.mkfifo(door)
    run = bench.send(STUCK.format(door=str(door)))
    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(door.read_bytes)
    for _ in range(2):
        # ipykernel gives up waiting for its thread that publishes after ten seconds.
        assert (await bench.kernel.inspect("df", 2, 5.0)).answered
    await bench.kernel.interrupt()
    await bench.follower.until(lambda follower: follower.ended(run))


SOCKETS = """\
import psutil
def ours(): return [c for c in psutil.Process().net_connections("unix") if c.laddr == {place!r}]
if (child := os.fork()) == 0: os._exit(len(ours()))
print(len(ours()), os.waitpid(child, 0)[1])
"""


async def test_the_line_is_the_kernels_own(bench: Bench) -> None:
    life = bench.kernel._life
    assert life is not None
    assert life.probe_socket is not None
    assert life.probe_socket.open
    # One that listens and one that is connected; what a cell forks has neither.
    code = SOCKETS.format(place=str(life.process.connection.probe_path))
    assert (await bench.run(f"import os\n{code}")).text == "2 0\n"


async def test_without_its_line_a_kernel_is_asked_on_the_control_channel(bench: Bench) -> None:
    life = bench.kernel._life
    assert life is not None
    assert life.probe_socket is not None
    life.probe_socket.close()
    await check_offers(bench, "df.$0", "groupby")
    assert (await facts(bench, "df"))["shape"] == [2, 3]
    await life.connect_probe()
    assert life.probe_socket.open
    assert (await facts(bench, "df"))["shape"] == [2, 3]
