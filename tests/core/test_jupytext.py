"""Agreement with jupytext on boundaries, types, titles and metadata; and where we differ."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from support.jupytext_oracle import (
    CellSummary,
    cellbridge_cells,
    generated_script,
    jupytext_cells,
    real_scripts,
)

GENERATED = 400


def test_generated_scripts_read_as_jupytext_reads_them() -> None:
    for seed in range(GENERATED):
        content = generated_script(seed)
        assert cellbridge_cells(content) == jupytext_cells(content), f"seed {seed}"


def test_real_scripts_read_as_jupytext_reads_them() -> None:
    scripts = list(real_scripts(limit=100))
    assert scripts, "no installed package ships a script with a cell"
    for path in scripts:
        content = path.read_text("utf-8", "replace").replace("\r\n", "\n")
        if len(content) < 200_000:  # jupytext takes a second for each 10,000 lines
            assert cellbridge_cells(content) == jupytext_cells(content), path


LANGUAGES = (
    *(("R", "#"), ("jl", "#"), ("sh", "#"), ("ts", "//"), ("cpp", "//"), ("hs", "--")),
    *(("lua", "--"), ("m", "%"), ("clj", ";;"), ("pro", ";"), ("q", "/"), ("go", "//")),
)


@pytest.mark.parametrize(("extension", "comment"), LANGUAGES)
def test_other_languages_read_as_jupytext_reads_them(extension: str, comment: str) -> None:
    content = f"""{comment} %% one [markdown] tags=["a"]
{comment} # Text
{comment}%% two key=1
x = 1
{comment} %%% three
y
    {comment} In[3]:
z
"""
    assert cellbridge_cells(content, extension) == jupytext_cells(content, extension)
    assert [cell.title for cell in cellbridge_cells(content, extension)] == [
        "one",
        "two",
        "three",
        "",
    ]


@pytest.mark.parametrize(("extension", "lead", "end"), [("ml", "(*", "*)"), ("mac", "/*", "*/")])
def test_block_comment_languages(extension: str, lead: str, end: str) -> None:
    content = f"{lead} %% one [markdown] {end}\n{lead} text {end}\n{lead} %% k=1 {end}\nlet x = 1\n"
    assert cellbridge_cells(content, extension) == jupytext_cells(content, extension)
    assert [cell.metadata for cell in cellbridge_cells(content, extension)] == [{}, {"k": 1}]


# --- Where we differ ------------------------------------------------------------------------------


def check_differs(content: str, mine: list[str], jupytexts: list[str]) -> None:
    """Compare the texts of the cells."""
    assert [cell.text for cell in jupytext_cells(content)] == jupytexts, "jupytext has changed"
    assert [cell.text for cell in cellbridge_cells(content)] == mine


def test_an_open_string_hides_no_cells() -> None:
    # jupytext reads all that follows as one string; a user who types would lose every cell.
    check_differs('# %%\nx = """\n# %%\ny = 1\n', ['x = """', "y = 1"], ['x = """\n# %%\ny = 1'])


def test_an_escaped_quote_ends_no_string() -> None:
    # jupytext takes the second quote of \''' for an opening one.
    content = "# %%\nx = '''a\\''' b'''\n# %%\ny = 1\n"
    check_differs(content, ["x = '''a\\''' b'''", "y = 1"], ["x = '''a\\''' b'''\n# %%\ny = 1"])


def test_only_line_ends_end_lines() -> None:
    # jupytext breaks the string at U+2028, so that it is none any more.
    check_differs("# %%\nx = 'a\u2028b'\n", ["x = 'a\u2028b'"], ["x = 'a\nb'"])


def test_line_ends_are_kept() -> None:
    content = "# %%\r\nx = 1\r\n# %%\r\ny\r\n"
    cells = parse(Text.of(content), PYTHON)
    assert [cell.slice for cell in cells] == ["# %%\r\nx = 1\r\n", "# %%\r\ny\r\n"]
    assert [cell.source for cell in cells] == ["x = 1", "y\n"]


def test_an_open_fence_hides_no_cells() -> None:
    # jupytext takes the fence of another cell for this one's end, code in between or not.
    content = "# %% [markdown]\n# ```python\n# %%\nx = 1\n# %% [markdown]\n# ```\n# a\n# ```\n"
    assert [cell.kind for cell in cellbridge_cells(content)] == ["markdown", "code", "markdown"]
    assert len(jupytext_cells(content)) == 1


def test_databricks_source_is_cells() -> None:
    # jupytext does not know this format.
    content = (
        "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC # Hi\n"
    )
    assert [(cell.kind, cell.text) for cell in cellbridge_cells(content)] == [
        ("code", "# Databricks notebook source\nx = 1"),
        ("markdown", "# Hi"),
    ]
    assert len(jupytext_cells(content)) == 1


def test_pycharms_markdown_is_markdown() -> None:
    # jupytext reads a code cell called "md" that holds a string.
    content = '#%% md\n"""\n# Title\n"""\n#%%\nx = 1\n'
    assert cellbridge_cells(content) == [
        CellSummary("markdown", "", 0, {}, "# Title"),
        CellSummary("code", "", 0, {}, "x = 1"),
    ]
    assert [cell.kind for cell in jupytext_cells(content)] == ["code", "code"]


def test_a_backslash_carries_a_string_over_the_line() -> None:
    # jupytext forgets single quotes at the line's end.
    check_differs("# %%\nx = 'a \\\n# %% b'\n", ["x = 'a \\\n# %% b'"], ["x = 'a \\", ""])


def test_quotes_in_a_magic_open_no_string() -> None:
    check_differs("# %%\n!echo '''\n# %%\nx\n", ["!echo '''", "x"], ["!echo '''\n# %%\nx"])
