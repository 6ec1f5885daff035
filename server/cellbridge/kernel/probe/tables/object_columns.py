# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: columns of Python objects: values, order, search, summary.

Owns the operations on such a column, all in small pieces between which other threads get a turn:
reading an object needs the interpreter. It must run on Python 3.9, must not import cellbridge, and
never calls the user's code: only Python's own values are compared.
"""

import datetime as dt
import math
from collections import Counter
from typing import Any

from .values import (
    BINS,
    TOP,
    UnsupportedOperation,
    absent,
    bar,
    meets_condition,
    plain,
    text_of,
    top_values,
    whole_text,
)

OBJECT_ROWS = 500_000
"""Python objects in a column above which it is neither sorted nor searched: it would take too
long."""
SUMMED_ROWS = 100_000
"""Objects of a column that its summary reads."""
IDENTITY_LIMIT = 2_000
"""Characters of a value by which it is distinguished from others."""
_HASHED = (int, float, bool, str, bytes)
_ORDERED = (
    {int, float, bool},
    {str},
    {bytes},
    {dt.datetime},
    {dt.date},
    {dt.timedelta},
)
"""Kinds of Python objects that can be compared with one another without the user's code."""


class ObjectColumn:
    """A column of Python objects; ``part`` returns some of them as a list."""

    def __init__(self, part, rows, dtype="object"):
        self.part = part
        self.rows = rows
        self.dtype = dtype

    def values(self, positions):
        """Return the objects at some positions."""
        if type(positions) is range:
            return self.part(positions.start, positions.stop)
        return [self.part(at, at + 1)[0] for at in positions]

    def fingerprint(self):
        """Return None: changes of objects cannot be detected."""

    def all(self, deadline):
        """Yield all values in pieces."""
        if self.rows > OBJECT_ROWS:
            raise UnsupportedOperation(
                f"The column holds {self.rows:,} Python objects; to go through more than "
                f"{OBJECT_ROWS:,} would hold up the kernel. Give it a type of its own first, as "
                'astype("string[pyarrow]") does.'
            )
        for start in range(0, self.rows, 1000):
            deadline.passed()
            yield from self.part(start, min(start + 1000, self.rows))

    def order(self, positions, descending, _stable, deadline):
        """Return positions in the order of the values; missing ones come last."""
        values = list(self.all(deadline))
        chosen = range(len(values)) if positions is None else plain(positions, None, None)
        kept = [at for at in chosen if at < len(values) and not absent(values[at])]
        kinds = {type(values[at]) for at in kept}
        zoned = kinds == {dt.datetime} and any(values[at].tzinfo is not None for at in kept)
        if zoned or not any(kinds <= together for together in _ORDERED):
            names = ", ".join(sorted(kind.__name__ for kind in kinds)[:5])
            raise UnsupportedOperation(
                f"Values of {names} cannot be sorted: comparing them would run their own code."
            )
        known = set(kept)
        last = [at for at in chosen if at not in known]
        return merge_sort(kept, values, descending, deadline) + last

    def match(self, operator, text, deadline):
        """Return the positions of the values that meet a condition."""
        return [
            at
            for at, value in enumerate(self.all(deadline))
            if meets_condition(value, operator, text)
        ]

    def summary(self, deadline):
        """Return the column's statistics."""
        counts: Counter = Counter()
        numbers: Any = []
        rows = min(self.rows, SUMMED_ROWS)
        for start in range(0, rows, 1000):
            deadline.passed()
            piece = self.part(start, min(start + 1000, rows))
            counts.update(None if absent(one) else identity(one) for one in piece)
            numbers += [one for one in piece if type(one) in (int, float) and not absent(one)]
        nulls = counts.pop(None, 0)
        facts: dict[str, Any] = {"nulls": nulls, "distinct": len(counts)}
        if numbers and len(numbers) == rows - nulls:
            facts.update(describe_numbers(numbers, deadline))
        else:
            frequent = counts.most_common(TOP)
            facts["top"] = top_values([(text_of(one[1]), count) for one, count in frequent])
        if rows < self.rows:
            facts.update(sampled=rows, message=f"Only the first {rows:,} rows were read.")
        return facts


def identity(value):
    """Return what distinguishes a value from others, without its own comparison, and a text."""
    kind = type(value)
    if kind in _HASHED:
        return kind, value
    text = whole_text(value, IDENTITY_LIMIT)
    # An object that shows nothing of its content is equal to itself alone.
    return kind, text, id(value) if text.endswith(" object>") else 0


def describe_numbers(numbers, deadline):
    """Return minimum, maximum, mean and histogram of a list of numbers."""
    low, high = min(numbers), max(numbers)
    facts = {"min": text_of(low), "max": text_of(high)}
    try:
        facts["mean"] = text_of(math.fsum(numbers) / len(numbers))
        low, high = float(low), float(high)
        step = (high - low) / BINS
    except (OverflowError, ValueError):
        return facts
    if not math.isfinite(step):
        return facts
    if not step:
        return {**facts, "histogram": [bar(low, high, len(numbers))]}
    counts = [0] * BINS
    for at, one in enumerate(numbers):
        if at % 1000 == 0:
            deadline.passed()
        counts[min(int((one - low) / step), BINS - 1)] += 1
    bars = [bar(low + at * step, low + (at + 1) * step, count) for at, count in enumerate(counts)]
    return {**facts, "histogram": bars}


def merge_sort(places, values, descending, deadline):
    """Return positions in the order of values, by sorting pieces and merging them."""
    runs = []
    for start in range(0, len(places), 1000):
        deadline.passed()
        runs.append(
            sorted(places[start : start + 1000], key=values.__getitem__, reverse=descending)
        )
    while len(runs) > 1:
        pairs = [runs[at : at + 2] for at in range(0, len(runs), 2)]
        runs = [
            merge_two(*pair, values, descending, deadline) if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return runs[0] if runs else []


def merge_two(left, right, values, descending, deadline):
    """Merge two ordered runs of positions; equal values keep their order."""
    found = []
    one = other = 0
    while one < len(left) and other < len(right):
        if len(found) % 500 == 0:
            deadline.passed()
        first, second = values[left[one]], values[right[other]]
        if (second > first) if descending else (second < first):
            found.append(right[other])
            other += 1
        else:
            found.append(left[one])
            one += 1
    return found + left[one:] + right[other:]
