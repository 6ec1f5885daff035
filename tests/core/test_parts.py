"""Lines that are followed through edits, and runs of selected lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.runs.parts import follow_line, follow_part, replaces
from cellbridge.core.runs.runs import Origin, Part, Run, RunState


def check_followed(before: str, after: str, *, line: str, to: int | None) -> None:
    old, new = before.split(), after.split()
    assert follow_line(old, new, old.index(line)) == to


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
        found = follow_line(before, after, number)
        assert found is None or after[found] == line
        assert follow_line(before, before, number) == number
        assert follow_line(before, before + more, number) == number
        assert follow_line(before, more + before, number) is not None


def part_run(name: str, source: str, part: Part | None) -> Run:
    return Run(
        id=name,
        cell_id="cell",
        source="",
        cell_source=source,
        origin=Origin("/a.py", 0),
        part=part,
        state=RunState.OK,
        started_at=1.0,
    )


@pytest.mark.parametrize(
    ("after", "part", "expected"),
    [
        ("new a b c d", (1, 2), (2, 3)),
        ("a x c d", (1, 1), (1, 1)),
        ("a b new c d", (1, 2), (1, 3)),
        ("a x y c d", (1, 1), (1, 2)),
        ("a d", (1, 2), None),
        ("a c d", (1, 2), (1, 1)),
        ("a b d", (1, 2), (1, 1)),
        ("", (0, 3), (0, 0)),
    ],
)
def test_selected_lines_are_followed(
    after: str, part: tuple[int, int], expected: tuple[int, int] | None
) -> None:
    found = follow_part(Part(*part), ["a", "b", "c", "d"], after.split(" "))
    assert found == (Part(*expected) if expected else None)


@given(lines, lines, st.data())
def test_selected_lines_stay_within_the_cell(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(before) - 1))
    part = Part(first, data.draw(st.integers(first, len(before) - 1)))
    found = follow_part(part, before, after)
    assert found is None or 0 <= found.first <= found.last < len(after)
    assert follow_part(part, before, before) == part


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        (None, None, True),
        (None, (1, 1), True),
        ((1, 1), None, False),
        ((1, 2), (2, 3), True),
        ((0, 1), (2, 3), False),
        ((0, 3), (1, 1), True),
    ],
)
def test_a_run_replaces_those_that_it_overlaps(
    later: tuple[int, int] | None, earlier: tuple[int, int] | None, *, expected: bool
) -> None:
    new = part_run("new", "a\nb\nc\nd", Part(*later) if later else None)
    old = part_run("old", "a\nb\nc\nd", Part(*earlier) if earlier else None)
    assert replaces(new, old) is expected
    assert not replaces(new, new)


def test_lines_that_are_gone_are_replaced_by_any_later_selection() -> None:
    old = part_run("old", "a\nb\nc", Part(1, 1))
    assert replaces(part_run("new", "a\nc", Part(1, 1)), old)
    moved = part_run("new", "x\na\nb\nc", Part(1, 1))
    assert not replaces(moved, old)
