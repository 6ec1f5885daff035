"""The names that a cell reads and writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.python.dataflow import NOTHING, names_of


def check_names(source: str, taken: str, given_: str) -> None:
    names = names_of(source)
    assert (" ".join(sorted(names.reads)), " ".join(sorted(names.writes))) == (taken, given_)


def test_what_a_cell_reads_and_binds() -> None:
    check_names("x = 1\ny = x + z", "z", "x y")
    check_names("import numpy as np, os.path\nnp.sum(a)", "a", "np os")
    check_names("total += 1", "total", "total")
    check_names("y = y + 1", "y", "y")


def test_functions_take_what_they_use_of_the_module() -> None:
    check_names("def f(a):\n    b = a\n    return b + scale", "scale", "f")
    check_names("def f():\n    return g()\ndef g():\n    return 1", "g", "f g")
    check_names("class A(Base):\n    size = width", "Base width", "A")


def test_the_names_of_comprehensions_are_their_own() -> None:
    check_names("[n * k for n in items if n]", "items k", "")
    check_names("squares = {a: b for a, b in pairs}", "pairs", "squares")


def test_setting_a_part_gives_the_whole() -> None:
    check_names("df['a'] = 1\nplot.axes.title = 'x'", "df plot", "df plot")


def test_magics_are_read_as_what_they_run() -> None:
    check_names("%time x = y", "y", "x")
    check_names("!ls", "", "")


def test_loops_and_conditions_may_not_have_bound_anything() -> None:
    check_names("for n in rows:\n    last = n\nlast", "last rows", "last n")


def test_what_is_no_python_has_no_names() -> None:
    assert names_of("x = = 1") is NOTHING
    assert names_of("x\0y") is NOTHING
    check_names("'\\d'", "", "")


@given(st.text(alphabet="abx =+()[]:\n\t'\"%!.,", max_size=60))
def test_reading_never_fails(source: str) -> None:
    names_of(source)
