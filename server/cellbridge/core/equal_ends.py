"""The equal items at both ends of two sequences: what an edit left alone."""

from __future__ import annotations

from collections.abc import Sequence


def equal_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Return the number of items that are equal at the start, and at the end of the others."""
    shorter = min(len(one), len(other))
    head = 0
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    return head, tail
