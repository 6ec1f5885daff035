"""Scripts for properties: made of the lines that matter to cells, and of any text at all.

``EXAMPLES_PER_PROPERTY`` sets how many examples each property of the core is given; the default is
what continuous integration has patience for.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st

from cellbridge.core.document.text import Change, Position, Range

EXAMPLES = int(os.environ.get("EXAMPLES_PER_PROPERTY", "100"))
many = settings(max_examples=EXAMPLES)
"""Decorates the properties that a bench-marked run gives 20,000 examples."""

_LINES = (
    "",
    "x = 1",
    "y = x",
    "    z",
    "def f():",
    "# %%",
    "#%%",
    "# %% title",
    "# %%% sub",
    "    # %% indented",
    "# %% [markdown]",
    '# %% t [md] tags=["a"]',
    '# %% {"k": 1}',
    "# %%time",
    "# In[3]:",
    "# COMMAND ----------",
    "# MAGIC %md",
    "# # Heading",
    "# ```",
    "# ```python",
    "# ~~~",
    '"""',
    "'''",
    '"""Doc."""',
    'x = """',
    'f"""{',
    "}",
    'f"{d["k"]}"',
    '"a\\',
    "it's",
    "# it's",
    "(",
    ")",
    "%time x",
    "!ls \\",
    "# %time x",
    "x?",
    "# ---",
    "# jupyter:",
    "#!/bin/sh",
)
LINES = st.sampled_from(_LINES)
_ENDINGS = st.sampled_from(["\n", "\n", "\n", "\n", "\r\n", "\r"])
FRAGMENT = st.lists(st.tuples(LINES, _ENDINGS), max_size=8).map(
    lambda lines: "".join(line + ending for line, ending in lines)
)
SCRIPT = st.one_of(
    st.lists(st.tuples(LINES, _ENDINGS), max_size=40).map(
        lambda lines: "".join(line + ending for line, ending in lines)
    ),
    st.text(max_size=60),
    st.binary(max_size=60).map(lambda content: content.decode("utf-8", "replace")),
)
SHORT = st.one_of(
    st.sampled_from(["", "\n", "x", '"', '"""', "'''", "#", "%%", "# %%\n", "\r", "`", "\\"]),
    FRAGMENT,
)
_POSITION = st.builds(Position, st.integers(0, 45), st.integers(0, 12))


def _change(start: Position, lines: int, column: int, text: str) -> Change:
    end = Position(start.line + lines, column if lines else max(start.column, column))
    return Change(Range(start, end), text)


CHANGE = st.builds(
    _change, _POSITION, st.sampled_from([0, 0, 0, 1, 2, 5]), st.integers(0, 12), SHORT
)
