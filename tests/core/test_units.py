"""Sizes and times in words."""

from __future__ import annotations

import pytest

from cellbridge.core import units


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "1 ms"),
        (0.0123, "12 ms"),
        (0.1, "0.1 s"),
        (2.34, "2.3 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3780, "1 h 3 min"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert units.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, "0 s"),
        (59.9, "59 s"),
        (60.0, "1 min"),
        (3_599.0, "59 min"),
        (3_600.0, "1 h"),
        (172_799.0, "47 h"),
        (172_800.0, "2 days"),
    ],
)
def test_an_age_has_one_unit(seconds: float, said: str) -> None:
    assert units.age(seconds) == said


def test_sizes_are_said_in_three_digits() -> None:
    said = [units.size(count) for count in (0, 999, 1000, 9_960, 123_456_789, 10**16)]
    assert said == ["0 B", "999 B", "1.0 kB", "10 kB", "123 MB", "10000 TB"]
