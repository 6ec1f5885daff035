"""Magics in comments: which are run, which are prose; and their masking for analysers."""

from __future__ import annotations

import ast
import warnings

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.magics import mask
from cellbridge.core.document.text import Text


def check_source(body: str, expected: str, name: str = "a.py") -> None:
    """Compare what a kernel is sent for a cell with this body."""
    comment = language_of(name).comment
    cells = parse(Text.of(f"{comment} %%\n{body}"), language_of(name))
    assert cells[0].source == expected
    assert expected.count("\n") == body.count("\n")


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("# %time x", "%time x"),
        ("#%time x", "%time x"),
        ("#!%time x", "%time x"),  # as VS Code writes it
        ("    # %time x", "    %time x"),
        ("# %matplotlib inline", "%matplotlib inline"),
        ("# %load_ext autoreload", "%load_ext autoreload"),
        ("# %my_magic --flag", "%my_magic --flag"),
        ("# %time?", "%time?"),
        ("# !ls -l", "!ls -l"),
        ("#!ls -l", "!ls -l"),
        ("#!!ls", "!ls"),
        ("# !!ls", "!!ls"),
        ("# !pip install x", "!pip install x"),
        ("# files = !ls", "files = !ls"),
        ("# t = %timeit -o x", "t = %timeit -o x"),
        ("# df.head?", "df.head?"),
        ("# ?df.head", "?df.head"),
        ("# print?", "print?"),
        ("# x??", "x??"),
        ("# ??x", "??x"),
        ("# %%time", "%%time"),
        ("#%%bash -e", "%%bash -e"),
    ],
)
def test_a_commented_magic_is_uncommented(line: str, sent: str) -> None:
    check_source(line + "\n", sent + "\n")


@pytest.mark.parametrize(
    "line",
    [
        # jupytext makes code of each of these.
        "# cd into the folder",
        "# ls is a command",
        "# echo of past",
        "# ! Important",
        "# ?why",
        "# really?",
        "# %d formats an int",
        "# %s and %s",
        "# %time is a magic that prints how long a line takes",
        "# %percent signs are nice",
        "# is this right?",
        "#!/usr/bin/env python",
        "#!/bin/sh",
        "# % of it",
        "# 50 %",
        "# ?",
        "# !",
        "# x = %d",
        "# Really!",
    ],
)
def test_prose_stays_a_comment(line: str) -> None:
    check_source(f"{line}\n", f"{line}\n")


def test_a_cell_magic_counts_only_where_the_cell_begins() -> None:
    check_source("\n# %%time\nx\n", "\n%%time\nx\n")
    check_source("x\n# %%time\n", "x\n# %%time\n")


def test_magics_inside_strings_and_brackets_are_text() -> None:
    body = 's = """\n# %time x\n"""\nf(\n# %time x\n)\n'
    check_source(body, body)


def test_a_magic_goes_on_after_a_backslash() -> None:
    check_source("# !ls \\\n#   -l\nx\n", "!ls \\\n  -l\nx\n")


def test_lines_end_in_line_feeds_and_keep_their_number() -> None:
    check_source("x\r\n# %time y\r\n", "x\n%time y\n")


def test_other_languages() -> None:
    check_source("// %%html\n<p>\n", "%%html\n<p>\n", "a.js")
    check_source("// %d formats\n", "// %d formats\n", "a.cpp")
    check_source("// #!time\n", "#!time\n", "a.cs")
    check_source("// :dep x\n", ":dep x\n", "a.rs")


def test_databricks_lines() -> None:
    check_source("# MAGIC %sql\n# MAGIC select 1\n", "%%sql\nselect 1\n")
    check_source("# MAGIC %sh ls\n", "%%bash ls\n")
    check_source("# DBTITLE 1,Title\n# MAGIC %sql select 1\n", "\n%%sql select 1\n")
    check_source("# MAGIC %python\n# MAGIC x = 1\n", "\nx = 1\n")
    check_source("# MAGIC %run ./other\n", "%run ./other\n")


def test_a_cell_in_another_language_gets_its_cell_magic_on_the_markers_line() -> None:
    text = Text.of('# %% language="bash" magic_args="-e"\n# ls\n# echo 1\n')
    cell = parse(text, language_of("a.py"))[0]
    assert cell.body_offset == 0
    assert cell.source == "%%bash -e\nls\necho 1\n"
    assert cell.last_code_line == 2


def test_a_cell_that_is_active_only_in_notebooks_is_uncommented() -> None:
    text = Text.of('# %% tags=["active-ipynb"]\n# x = 1\n# # y\n')
    assert parse(text, language_of("a.py"))[0].source == "x = 1\n# y\n"


# --- Masking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ("%time f(x)", "0    ;f(x)"),
        ("%timeit -n 10 -r 3 f(x)", "0                 ;f(x)"),
        ("    %prun f(x)", "    0    ;f(x)"),
        ("%matplotlib inline", "0                 "),
        ("!ls -l", "0     "),
        ("x = !ls", "x = [] "),
        ("x = %who_ls", "x = None   "),
        ("df.head?", "df.head "),
        ("df??", "df  "),
        ("?df", "+df"),
        ("??df.head", "++df.head"),
        ("%time?", "0     "),
        ("%%time\nf(x)", "0     \nf(x)"),
        ("%%timeit -n 1 y = 2\nf(x)", "0            ;y = 2\nf(x)"),
        ("%%bash\nls 'x\n\necho", "0     \n     \n\n    "),
        ("!ls \\\n  -l\nx", "0    \n    \nx"),
        ("(a\n% b)", "(a\n% b)"),
        ('"""\n%time x\n"""', '"""\n%time x\n"""'),
        ("x = 5 % y", "x = 5 % y"),
        ("# why?", "# why?"),
        ("x = 1  # ok?", "x = 1  # ok?"),
        ("'really?'", "'really?'"),
        ('"""Is it?\n"""', '"""Is it?\n"""'),
        ("%%bash\na\r\n\r", "0     \n \r\n\r"),
    ],
)
def test_a_masked_magic_is_python_of_the_same_length(source: str, masked: str) -> None:
    assert mask(source) == masked
    assert len(masked) == len(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(masked if masked.lstrip() == masked else f"if x:\n{masked}")
