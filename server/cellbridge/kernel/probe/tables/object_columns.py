# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: a column of Python's objects, to be read, ordered, searched and summed up.

Owns what is done with such a column, all of it in small pieces that give others their turn: an
object cannot be looked at without the interpreter. It must run on Python 3.9, must not import
cellbridge, and calls nothing that a user wrote: only Python's own values are compared.
"""

import datetime as dt
import math
from collections import Counter
from typing import Any

from .values import BINS, TOP, Refused, absent, bar, fits, plain, text_of, tops

OBJECT_ROWS = 500_000
"""Python objects in a column beyond which it is neither sorted nor searched: it would take long."""
SUMMED_ROWS = 100_000
"""Objects that a column is summed up by."""
_ORDERED = (
    {int, float, bool},
    {str},
    {bytes},
    {dt.datetime},
    {dt.date},
    {dt.timedelta},
)
"""Kinds of Python's objects that can be compared with one another without code of a user's."""


class Objects:
    """A column of Python's objects; ``part`` gives some of them as a list."""

    def __init__(self, part, rows, dtype="object"):
        self.part = part
        self.rows = rows
        self.dtype = dtype

    def values(self, positions):
        """Return the objects at some places."""
        if type(positions) is range:
            return self.part(positions.start, positions.stop)
        return [self.part(at, at + 1)[0] for at in positions]

    def print(self):
        """Nothing tells whether objects have changed."""

    def all(self, pace):
        """Yield all values in pieces."""
        if self.rows > OBJECT_ROWS:
            raise Refused(
                f"The column holds {self.rows:,} Python objects; to go through more than "
                f"{OBJECT_ROWS:,} would hold up the kernel. Give it a type of its own first, as "
                'astype("string[pyarrow]") does.'
            )
        for start in range(0, self.rows, 1000):
            pace.over()
            yield from self.part(start, min(start + 1000, self.rows))

    def ordered(self, positions, descending, _stable, pace):
        """Return positions in the order of the values; missing ones come last."""
        values = list(self.all(pace))
        chosen = range(len(values)) if positions is None else plain(positions, None, None)
        kept = [at for at in chosen if at < len(values) and not absent(values[at])]
        kinds = {type(values[at]) for at in kept}
        zoned = kinds == {dt.datetime} and any(values[at].tzinfo is not None for at in kept)
        if zoned or not any(kinds <= together for together in _ORDERED):
            names = ", ".join(sorted(kind.__name__ for kind in kinds)[:5])
            raise Refused(f"Values of {names} have no order without running code of their own.")
        known = set(kept)
        last = [at for at in chosen if at not in known]
        return merged(kept, values, descending, pace) + last

    def matching(self, operator, text, pace):
        """Return the positions of the values that meet a condition."""
        return [at for at, value in enumerate(self.all(pace)) if fits(value, operator, text)]

    def summary(self, pace):
        """Return the column in numbers."""
        counts: Counter = Counter()
        numbers: Any = []
        rows = min(self.rows, SUMMED_ROWS)
        for start in range(0, rows, 1000):
            pace.over()
            piece = self.part(start, min(start + 1000, rows))
            counts.update(None if absent(one) else text_of(one) for one in piece)
            numbers += [one for one in piece if type(one) in (int, float) and not absent(one)]
        nulls = counts.pop(None, 0)
        told: dict[str, Any] = {"nulls": nulls, "distinct": len(counts)}
        if numbers and len(numbers) == rows - nulls:
            told.update(measured(numbers, pace))
        else:
            told["top"] = tops(counts.most_common(TOP))
        if rows < self.rows:
            told.update(sampled=rows, message=f"Only the first {rows:,} rows were looked at.")
        return told


def measured(numbers, pace):
    """Return minimum, maximum, mean and histogram of a list of numbers."""
    low, high = min(numbers), max(numbers)
    told = {"min": text_of(low), "max": text_of(high)}
    try:
        told["mean"] = text_of(math.fsum(numbers) / len(numbers))
        low, high = float(low), float(high)
        step = (high - low) / BINS
    except (OverflowError, ValueError):
        return told
    if not math.isfinite(step):
        return told
    if not step:
        return {**told, "histogram": [bar(low, high, len(numbers))]}
    counts = [0] * BINS
    for at, one in enumerate(numbers):
        if at % 1000 == 0:
            pace.over()
        counts[min(int((one - low) / step), BINS - 1)] += 1
    bars = [bar(low + at * step, low + (at + 1) * step, count) for at, count in enumerate(counts)]
    return {**told, "histogram": bars}


def merged(places, values, descending, pace):
    """Return places in the order of values, found by sorting pieces and merging them."""
    runs = []
    for start in range(0, len(places), 1000):
        pace.over()
        runs.append(
            sorted(places[start : start + 1000], key=values.__getitem__, reverse=descending)
        )
    while len(runs) > 1:
        pairs = [runs[at : at + 2] for at in range(0, len(runs), 2)]
        runs = [
            two(*pair, values, descending, pace) if len(pair) == 2 else pair[0] for pair in pairs
        ]
    return runs[0] if runs else []


def two(left, right, values, descending, pace):
    """Return two ordered runs of places as one; equal values keep their order."""
    found = []
    one = other = 0
    while one < len(left) and other < len(right):
        if len(found) % 500 == 0:
            pace.over()
        first, second = values[left[one]], values[right[other]]
        if (second > first) if descending else (second < first):
            found.append(right[other])
            other += 1
        else:
            found.append(left[one])
            one += 1
    return found + left[one:] + right[other:]
