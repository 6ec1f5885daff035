"""The equal items at both ends of two sequences: what an edit left alone."""

from __future__ import annotations

from collections.abc import Sequence

STRIDES = (512, 64, 8)
"""Items that are compared at a time, because most are the same objects."""


def equal_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Return the number of items that are equal at the start, and at the end of the others."""
    shorter = min(len(one), len(other))
    head = 0
    for stride in STRIDES:
        while head + stride <= shorter and (
            one[head : head + stride] == other[head : head + stride]
        ):
            head += stride
    while head < shorter and one[head] == other[head]:
        head += 1
    shorter -= head
    tail = 0
    for stride in STRIDES:
        end, other_end = len(one) - tail, len(other) - tail
        while tail + stride <= shorter and (
            one[end - stride : end] == other[other_end - stride : other_end]
        ):
            end, other_end, tail = end - stride, other_end - stride, tail + stride
    while tail < shorter and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    return head, tail
