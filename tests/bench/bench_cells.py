"""Cells in a script of 50,000 lines: reading it, and a keystroke in it.

Owns the script: 5,000 cells, of the kinds people write, the same in every run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from itertools import count

import jupytext

from bench.rows import Row, Timing
from cellbridge.core.document.cells import parse
from cellbridge.core.document.identity import Roster
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.names.visible import visible_names

CELLS = 5000
KEYSTROKES = 300
CODE = '''# %% Step {k}
import os  # comment
def function_{k}(a, b="x"):
    """Doc of {k}."""
    value = a + {k}
    for index in range(10):
        value += index * len(b)
    return value
result_{k} = function_{k}({k}, "text")

'''
MARKDOWN = """# %% [markdown] tags=["t{k}"]
# ## Heading {k}
# Some text with *words*, and it's fine.
#
# - a list
# - of two
#
# The end of it.


"""


def script() -> str:
    """Write the script."""
    return "".join((MARKDOWN if k % 7 == 3 else CODE).format(k=k) for k in range(CELLS))


def read_whole() -> Timing:
    """Read the text into cells with their markers' data; jupytext reads the same text."""
    content = script()

    def ours() -> None:
        for cell in parse(Text.of(content), PYTHON):
            assert cell.kind

    def peer() -> None:
        jupytext.reads(content, fmt="py:percent")

    ours()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(3)]
    return Timing([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def type_anywhere() -> Timing:
    """Type characters all over the script; each time text, cells and ids are brought up to date."""
    return Timing([sum(one) for one in keystrokes()])


def type_with_names() -> Timing:
    """Do the same, and bring the index of names up to date; the piece that changed is read."""
    text = Text.of(script())
    names = ScriptNames.of(parse(text, PYTHON))
    assert names.read_some(len(text.lines))
    return Timing([sum(one) for one in keystrokes(names)])


def keystrokes(names: ScriptNames | None = None) -> Iterator[tuple[float, float]]:
    """Type characters; yield how long text, cells and ids take, and how long the names."""
    choose = random.Random(1)
    text = Text.of(script())
    cells = names.cells if names else parse(text, PYTHON)
    numbers = count()
    roster = Roster(cells, tuple(f"id{k}" for k in range(len(cells))))
    for _ in range(KEYSTROKES):
        line = choose.randrange(len(text.lines) - 1)
        at = Position(line, choose.randrange(len(text.line(line)) + 1))
        change = Change(Range(at, at), choose.choice("x =(#\n\"'"))
        start = time.perf_counter()
        after = text.apply(change)
        lines = line_edit(text, change, after)
        cells = cells.apply_edit(after, lines.first, lines.removed, lines.inserted)
        roster = roster.after(cells, lambda: f"new{next(numbers)}")
        middle = time.perf_counter()
        if names:
            names = names.after(cells)
            assert names.read_some()
        yield middle - start, time.perf_counter() - middle
        text = after
    assert cells == parse(text, PYTHON)


def ask_for_names() -> Timing:
    """Ask for the names that begin with a letter, all over the script."""
    choose = random.Random(2)
    names = ScriptNames.of(parse(Text.of(script()), PYTHON))
    last = names.cells.line_count
    assert names.read_some(last)
    times: list[float] = []
    for _ in range(KEYSTROKES):
        at = Position(choose.randrange(last), 0)
        letter = choose.choice("fovri")
        times.append(seconds(lambda at=at, letter=letter: visible_names(names, at, letter)))
    return Timing(times)


def seconds(action: Callable[[], None]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


ROWS = (
    Row(
        name="Cells: reading a script of 50,000 lines, 5,000 cells",
        ours="`parse`, kinds and metadata included",
        peer="`jupytext.reads`",
        measure=read_whole,
        at_most=1 / 20,
    ),
    Row(
        name="Cells: a keystroke in that script",
        ours="text, cells and their ids updated",
        peer="",
        measure=type_anywhere,
        at_most_ms=2,
    ),
    Row(
        name="Names: a keystroke in that script",
        ours="text, cells, their ids and the index of names updated",
        peer="",
        measure=type_with_names,
        at_most_ms=2,
    ),
    Row(
        name="Names: the names in scope that begin with a letter, in that script",
        ours="`visible_names`, at most 300 names",
        peer="",
        measure=ask_for_names,
        at_most_ms=3,
    ),
)
