"""The frame that is selected in a kernel: its names, and the end of the selection."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cellbridge.core.code_info import OBJECT
from cellbridge.core.variables import DeleteVariable, RenameVariable
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.queries.selected_frame import FrameChoice
from support.kernels import PATIENCE, Bench, prepared
from support.tables import list_variables, refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """
import json, sys
ran = []
outside = [1, 2]
x = "of the session"
class Touchy:
    def __getattribute__(self, name): ran.append(name); raise ValueError
    def __repr__(self): ran.append("repr"); raise ValueError
    def __eq__(self, other): ran.append("eq"); raise ValueError
    __hash__ = None
class Names(dict):
    def items(self): ran.append("items"); raise ValueError
    def __iter__(self): ran.append("iter"); raise ValueError
class Prepared(type):
    @classmethod
    def __prepare__(cls, name, bases): return Names(kept=5)
class Mapping:
    def __init__(self): self.held = {}
    def __getitem__(self, name): return self.held[name]
    def __setitem__(self, name, value): ran.append(name); self.held[name] = value
class Elsewhere(type):
    @classmethod
    def __prepare__(cls, name, bases): return Mapping()
def fails(*args): raise KeyError("no")
def numbers(limit):
    for step in range(limit):
        yield step / (step - 1)
def closure(factor):
    unused = 1
    def inner(x):
        touchy = Touchy()
        return fails(x * factor)
    return inner
"""

CASES = [
    # What is run, the depth of the frame, and the names that it lists with their values.
    ("closure(3)(4)", 1, {"x": "4", "touchy": "<Touchy object>", "factor": "3"}),
    ("closure(3)(4)", 2, None),
    ("list(numbers(2))", 0, {"limit": "2", "step": "1"}),
    (
        "def f():\n    part = [fails(one) for one in outside]\n    return part\nf()",
        1,
        {} if sys.version_info >= (3, 12) else {"one": "1"},  # It ends with the comprehension.
    ),
    ("def f(n):\n    class A:\n        a = n\n        fails()\nf(7)", 1, {"a": "7", "n": "7"}),
    ("class A(metaclass=Prepared):\n    b = 1\n    fails()", 1, {"b": "1", "kept": "5"}),
    ("class A(metaclass=Elsewhere):\n    b = 1\n    ran.clear()\n    fails()", 1, {}),
    ("(lambda y, *more: fails(y))(1, 2)", 1, {"y": "1", "more": "(2,)"}),
    ("json.loads('{\"a\": }')", 0, {"s": "'{\"a\": }'", "idx": "0"}),
    ("async def g(z):\n    fails()\nawait g(8)", 1, {"z": "8"}),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


async def enter(bench: Bench, source: str, depth: int) -> str:
    """Run code that fails, and select a frame of its error; return the run's id."""
    run = await bench.run(source)
    assert run.reply["status"] == "error", run.reply
    await bench.kernel.select_frame(FrameChoice(depth, run.id))
    return run.id


async def value(bench: Bench, code: str, *, frame: bool = True) -> object:
    """Return the value that the kernel reports for the name at the end of some code."""
    found = await bench.kernel.inspect(code, len(code), PATIENCE, frame=frame)
    return found.data.get(OBJECT, {}).get("value")


@pytest.mark.parametrize(("source", "depth", "expected"), CASES)
async def test_a_frame_has_its_own_names(
    bench: Bench, source: str, depth: int, expected: dict[str, str] | None
) -> None:
    await bench.run("ran.clear()")
    await enter(bench, source, depth)
    found = {one.name: one.value for one in (await list_variables(bench)).variables}
    if expected is None:  # The frame of the cell itself.
        assert found["x"] == "'of the session'"
    else:
        assert expected.items() <= found.items()
        assert set(found) <= {*expected, "self"}
    assert (await bench.run("print(ran)")).text == "[]\n"


