# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: columns of numbers, times or codes: values, order, search, summary.

Owns the operations on these columns; columns of objects, arrow and polars have their own modules.
It must run on Python 3.9, must not import cellbridge or a library that the user has not imported,
and never calls the user's code.

Work on whole columns is done by numpy, which releases the interpreter, or in pieces between which
other threads get a turn. Invariant: values are sorted in a copy. A cell may write to the column at
the same time, and numpy's sort reads beyond the array's end if values change meanwhile.
"""

import math
import sys
import zlib
from typing import Any

from .values import (
    BINS,
    NANOSECONDS,
    UnsupportedOperation,
    bar,
    compared,
    duration_text,
    meets_condition,
    moment,
    text_of,
    top_values,
)

_PIECE = 200_000
_LONGEST = {"c": 16}
"""Bytes of the longest numbers for which Python has a type, if not eight."""
_COMPARED = ("eq", "ne", "lt", "le", "gt", "ge")


def numpy():
    """Return numpy, which is imported when this is called."""
    return sys.modules["numpy"]


class NumberColumn:
    """A numpy column of numbers, booleans or times; ``missing`` marks values besides NaN."""

    def __init__(self, values, missing=None):
        self.array = values
        self.missing = missing
        self.dtype = str(values.dtype)
        self.kind = values.dtype.kind

    def values(self, positions):
        """Return Python values at some positions."""
        found = self.array[positions]
        if self.kind == "m":
            found = durations(found)
        elif self.kind == "M":
            found = [moment(one) for one in found.astype(str).tolist()]
        elif self.kind == "f" and self.array.itemsize < 8:
            found = [float(str(one)) for one in found]
        elif self.array.itemsize > _LONGEST.get(self.kind, 8):
            found = list(found)  # Python has no type for C's longest numbers.
        else:
            found = found.tolist()
        if self.missing is not None:
            gone = self.missing[positions].tolist()
            found = [None if away else one for one, away in zip(found, gone)]  # noqa: B905 - 3.9
        return found

    def fingerprint(self):
        """Return a number that changes with the values."""
        array = numpy().ascontiguousarray(self.array)
        mark = zlib.crc32(memoryview(array.view("u1")).cast("B")) if array.size else 0
        if self.missing is not None:
            mark = zlib.crc32(memoryview(numpy().ascontiguousarray(self.missing).view("u1")), mark)
        return mark, array.size

    def nulls(self, array):
        """Return a mask of the missing values in ``array``; None if none can be missing."""
        np = numpy()
        return (
            np.isnat(array) if self.kind in "Mm" else np.isnan(array) if self.kind in "fc" else None
        )

    def whole(self, positions=None):
        """Return a copy of all or some of the values, and a mask of missing ones."""
        np = numpy()
        if positions is None:
            array = self.array.copy()
            missing = self.missing
        else:
            positions = np.asarray(positions)
            array = np.take(self.array, positions)
            missing = None if self.missing is None else np.take(self.missing, positions)
        gone = self.nulls(array)
        if missing is not None:
            gone = missing if gone is None else gone | missing
        return array, gone

    def order(self, positions, descending, stable, _deadline):
        """Return positions in the order of the values; missing ones come last."""
        np = numpy()
        array, gone = self.whole(positions)
        if self.kind == "c":
            raise UnsupportedOperation("Complex numbers have no order.")
        gone = gone if gone is not None and gone.any() else None
        last = np.flatnonzero(gone) if gone is not None else None
        kept = np.flatnonzero(~gone) if gone is not None else None
        if kept is not None:
            array = array[kept]
        order = sorted_places(array, descending, stable)
        if kept is not None:
            order = np.concatenate([kept[order], last])
        if positions is not None:
            order = np.take(np.asarray(positions), order)
        return order.astype(np.uint32) if len(self.array) < 2**32 else order

    def match(self, operator, text, _deadline):
        """Return the positions of the values that meet a condition."""
        np = numpy()
        if operator == "contains":
            raise UnsupportedOperation(
                "Only text can be searched for a part of it; compare the column instead."
            )
        wanted = self.read(text) if operator in _COMPARED else None
        found = []
        for start in range(0, len(self.array), _PIECE):
            array = self.array[start : start + _PIECE]
            gone = self.nulls(array)
            if self.missing is not None:
                missing = self.missing[start : start + _PIECE]
                gone = missing if gone is None else gone | missing
            gone = np.zeros(len(array), bool) if gone is None else gone
            found.append(np.flatnonzero(meets(array, operator, wanted, gone)) + start)
        return np.concatenate(found) if found else np.zeros(0, int)

    def read(self, text):
        """Convert the user's text to a value of this column's kind."""
        np, text = numpy(), text.strip()
        try:
            if self.kind == "b":
                return {"true": True, "false": False, "1": True, "0": False}[text.casefold()]
            if self.kind == "M":
                return np.datetime64(text.replace(" ", "T"))
            if self.kind == "m":
                return self.read_duration(text)
            return int(text) if self.kind in "iu" and text.lstrip("+-").isdigit() else float(text)
        except (KeyError, ValueError, OverflowError):
            raise UnsupportedOperation(
                f"{text!r} is not a valid value for this column of {self.dtype}."
            ) from None

    def read_duration(self, text):
        """Convert the user's text, seconds or a duration as it is shown, to a duration."""
        try:
            return numpy().timedelta64(int(float(text) * 1e9), "ns")
        except ValueError:
            if "pandas" not in sys.modules:
                raise
            return sys.modules["pandas"].Timedelta(text).to_timedelta64()

    def summary(self, _deadline):
        """Return the column's statistics."""
        np = numpy()
        array, gone = self.whole()
        nulls = int(gone.sum()) if gone is not None else 0
        if gone is not None and nulls:
            array = array[~gone]
        facts: dict[str, Any] = {"nulls": nulls}
        if not len(array) or self.kind == "c":
            return facts
        with np.errstate(all="ignore"):
            if self.kind not in "Mm":
                facts["mean"] = text_of(float(np.mean(array, dtype=float)))
            array.sort()
            facts["distinct"] = int(np.count_nonzero(array[1:] != array[:-1])) + 1
            facts["min"], facts["max"] = self.format_one(array[:1]), self.format_one(array[-1:])
            if self.kind == "b":
                trues = int(np.count_nonzero(array))
                counts = [("True", trues), ("False", len(array) - trues)]
                facts["top"] = top_values([pair for pair in counts if pair[1]])
            else:
                facts["histogram"] = histogram(array)
            if self.kind == "M":
                middle = array.view("i8").astype(float).mean()
                mean = np.array([int(middle)]).view(array.dtype)
                facts["mean"] = self.format_one(mean)
        return facts

    def format_one(self, array):
        """Return the single value of an array as text for the user."""
        return text_of(NumberColumn(array).values([0])[0])


