"""The equal ends of two sequences, compared many items at a time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.equal_ends import equal_ends

ITEMS = st.text("ab", max_size=8)


def one_by_one(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Return the equal ends, found item by item."""
    shorter = min(len(one), len(other))
    head = next((k for k in range(shorter) if one[k] != other[k]), shorter)
    rest = shorter - head
    return head, next((k for k in range(rest) if one[-1 - k] != other[-1 - k]), rest)


@given(st.integers(0, 1200), ITEMS, ITEMS, st.integers(0, 1200))
def test_the_ends_are_those_found_one_by_one(start: int, one: str, other: str, end: int) -> None:
    first, second = (f"{'x' * start}{middle}{'y' * end}" for middle in (one, other))
    assert equal_ends(first, second) == one_by_one(first, second)
    assert equal_ends(list(first), tuple(second)) == one_by_one(first, second)