async def test_names_are_those_of_the_frame_then_of_its_module_then_of_python(bench: Bench) -> None:
    await enter(bench, "closure(3)(4)", 1)
    # The function's local name, as the text shows it: without a frame, no kernel knows it.
    code = "def inner(x):\n    return x"
    assert await value(bench, code) == "4"
    assert await value(bench, code, frame=False) is None
    assert await value(bench, "x", frame=False) == "'of the session'"
    assert [await value(bench, name) for name in ("outside", "unused")] == ["[1, 2]", None]
    found = await bench.kernel.complete("", 0, PATIENCE, frame=True)
    names = [one.text for one in found.items]
    assert {"factor", "touchy", "outside", "print"} <= set(names)
    assert not {"In", "unused"} & set(names)
    dotted = "def f(touchy):\n    factor."
    found = await bench.kernel.complete(dotted, len(dotted), PATIENCE, frame=True)
    assert "bit_length" in [one.text for one in found.items]
    call = "def f(fails):\n    fails("
    signature = await bench.kernel.signature(call, len(call), PATIENCE, frame=True)
    assert [one.label for one in signature.items] == ["fails(*args)"]


async def test_keys_of_a_local_dict_are_completed(bench: Bench) -> None:
    await enter(bench, "def f(d):\n    fails()\nf({'red': 1})", 1)
    code = 'def f(d):\n    d["'
    found = await bench.kernel.complete(code, len(code), PATIENCE, frame=True)
    assert "red" in [one.text for one in found.items]


async def test_the_frames_are_those_of_the_traceback(bench: Bench) -> None:
    run = await bench.run("closure(3)(4)")
    frames, depth = await bench.kernel.select_frame(FrameChoice(0, run.id))
    assert depth == 0
    assert [one.name for one in frames] == ["<module>", "inner", "fails"]
    assert frames == list(await bench.kernel.frames(run.id))


async def test_variables_of_a_frame_stay_as_they_are(bench: Bench) -> None:
    await enter(bench, "closure(3)(4)", 1)
    assert "Leave the frame" in await refusal(bench, DeleteVariable("x"))
    assert "Leave the frame" in await refusal(bench, RenameVariable("x", "y"))
    own = await list_variables(bench, only=["x"], session=True)
    assert [one.value for one in own.variables] == ["'of the session'"]
    both = await list_variables(bench, only=["outside", "x", "gone"])
    assert [(one.name, one.value) for one in both.variables] == [("outside", "[1, 2]"), ("x", "4")]


async def test_a_selection_ends(bench: Bench) -> None:
    run = await enter(bench, "closure(3)(4)", 1)
    await bench.kernel.select_frame(None)
    assert await value(bench, "x") == "'of the session'"
    await bench.kernel.select_frame(FrameChoice(1, run))
    assert await value(bench, "x") == "4"
    await bench.run("1")
    assert await value(bench, "x") == "'of the session'"
    await bench.kernel.select_frame(FrameChoice(1, run))  # The error is still the last one.
    await bench.run("fails()")
    with pytest.raises(KernelError, match="another error came later"):
        await bench.kernel.select_frame(FrameChoice(1, run))


async def test_no_object_is_held_by_a_selection(bench: Bench) -> None:
    await bench.run("import gc, weakref\nclass Big: pass")
    source = "def f():\n    global known\n    big = Big(); known = weakref.ref(big); fails()\nf()"
    await enter(bench, source, 1)
    assert await value(bench, "big") == "<Big object>"
    await bench.run("fails()")
    assert (await bench.run("gc.collect(); print(known())")).text == "None\n"


@pytest.mark.parametrize(
    ("source", "depth", "reason"),
    [
        ("1 +", 0, "did not run"),
        ("fails()", 2, "no such frame"),
        ("fails()", -1, "no such frame"),
    ],
)
async def test_a_frame_that_does_not_exist_is_refused(
    bench: Bench, source: str, depth: int, reason: str
) -> None:
    with pytest.raises(KernelError, match=reason):
        await enter(bench, source, depth)
