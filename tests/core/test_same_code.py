"""The comparison of two versions of a cell."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.python.same_code import is_same_code


def check_same(before: str, after: str, *, same: bool) -> None:
    assert is_same_code(before, after, python=True) is same
    assert is_same_code(after, before, python=True) is same


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 1  # one"),
        ("x = 1", "\n# one\nx = 1\n\n"),
        ("f(1, 2)", "f(1,\n  2,\n)"),
        ("if x:\n  y", "if x:\n\n        y  # deep\n"),
        ("%time f()\nx", "# timed\n%time f()\nx  # it"),
        ("!ls\nx", "!ls\n\nx"),
        ("f?", "f?  "),
        ("x;", "x ; # quiet"),
        ("'ä'; 1;", "'ä';1;"),
        ("await f()", "await  f()"),
    ],
)
def test_comments_and_spacing_do_not_count(before: str, after: str) -> None:
    check_same(before, after, same=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 2"),
        ("x", "x;"),
        ("'ä'; x", "'ä'; x;"),
        ("'# a'", "'# b'"),
        ("'''a\n# one\n'''", "'''a\n# two\n'''"),
        ("def f():\n    'doc'", "def f():\n    'Doc'"),
        ("%time f()", "%timeit f()"),
        ("%time f() # a", "%time f() # b"),
        ("!ls", "!ls # all"),
        ("%%bash\nls", "%%bash\nls # all"),
        ("%%time\nx", "%%time\nx # one"),
        ("f?", "f??"),
        ("x +", "x + # one"),
        ("# %%time\nx", "%%time\nx"),
        ("if x:\n    y\nz", "if x:\n    y\n    z"),
    ],
)
def test_everything_else_counts(before: str, after: str) -> None:
    check_same(before, after, same=False)


def test_in_other_languages_only_the_text_counts() -> None:
    assert is_same_code("x <- 1\n", "x <- 1", python=False)
    assert not is_same_code("x <- 1", "x <- 1 # one", python=False)


pieces = st.lists(
    st.sampled_from(
        ["x", "=", "1", "# c", "\n", "    ", "'a'", '"""', ";", "%time ", "(", ")", "?"]
    ),
    max_size=12,
).map("".join)


@given(pieces, pieces)
def test_the_same_code_has_the_same_syntax_tree(before: str, after: str) -> None:
    same = is_same_code(before, after, python=True)
    assert is_same_code(after, before, python=True) is same
    try:
        trees = ast.dump(ast.parse(before)), ast.dump(ast.parse(after))
    except SyntaxError:
        return
    if same:
        assert trees[0] == trees[1]


@given(st.text(), st.text())
def test_any_text_can_be_compared(before: str, after: str) -> None:
    is_same_code(before, after, python=True)
    assert is_same_code(before, before, python=True)
