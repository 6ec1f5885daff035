"""Lines for a debugger: between the open text and texts that ran, and those that can stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.debug.open_text import OpenText, TextThatRan
from cellbridge.core.debug.stopping_lines import (
    first_line_to_stop,
    line_to_stop,
    stopping_lines,
)
from cellbridge.core.runs.debug_status import TextCell
from cellbridge.core.runs.runs import Origin, Part, Run

LINES = st.lists(
    st.sampled_from(["x = 1", "y = x", "    y = x", "", "# note", "def f():", "print(x)", "z"]),
    min_size=1,
    max_size=8,
)


def run_of(source: str, line: int = 0, part: Part | None = None, cell_source: str = "") -> Run:
    return Run(
        id="r",
        cell_id="c",
        source=source,
        cell_source=cell_source or source,
        origin=Origin("/s.py", line),
        part=part,
        message="m",
    )


def opened(lines: list[str], at: int) -> OpenText:
    return OpenText([TextCell("c", at, "\n".join(lines))])


@given(lines=LINES, then=st.integers(0, 50), now=st.integers(0, 50))
def test_each_line_of_an_unchanged_text_is_itself(lines: list[str], then: int, now: int) -> None:
    ran = TextThatRan.of_run(run_of("\n".join(lines), then))
    text = opened(lines, now)
    for number in range(len(lines)):
        assert text.line_of(ran, then + number) == now + number
        assert text.line_in(ran, now + number) == then + number


@given(
    before=LINES, after=LINES, then=st.integers(0, 9), now=st.integers(0, 9), known=st.booleans()
)
def test_a_line_that_is_found_holds_the_same_text(
    before: list[str], after: list[str], then: int, now: int, *, known: bool
) -> None:
    source = "\n".join(before)
    ran = (
        TextThatRan.of_run(run_of(source, then))
        if known
        else TextThatRan("/run.py", "/s.py", then, "c", source)
    )
    text = opened(after, now)
    for number in range(-2, 20):
        found = text.line_of(ran, number)
        if found is not None:
            assert text.line(found).strip() == ran.line(number).strip()
            assert text.line_in(ran, found) == number
        back = text.line_in(ran, number)
        if back is not None:
            assert text.line_of(ran, back) == number


@given(lines=LINES, first=st.integers(0, 7), size=st.integers(0, 7), at=st.integers(0, 9))
def test_selected_lines_are_found_without_their_indentation(
    lines: list[str], first: int, size: int, at: int
) -> None:
    first = min(first, len(lines) - 1)
    last = min(first + size, len(lines) - 1)
    selected = [line.strip() for line in lines[first : last + 1]]
    run = run_of("\n".join(selected), at + first, Part(first, last), "\n".join(lines))
    ran, text = TextThatRan.of_run(run), opened(lines, at)
    for number in range(len(lines)):
        inside = first <= number <= last
        assert text.line_in(ran, at + number) == (at + number if inside else None)
        assert text.line_of(ran, at + number) == (at + number if inside else None)


@given(before=LINES, after=LINES, at=st.integers(0, 9))
def test_a_breakpoint_that_follows_edits_stays_in_its_cell(
    before: list[str], after: list[str], at: int
) -> None:
    old, new = opened(before, at), opened(after, at + 1)
    for number in range(-2, 20):
        now = old.follow(new, number)
        if now is not None:
            assert number == at - 1 or new.cell_at(now) is not None
        if 0 <= number - at < len(before) and before == after:
            assert now == number + 1


@given(source=st.text(max_size=60), line=st.integers(-3, 70))
def test_the_line_that_stops_is_one_of_the_text(source: str, line: int) -> None:
    found = line_to_stop(source, line)
    assert found is None or found in stopping_lines(source)
    assert found is None or 0 <= found <= source.count("\n")


@given(
    lines=st.lists(
        st.sampled_from(
            [
                "a = 1",
                "b(",
                "c",
                ")",
                "%time x()",
                "'''",
                "# d",
                "for i in j:",
                "  k",
                "",
                "@e",
                "def f(g=h):",
                "    'doc'",
            ]
        ),
        max_size=9,
    )
)
def test_any_lines_have_lines_that_stop(lines: list[str]) -> None:
    source = "\n".join(lines)
    for number in range(len(lines)):
        found = line_to_stop(source, number)
        if found is not None and found != number:
            assert number not in stopping_lines(source)


SOURCE = '''\
"""About the cell."""
import os
# a comment

@cache
def f(a: int = default()) -> list[int]:
    """About f."""
    global x

    x = call(
        a,
        1,
    )
    return [
        g(y)
        for y in x
    ]
%time f(1)
rows = [
    1,
    2,
]
try:
    f(2)
except ValueError:
    pass
'''


@pytest.mark.parametrize(
    ("line", "stop"),
    [
        (0, 1),  # a docstring
        (1, 1),
        (2, 4),  # a comment: the next statement, which begins with its decorator
        (5, 5),
        (6, 9),  # neither a docstring nor `global` runs
        (9, 9),
        (10, 10),  # an argument that is a name
        (11, 9),  # within a statement without code below: its first line
        (14, 14),  # a call in a comprehension
        (17, 17),  # a magic
        (19, 18),
        (22, 22),
        (24, 24),
        (26, None),  # after the end
        (99, None),
    ],
)
def test_a_breakpoint_moves_to_the_line_that_runs(line: int, stop: int | None) -> None:
    assert line_to_stop(SOURCE, line) == stop


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("\n\n# a\nx = 1", 3),
        ("    y = 1\n    z = 2", 0),  # the lines of a block
        ("%%bash\nls", 0),
        ("%%time\nf()", 0),  # the call of the magic
        ("x = (\n  # broken", 0),
    ],
)
def test_the_first_line_of_a_run(source: str, first: int | None) -> None:
    assert first_line_to_stop(source) == first


def test_another_clients_id_of_the_same_cell_is_no_obstacle() -> None:
    ran = TextThatRan.of_run(run_of("x = 1\ny = 2", 3))
    text = OpenText([TextCell("other", 5, "x = 1\ny = 2"), TextCell("third", 9, "x = 1")])
    assert text.line_of(ran, 4) == 6
    assert text.line_in(ran, 9) is None


def test_without_an_open_text_lines_are_those_of_the_script() -> None:
    ran = TextThatRan.of_run(run_of("x = 1\ny = 2", 3))
    assert OpenText().line_of(ran, 4) == 4
    assert OpenText().line_in(ran, 4) == 4
    assert OpenText().line_in(ran, 5) is None


def test_a_breakpoint_on_a_marker_moves_with_its_cell() -> None:
    assert opened(["x = 1"], 3).follow(opened(["x = 1"], 7), 2) == 6
    assert opened(["x = 1"], 3).follow(OpenText(), 2) is None