def durations(array):
    """Return the texts of durations; None for missing ones."""
    np = numpy()
    unit, count = np.datetime_data(array.dtype)
    if unit not in NANOSECONDS:
        return [None if np.isnat(one) else str(one) for one in array]
    scale = count * NANOSECONDS[unit]
    gone = np.isnat(array).tolist()
    counts = zip(array.view("i8").tolist(), gone)  # noqa: B905 - Python 3.9
    return [None if away else duration_text(one * scale) for one, away in counts]


def meets(array, operator, wanted, gone):
    """Return a mask of the values that meet a condition; missing ones meet ``null`` and ``ne``."""
    if operator == "null":
        return gone
    if operator == "notNull":
        return ~gone
    with numpy().errstate(all="ignore"):
        found = compared(array, operator, wanted)
    return found | gone if operator == "ne" else found & ~gone


def sorted_places(array, descending, stable):
    """Return the places of an array's values in their order."""
    if not descending:
        return array.argsort(kind="stable" if stable else None)
    if not stable:
        return array.argsort()[::-1]
    # Equal ones keep their order: both the array and the order are reversed.
    return len(array) - 1 - array[::-1].argsort(kind="stable")[::-1]


def histogram(array):
    """Return the bars over a sorted array of numbers or times."""
    np = numpy()
    scale = 1.0
    if array.dtype.kind in "Mm":
        scale = float(np.timedelta64(1, "s") / np.timedelta64(1, np.datetime_data(array.dtype)[0]))
        array = array.view("i8")
    elif array.dtype.kind == "f":
        first, last = np.searchsorted(array, [-np.inf, np.inf], side="right")
        array = array[first : last if last < len(array) or math.isfinite(array[-1]) else None]
        array = array[: np.searchsorted(array, np.inf, side="left")]
    if not len(array):
        return []
    low, high = float(array[0]), float(array[-1])
    if low == high:
        return [bar(low / scale, high / scale, len(array))]
    edges = np.linspace(low, high, BINS + 1)
    places = [*np.searchsorted(array, edges[:-1], side="left").tolist(), len(array)]
    return [
        bar(float(edges[at]) / scale, float(edges[at + 1]) / scale, places[at + 1] - places[at])
        for at in range(BINS)
    ]


class CategoryColumn(NumberColumn):
    """A column of category codes from 0; -1 is a missing value."""

    def __init__(self, codes, categories, dtype):
        super().__init__(codes)
        self.categories = categories
        self.dtype = dtype

    def values(self, positions):
        """Return the categories at some positions."""
        known = self.categories
        return [known[code] if code >= 0 else None for code in self.array[positions].tolist()]

    def nulls(self, array):
        """Return a mask of the missing values in a part of the codes."""
        return array < 0

    def match(self, operator, text, _deadline):
        """Return the positions of the values that meet a condition."""
        np = numpy()
        meets = [meets_condition(one, operator, text) for one in self.categories]
        table = np.array([*meets, operator in ("null", "ne")], bool)  # The last is that of -1.
        pieces = [np.flatnonzero(table[piece]) + start for start, piece in self.pieces()]
        return np.concatenate(pieces) if pieces else np.zeros(0, int)

    def pieces(self):
        """Yield the codes in pieces, each with its place."""
        for start in range(0, len(self.array), _PIECE):
            yield start, self.array[start : start + _PIECE]

    def summary(self, _deadline):
        """Return the column's statistics."""
        np = numpy()
        counts = np.zeros(len(self.categories), int)
        for _, piece in self.pieces():
            counts += np.bincount(piece[piece >= 0], minlength=len(self.categories))
        pairs = [
            (text_of(one), count)
            for one, count in zip(self.categories, counts.tolist())  # noqa: B905 - Python 3.9
            if count
        ]
        nulls = len(self.array) - int(counts.sum())
        return {"nulls": nulls, "distinct": len(pairs), "top": top_values(pairs)}
