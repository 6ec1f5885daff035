"""Closed strings that hold any number of markers, and the same with one string left open."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit
from support.any_text import many

SCRIPT_IN_A_STRING = '''# %%
TEMPLATE = """
# %% [markdown]
# Title

# %%
import os

# %% [markdown]
# More

# %%
print(1)
"""

# %%
print(TEMPLATE.count("%%"))
'''
_MARKERS = ("# %%", "# %% [markdown]", "# %% title", "#%%", "    # %% inner", "# In[3]:")
_CONTENT = (
    *("", "import os", "x = 1", "# Title", "Some prose: it's here.", "print('a')", 'd["k"] = "v"'),
    *(
        "def f():",
        "    return 1",
        "a == b",
        'say "hello" twice',
        "C:\\\\temp",
        "100 % (sure)",
        "key,",
    ),
)
_TAILS = ("", "foo", "    ", "the end.", "x = 1")
_FRAMES = (
    "{}",
    "T = {}",
    "print({})",
    "f(\n    {},\n    1,\n)",
    "T = textwrap.dedent({}).strip()",
    "def g():\n    return {}",
    "d = {{'a': {}, 'b': [1]}}",
    "for t in ({}, 'x'):\n    print(t)",
    "assert {} != 'x', t",
    "T = (\n    {}\n    + t\n)",
    "T = {} % (1, 2)",
)
_CODE = (
    "x = 1",
    'def f():\n    """Doc."""\n    return 1',
    "def f():\n    '''Doc.\n\n    More: of it.\n    '''",
    'class A:\n    """Doc of A.\n\n    Some text\n    """\n\n    y = 2',
    'y = f"{x!r:>10} {{}}"',
    "%time f(1)",
    "# a comment, don't",
    'print("a", "b")',
    'q = """one line"""',
)


@dataclass(frozen=True)
class Cell:
    """A cell of a generated script."""

    text: str
    closer: int | None
    """The position in the text of the quotes that close its string."""


@st.composite
def cells_with_strings(draw: st.DrawFn, frames: Sequence[str] = _FRAMES) -> Cell:
    quote = draw(st.sampled_from(['"""', "'''"]))
    prefix = draw(st.sampled_from(["", "", "f", "r", "b", "Rb", "rf"]))
    lines = draw(st.lists(st.sampled_from(_MARKERS + _CONTENT), min_size=1, max_size=30))
    # Quotes directly below a marker could as well open a string there.
    lines += [draw(st.sampled_from([line for line in _CONTENT if line.strip(" :,")]))]
    other = "'''" if quote == '"""' else '"""'
    if draw(st.booleans()):
        lines += [f"s = {other}nested{other}"]
    if "r" not in prefix.lower() and draw(st.booleans()):
        lines += [f"\\{quote[0]}\\{quote[0]}\\{quote[0]} escaped"]
    if "f" in prefix and draw(st.booleans()):
        lines += ["{x} {x!r:>10} {{braces}} {f'{1 + 1}'}"]
    tail = draw(st.sampled_from(_TAILS))
    body = prefix + quote + "\n".join([draw(st.sampled_from(("", "\\", "abc"))), *lines, tail])
    if "r" in prefix.lower() or "b" in prefix.lower():
        body = body.replace("\\\n", "\n")
    before, after = draw(st.sampled_from(frames)).format("\0").split("\0")
    above = draw(st.sampled_from(["", "import os\n", "x = 1\n\n"]))
    text = "# %% real\n" + above + before + body
    return Cell(text + quote + after + "\n\n", len(text))


PLAIN = st.sampled_from(_CODE).map(lambda code: Cell(f"# %% real\n{code}\n\n", None))
SCRIPTS = st.lists(st.one_of(cells_with_strings(), PLAIN), min_size=1, max_size=6)
USED = st.lists(st.one_of(cells_with_strings(_FRAMES[1:]), PLAIN), min_size=1, max_size=6)
"""Scripts whose strings are part of a statement. Quotes alone on their line open or close alike."""


def starts_of(content: str) -> list[int]:
    """Return the offsets at which the cells of a script begin."""
    starts, offset = [], 0
    for cell in parse(Text.of(content), PYTHON):
        starts.append(offset)
        offset += len(cell.slice)
    return starts


def expected_starts(script: list[Cell]) -> list[int]:
    starts, offset = [], 0
    for cell in script:
        starts.append(offset)
        offset += len(cell.text)
    return starts


def test_the_example_has_two_cells() -> None:
    cells = parse(Text.of(SCRIPT_IN_A_STRING), PYTHON)
    assert [cell.body_lines[0] for cell in cells] == [
        'TEMPLATE = """',
        'print(TEMPLATE.count("%%"))',
    ]


@pytest.mark.parametrize("count", [4, 40, 3000])
@pytest.mark.parametrize("kind", ['"""', "'''", "f'''", 'rb"""', 't"""'])
def test_any_number_of_markers_in_a_string(count: int, kind: str) -> None:
    content = f"# %% one\nT = f({kind}\n" + "# %% [md]\n# Some text.\n" * count
    content += f"{kind[-3:]}, 1)\n# %% two\n"
    assert [cell.lines[0] for cell in parse(Text.of(content), PYTHON)] == [
        "# %% one\n",
        "# %% two\n",
    ]


@many
@given(SCRIPTS)
def test_closed_strings_are_text(script: list[Cell]) -> None:
    content = "".join(cell.text for cell in script)
    assert starts_of(content) == expected_starts(script)


@many
@given(USED, st.data())
def test_a_string_left_open_hides_no_cell_below(script: list[Cell], data: st.DataObject) -> None:
    closable = [index for index, cell in enumerate(script) if cell.closer is not None]
    assume(closable)
    broken = data.draw(st.sampled_from(closable))
    cell = script[broken]
    content = "".join(cell.text for cell in script)
    place = expected_starts(script)[broken] + (cell.closer or 0)
    content = content[:place] + content[place + 3 :]
    found = starts_of(content)
    below = [start - 3 for start in expected_starts(script)[broken + 1 :]]
    assert set(below) <= set(found)


@many
@given(USED, st.data())
def test_a_string_typed_below_opens_no_closed_string(
    script: list[Cell], data: st.DataObject
) -> None:
    typed = data.draw(st.sampled_from(['x = """', "def f():\n    '''", 'print("""abc']))
    content = "".join(cell.text for cell in script)
    expected = [*expected_starts(script), len(content)]
    assert starts_of(f"{content}# %% typed\n{typed}\n") == expected


@many
@given(SCRIPTS, st.data())
def test_keystrokes_around_strings_give_what_a_fresh_reading_gives(
    script: list[Cell], data: st.DataObject
) -> None:
    text = Text.of("".join(cell.text for cell in script))
    cells = parse(text, PYTHON)
    for _ in range(data.draw(st.integers(1, 4))):
        line = data.draw(st.integers(0, len(text.lines) - 1))
        at = Position(line, data.draw(st.integers(0, len(text.line(line)))))
        change = Change(Range(at, at), data.draw(st.sampled_from(['"""', "'''", "x\n", "# %%\n"])))
        after = text.apply(change)
        edit = line_edit(text, change, after)
        cells = cells.apply_edit(after, edit.first, edit.removed, edit.inserted)
        text = after
        scratch = parse(text, PYTHON)
        assert cells == scratch
        assert cells.reaches == scratch.reaches


@many
@given(SCRIPTS)
def test_the_generated_scripts_are_python(script: list[Cell]) -> None:
    content = "".join(cell.text for cell in script if "%time" not in cell.text)
    ast.parse(content)
