"""The lines of a traceback, followed through edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.runs.runs import Frame, Origin, Run
from cellbridge.lsp.traceback_locations import followed, line_in


def check_followed(before: str, after: str, *, line: str, to: int | None) -> None:
    old, new = before.split(), after.split()
    assert followed(old, new, old.index(line)) == to


@pytest.mark.parametrize(
    ("after", "to"),
    [
        ("a b X c", 2),
        ("new a b X c", 3),
        ("a b X c new", 2),
        ("X c", 0),
        ("a changed X c", 2),
        ("new a changed X added c", 3),
        ("a b Y c", None),
        ("a b c", None),
        ("", None),
    ],
)
def test_a_line_is_followed_until_it_is_edited(after: str, to: int | None) -> None:
    check_followed("a b X c", after, line="X", to=to)


def test_between_edits_a_line_that_stands_there_twice_is_not_guessed() -> None:
    check_followed("a X c", "1 X 2 X 3", line="X", to=None)


lines = st.lists(st.sampled_from("abc"), min_size=1, max_size=8)


@given(lines, lines, lines)
def test_a_line_found_is_the_same_line(
    before: list[str], after: list[str], more: list[str]
) -> None:
    for number, line in enumerate(before):
        found = followed(before, after, number)
        assert found is None or after[found] == line
        assert followed(before, before, number) == number
        assert followed(before, before + more, number) == number
        assert followed(before, more + before, number) is not None


SHOWN = Run(
    id="2", cell_id="a", source="x = 1\ny = 2\nz()\nz()", cell_source="", origin=Origin("s", 10)
)


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (Frame("s", 11, "f", cell="a", cell_line=1, text="y = 2"), 1),
        (Frame("s", 90, "f", cell="a", cell_line=1, text="y = 2"), 1),
        (Frame("s", 11, "f", cell="b", cell_line=1, text="y = 2"), None),
        (Frame("s", 10, "f", cell="a", cell_line=0, text="y = 2"), 1),
        (Frame("s", 11, "f", cell="a", cell_line=1, text="y = 3"), None),
        (Frame("s", 13, "f", cell="a", cell_line=3, text="z()"), 3),
        (Frame("s", 11, "f", cell="a", cell_line=1, text="z()"), None),
        (Frame("s", 11, "f", cell="a", cell_line=1), 1),
        (Frame("s", 11, "f"), 1),
        (Frame("s", 11, "f", text="  y = 2"), 1),
        (Frame("s", 11, "f", text="another"), None),
        (Frame("s", 14, "f"), None),
        (Frame("s", 9, "f"), None),
    ],
)
def test_a_frame_is_in_the_run_that_defined_its_code(frame: Frame, line: int | None) -> None:
    assert line_in(SHOWN, frame) == line
