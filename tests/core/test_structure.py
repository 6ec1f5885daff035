"""The outline, folds, growing selections and links of scripts, printed for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inline_snapshot import snapshot

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.structure import Symbol, folds, levels, links, outline
from cellbridge.core.document.text import Text
from support.fixture import without_cursor

SCRIPT = '''#!/usr/bin/env python
# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # Analysis
#
# Some text.

# %% Load
import pandas as pd

PATH: str = "data.csv"
a, b = 1, 2


class Reader:
    """Reads."""

    limit = 3

    def read(self):
        x = 1
        return x

    async def close(self): ...


def main(
    path,
):
    """
    # %% not a cell
    """
    inner = 1

# %%% a detail
a = 3

# %% [markdown]
"""
Details
-------

See [the docs](docs/a.md) and <https://example.org/x>.
"""

# %%
!ls
plot(a)

# %% [markdown]
# # Results

# %%
'''


def printed(symbols: Iterable[Symbol], indent: str = "") -> Iterator[str]:
    for symbol in symbols:
        start, end = symbol.range.start.line, symbol.range.end.line
        at = symbol.selection.start.line
        yield f"{indent}{symbol.kind} {symbol.name!r} {start}-{end} at {at}"
        yield from printed(symbol.children, indent + "  ")


def check_outline(script: str, expected: str) -> None:
    found = "\n".join(printed(outline(parse(Text.of(script), PYTHON))))
    assert found == expected


def check_folds(script: str, expected: str) -> None:
    found = folds(parse(Text.of(script), PYTHON))
    assert "\n".join(f"{fold.first}-{fold.last} {fold.kind}" for fold in found) == expected


def check_levels(script: str, expected: list[str]) -> None:
    content, cursor = without_cursor(script)
    text = Text.of(content)
    assert [text.slice(area) for area in levels(parse(text, PYTHON), cursor)] == expected


def check_links(script: str, expected: list[str]) -> None:
    text = Text.of(script)
    found = links(parse(text, PYTHON))
    assert [link.target for link in found] == expected
    assert [text.slice(link.range) for link in found] == expected


def test_the_outline_hangs_cells_under_headings_and_names_under_cells() -> None:
    check_outline(
        SCRIPT,
        snapshot("""\
heading 'Analysis' 7-53 at 8
  cell 'Load' 12-41 at 12
    variable 'PATH' 15-15 at 15
    variable 'a' 16-16 at 16
    variable 'b' 16-16 at 16
    class 'Reader' 19-28 at 19
      method 'read' 24-26 at 24
      method 'close' 28-28 at 28
    function 'main' 31-37 at 31
    cell 'a detail' 39-41 at 39
      variable 'a' 40-40 at 40
  heading 'Details' 42-53 at 44
    cell '!ls' 50-53 at 50
heading 'Results' 54-58 at 55
  cell 'Cell 8' 57-58 at 57\
"""),
    )


def test_an_outline_of_broken_code() -> None:
    check_outline(
        "# %%\nclass A(\n# %%\ndef f(:\n  x = (\n# %% t\ny = 1\nif y:\n    z = 2\nw == 3\n",
        snapshot("""\
cell 'class A(' 0-1 at 0
  class 'A' 1-1 at 1
cell 'def f(:' 2-4 at 2
  function 'f' 3-4 at 3
cell 't' 5-10 at 5
  variable 'y' 6-6 at 6\
"""),
    )


def test_what_a_cell_without_a_title_is_called() -> None:
    check_outline(
        "\n# %%\n\n# %%\n# Read the data\nx\n# %% [md]\n# some *text*\n# %% [raw]\n# raw\n",
        snapshot("""\
cell 'Cell 2' 1-2 at 1
cell 'Read the data' 3-5 at 3
markdown 'some *text*' 6-7 at 6
raw 'raw' 8-10 at 8\
"""),
    )


def test_folds_nest() -> None:
    check_folds(
        SCRIPT,
        snapshot("""\
0-5 header
7-52 section
12-40 cell
39-40 cell
42-52 section
50-52 cell
54-57 section\
"""),
    )


def test_a_cell_owns_its_sub_cells() -> None:
    check_folds(
        "# %% a\n1\n# %%% b\n2\n# %%%% c\n3\n# %%% d\n4\n\n# %% e\n5\n",
        snapshot("""\
0-7 cell
2-5 cell
4-5 cell
6-7 cell
9-10 cell\
"""),
    )


def test_text_above_the_first_heading_folds_by_itself() -> None:
    check_folds(
        "# %% [md]\n# text\n# more\n# # A\n# a\n# ## B\n# b\n# %%\nx\n",
        snapshot("""\
0-2 cell
3-8 section
5-8 section
7-8 cell\
"""),
    )


def test_a_fence_in_markdown_has_no_headings() -> None:
    check_outline(
        "# %% [md]\n# # A\n# ```\n# # no\n# ```\n# B\n# ===\n",
        snapshot("""\
heading 'A' 0-4 at 1
heading 'B' 5-7 at 5\
"""),
    )


def test_a_selection_grows_to_the_cell_and_beyond() -> None:
    check_levels(
        "# %% [md]\n# # T\n\n# %% a\nx = 1\n  $0y\n\nz\n\n# %%% b\nw\n\n# %% c\n",
        snapshot(
            [
                "y",
                """\
x = 1
  y\
""",
                """\
x = 1
  y

z\
""",
                """\
# %% a
x = 1
  y

z
""",
                """\
# %% a
x = 1
  y

z

# %%% b
w
""",
                """\
# %% [md]
# # T

# %% a
x = 1
  y

z

# %%% b
w

# %% c
""",
            ]
        ),
    )
    check_levels("x$0", snapshot(["x"]))
    check_levels(
        "# %% a$0\n\n# %%\n",
        snapshot(
            [
                "# %% a",
                "# %% a\n",
                """\
# %% a

# %%
""",
            ]
        ),
    )


def test_links_in_markdown_cells() -> None:
    check_links(SCRIPT, ["docs/a.md", "https://example.org/x"])
    check_links(
        "# %% [md]\n# ![](img/a_(1).png) [b](<with blank.md> 't') `[no](code)`\n"
        "# [ref]: ../x.md\n# ```\n# [no](fence)\n# ```\n"
        "# https://a.org/b_(c), (https://d.org/e). <mailto:a@b.c>\n"
        "# %%\n# [no](comment) https://x.org\n",
        [
            "img/a_(1).png",
            "with blank.md",
            "../x.md",
            "https://a.org/b_(c)",
            "https://d.org/e",
            "mailto:a@b.c",
        ],
    )
