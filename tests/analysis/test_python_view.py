"""Scripts as an analyser reads them."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.analysis.imports import find_imports
from cellbridge.analysis.python_view import mask_by_cells, mask_magics
from cellbridge.core.document.magics import mask
from cellbridge.core.document.text import split_lines

SCRIPT = """\
# %% 100 % sure!
%matplotlib inline
import numpy as np
files = !ls
# %% [markdown]
# What? 5 % more!
# %%
%%bash
for x in (
echo !?
# %%
np?
x = 5 % 3
"""


def test_each_cell_is_masked_by_itself() -> None:
    lines = mask_magics(SCRIPT).split("\n")
    ast.parse("\n".join(lines))
    assert [lines[n] for n in (0, 2, 4, 5, 12)] == [
        "# %% 100 % sure!",
        "import numpy as np",
        "# %% [markdown]",
        "# What? 5 % more!",
        "x = 5 % 3",
    ]
    assert "bash" not in mask_magics(SCRIPT)


@given(st.lists(st.sampled_from([*SCRIPT.splitlines(), '"""', "(", "\r", "ü"]), max_size=12))
def test_lines_and_columns_stay(lines: list[str]) -> None:
    script = "\n".join(lines)
    after = mask_magics(script)
    assert len(after) == len(script)
    assert list(map(len, split_lines(after))) == list(map(len, split_lines(script)))
    assert mask_magics(after) == after


TOKENS = [
    "%",
    "%%",
    "!",
    "?",
    "=",
    "==",
    "x",
    "time",
    "ls",
    " ",
    "\t",
    "\f",
    "#",
    "\r",
    "\n",
    '"""',
]


@given(st.lists(st.sampled_from(TOKENS), max_size=20).map("".join))
def test_the_look_beforehand_misses_no_magic(script: str) -> None:
    assert mask_magics(script) == mask_by_cells(script)
    # mask_by_cells masks each cell in the same way; a script of one cell equals mask() of it.
    if "%%" not in script:
        assert mask_magics(script) == mask(script)


def test_imports() -> None:
    script = "%time 1\nimport a.b, c as d\nfrom e import (\n  f,\n  g as h,\n)\nfrom i import *\n"
    names = [("import a.b, c as d", "a"), ("import a.b, c as d", "d")]
    names += [("from e import f, g as h", "f"), ("from e import f, g as h", "h")]
    assert find_imports(script) == names


def test_imports_of_broken_text() -> None:
    assert find_imports("import a\nx = (\n  from b import c\n") == [
        ("import a", "a"),
        ("from b import c", "c"),
    ]
