"""The lines of a cell that bind names at its top level."""

from __future__ import annotations

from cellbridge.core.python.assignments import assignments


def check_assignments(source: str, expected: str) -> None:
    found = (f"{line}: {' '.join(names)}" for line, names in assignments(source))
    assert ", ".join(found) == expected


def test_assignments_of_every_kind() -> None:
    check_assignments("x = 1\ny: int = 2\nz += 1\nq: int", "0: x, 1: y, 2: z")
    check_assignments("a, (b, *c) = 1, [2, 3]\nd = e = 4", "0: a b c, 1: d e")


def test_a_long_one_counts_at_its_last_line() -> None:
    check_assignments("x = [\n    1,\n]\n", "2: x")


def test_what_is_nested_or_no_name_is_passed_over() -> None:
    check_assignments("if x:\n    y = 1\ndef f():\n    z = 1\na.b = 1\nc[0] = 2\n(n := 3)", "")


def test_magics_and_broken_code() -> None:
    check_assignments("%time x = 1\n!ls\ny = 2", "0: x, 2: y")
    check_assignments("x = = 1", "")
