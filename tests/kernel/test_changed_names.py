"""The names that a run has changed, compared with a full comparison of all names."""

from __future__ import annotations

import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.kernel.probe import changed_names, reached_names
from cellbridge.kernel.probe.changed_names import ChangedNames, mark

NAMES = st.sampled_from("abcd")
FUNCTIONS = st.sampled_from(["f", "g"])
VALUES = st.sampled_from(["0", "1.5", "'text'", "[1]", "[[]]", "{'k': 1}", "{1}", "(1, [2])"])
TRY = "try:\n    {}\nexcept Exception:\n    pass"


def statement(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return statements in which each ``{}`` is one of some parts; a statement may fail."""
    return st.tuples(*parts).map(lambda chosen: TRY.format(text.format(*chosen)))


CHANGES = (
    statement("{} = {}", NAMES, VALUES),
    statement("del {}", NAMES),
    statement("{}.append(1)", NAMES),
    statement("{}['new'] = 1", NAMES),
    statement("{}.at = {}", NAMES, VALUES),
    statement("{} += [1]", NAMES),
    statement("{} = {} + 1", NAMES, NAMES),
    statement("from math import *"),
    statement("for {} in range(2): pass", NAMES),
    statement("{} = [{} for a in range(2)]", NAMES, NAMES),
    statement("print({}, end='')", NAMES),
    statement("{}()", FUNCTIONS),
    statement("o.change()"),
    statement("h()"),
)
DEFINITIONS = (
    st.tuples(FUNCTIONS, NAMES, VALUES).map(
        lambda one: f"def {one[0]}():\n    global {one[1]}\n    {one[1]} = {one[2]}"
    ),
    st.tuples(FUNCTIONS, NAMES).map(lambda one: f"def {one[0]}():\n    {one[1]}.append(2)"),
    st.tuples(FUNCTIONS, FUNCTIONS).map(
        lambda one: f"def {one[0]}(deep=0):\n    if deep < 3: {one[1]}(deep + 1)"
    ),
    NAMES.map(
        lambda name: (
            "class O:\n    @property\n    def size(self):\n        global size\n"
            f"        {name}.append(3)\n        size = {name}\n"
            "    def change(self): return self.size\no = O()"
        )
    ),
    FUNCTIONS.map(
        lambda name: (
            "import functools\ndef wrap(f):\n    @functools.lru_cache(None)\n"
            "    def inner(): return f()\n    return inner\n" + TRY.format(f"h = wrap({name})")
        )
    ),
)
HIDDEN = (
    statement("{} = {}", NAMES, NAMES),
    statement("{} = [{}]", NAMES, NAMES),
    statement("{}[0].append(1)", NAMES),
    statement('exec("{} = {}")', NAMES, VALUES),
    statement('exec("def {}(): {}.append(4)")', FUNCTIONS, NAMES),
    statement("exec('del {}')", NAMES),
    statement("globals()['{}'] = {}", NAMES, VALUES),
    statement("globals().update({}=1, new=2)", NAMES),
    statement("[change() for change in [f, g]]"),
)
"""Statements after which one object has several names, or that hide the names that they change."""


def cells(*kinds: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Return a few cells with statements of some kinds."""
    return st.lists(st.lists(st.one_of(kinds), max_size=4).map("\n".join), max_size=8)


class Notebook:
    """A namespace with its changes: ours, and by a comparison of all names after each run."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.changes = ChangedNames(self.names)
        self._marks = self._whole()

    def _whole(self) -> dict[str, Any]:
        return {name: mark(obj) for name, obj in self.names.items()}

    def run(self, cell: str) -> set[str]:
        """Run a cell; return the names that a full comparison finds to be changed."""
        self.changes.before()
        code = compile(cell, "<cell>", "exec")
        self.changes.compiled(code)
        exec(code, self.names)
        self.changes.after()
        before, self._marks = self._marks, self._whole()
        return {name for name, now in self._marks.items() if before.get(name) != now}

    def listed(self) -> set[str]:
        """List all names; return those that the last run has changed."""
        run = self.changes.run
        return {one for one, obj in self.names.items() if self.changes.changed_in(one, obj) == run}


def check_changes(source: list[str], *, listed: bool) -> None:
    """Check the changes of each cell if the names are ``listed`` each time, or of the last only."""
    notebook = Notebook()
    found = set[str]()
    for cell in source:
        found = notebook.run(cell)
        if listed:
            assert notebook.listed() == found
    if source:
        assert notebook.listed() == found


@given(cells(*CHANGES, *DEFINITIONS, *HIDDEN))
@settings(max_examples=200)
def test_a_view_that_is_open_shows_what_a_full_comparison_finds(source: list[str]) -> None:
    check_changes(source, listed=True)


@given(cells(*CHANGES, *DEFINITIONS))
@settings(max_examples=200)
def test_what_the_code_shows_is_known_for_each_run_without_a_view(source: list[str]) -> None:
    check_changes(source, listed=False)


def test_a_cell_that_replaces_what_it_has_called_has_changed_what_that_reached() -> None:
    define = "def f(): {}.append(1)"
    check_changes(
        [f"a, b = [0], [0]\n{define.format('b')}", f"f()\n{define.format('a')}"], listed=False
    )


def test_a_change_that_the_code_hides_counts_for_the_latest_run() -> None:
    notebook = Notebook()
    for cell in ("a = []\nb = {'a': a}", "b['a'].append(1)", "c = 1"):
        notebook.run(cell)
    assert notebook.listed() == {"a", "c"}


def test_a_run_compares_the_same_names_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[object] = []

    def counted(obj: object) -> tuple[object, ...]:
        compared.append(obj)
        return mark(obj)

    notebook = Notebook()
    notebook.run("for number in range(20_000): globals()[f'name{number}'] = []")
    monkeypatch.setattr(changed_names, "mark", counted)
    notebook.run("a = name5")
    assert compared == [[], []]


def test_names_that_come_and_go_leave_nothing() -> None:
    notebook = Notebook()
    for number in range(100):
        notebook.run(f"exec('x{number} = 1')")
        notebook.run(f"exec('del x{number}')")
    assert set(notebook.changes.marks) == set(notebook.names)


def test_a_hurried_comparison_marks_nothing_by_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook()
    monkeypatch.setattr(changed_names, "SECONDS", -1.0)
    many = "\n".join(f"x{number} = [{number}]" for number in range(100))
    notebook.run(many)
    monkeypatch.setattr(changed_names, "SECONDS", 60.0)
    notebook.run("x0 = 2.5")
    assert notebook.listed() == {"x0"}
    notebook.run("x99.append(1)")
    assert notebook.listed() == {"x99"}


def test_the_walk_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached_names, "CODE_LIMIT", 5)
    names: dict[str, Any] = {}
    exec("\n".join(f"def f{at}(): f{at + 1}()" for at in range(100)), names)
    found = reached_names.reached_names([compile("f0()", "<cell>", "exec")], names)
    assert list(found) == ["f0", "f1", "f2", "f3", "f4"]


class Hostile(type):
    """A class whose own code must not run."""

    def __getattribute__(cls, name: str) -> Any:
        raise AssertionError(name)


def test_no_code_of_the_user_runs() -> None:
    class Value(metaclass=Hostile):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

    notebook = Notebook()
    notebook.names.update(value=Value(), kind=Value, __name__=Value())
    notebook.names["method"] = types.MethodType(Value, Value())
    notebook.run("value, kind, method, __name__")
    assert notebook.run("x = value, kind, method, __name__") == notebook.listed() == {"x"}
