"""The values that are shown while code is stepped through, with the stops of real code."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from cellbridge.core.names.stepped_values import (
    MODULE,
    SteppedValues,
    scope_at,
    scopes,
    values_at_stop,
)

Scopes = dict[tuple[str, int], SteppedValues]


def stops(source: str) -> list[tuple[int, str, dict[str, str]]]:
    """Run code; return the line, the function and the values before each of its lines."""
    found: list[tuple[int, str, dict[str, str]]] = []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != "<cell>":
            return None
        if event == "line":
            names = {name: repr(value) for name, value in frame.f_locals.items()}
            found.append((frame.f_lineno - 1, frame.f_code.co_name, names))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(compile(source, "<cell>", "exec"), {"earlier": 0})
    finally:
        sys.settrace(before)
    return found


def shown_at_stops(source: str) -> list[dict[int, list[str]]]:
    """Step through all lines; return the text of each line at each stop, in its scope."""
    known: Scopes = {}
    texts: list[dict[int, list[str]]] = []
    for line, name, values in stops(source):
        scope = scope_at(source, line, name)
        if scope is None:  # A comprehension, which has a frame of its own before Python 3.12.
            continue
        key = (scope.name, scope.first)
        known[key] = now = values_at_stop(known.get(key), scope, [line], values)
        text: dict[int, list[str]] = {}
        for each, at in now.shown.items():
            text.setdefault(at, []).append(f"{each} = {now.known[each]}")
        texts.append(text)
    return texts


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("x = 1\ny = x\nx", {0: ["x = 1"], 1: ["y = 1"]}),
        ("x = 1\nx = 1\nx", {1: ["x = 1"]}),
        ("x = [\n    1,\n]\nx", {2: ["x = [1]"]}),
        ("a, b = 1, 2\na", {0: ["a = 1", "b = 2"]}),
        ("for i in [7, 8]:\n    x = i\nx", {0: ["i = 8"], 1: ["x = 8"]}),
        ("if True:\n    x = 1\nelse:\n    x = 2\nx", {1: ["x = 1"]}),
        ("import sys\ny = 2\ny", {1: ["y = 2"]}),
        ("x = [i for i in [1]]\nx", {0: ["x = [1]"]}),
        ("(y := 3)\ny", {0: ["y = 3"]}),
        ("with open('/dev/null') as f:\n    n = 1\nn", {1: ["n = 1"]}),
        ("x = 1\ndel x\n1", {}),
        ("class A:\n    x = 1\n    y = 2", {1: ["x = 1"]}),
        (
            "match [1, 2]:\n    case [a, *b]:\n        c = a\nc",
            {1: ["a = 1", "b = [2]"], 2: ["c = 1"]},
        ),
        ("try:\n    raise KeyError\nexcept KeyError as e:\n    pass", {2: ["e = KeyError()"]}),
        ("def f():\n    global x\n    x = 5\nf()\nx", {2: ["x = 5"]}),
        ("if True:\n    def f(): pass\n    import sys as s\n    x: int = 1\nx", {3: ["x = 1"]}),
    ],
)
def test_a_line_that_ran_shows_its_names(source: str, last: dict[int, list[str]]) -> None:
    shown = shown_at_stops(source)[-1]
    assert {line: said for line, said in shown.items() if "TextIO" not in said[0]} == last


def test_a_function_shows_its_parameters_and_its_own_lines() -> None:
    source = "def f(a, *more, b=2):\n    c = a + b\n    return c\nf(1)\ny = 3\ny"
    at_stops = shown_at_stops(source)
    assert at_stops[2] == {0: ["a = 1", "more = ()", "b = 2"]}
    assert at_stops[3] == {0: ["a = 1", "more = ()", "b = 2"], 1: ["c = 3"]}
    assert at_stops[-1] == {4: ["y = 3"]}


def test_older_values_are_not_shown_before_their_line_has_run() -> None:
    scope = scope_at("x = 1\ny = 2", 0, MODULE)
    assert scope is not None
    first = values_at_stop(None, scope, [0], {"x": "1", "y": "9", "other": "0"})
    assert first.shown == {}
    second = values_at_stop(first, scope, [1], {"x": "1", "y": "9"})
    assert second.shown == {"x": 0}
    missed = values_at_stop(None, scope, [0, 1], {"x": "1", "y": "9"})
    assert missed.shown == {"x": 0}


def test_a_value_that_changed_elsewhere_is_shown_at_the_last_line_that_bound_it() -> None:
    source = "x = []\nx.append(1)\nx = x\n"
    scope = scope_at(source, 1, MODULE)
    assert scope is not None
    first = values_at_stop(None, scope, [1], {"x": "[]"})
    assert values_at_stop(first, scope, [2], {"x": "[1]"}).shown == {"x": 0}


@pytest.mark.parametrize("source", ["x = (", "\0", "%%bash\nls", "!ls", "", "x = " + "(" * 500])
def test_any_text_can_be_read(source: str) -> None:
    (whole,) = scopes(source)
    assert whole.names in ([], ["x"])
    assert scope_at("x = 1", 0, "<lambda>") is None
