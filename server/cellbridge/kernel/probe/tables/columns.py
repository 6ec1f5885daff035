# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: one column of a table, to be read, ordered, searched and summed up.

Owns what can be done with a column of numbers, times or codes; those of objects, of arrow and of
polars have modules of their own. It must run on Python 3.9, must not import cellbridge or
a library that the user has not imported, and calls nothing that a user wrote.

What is done with whole columns is done by numpy, which lets the interpreter go meanwhile, or in
pieces that give others their turn. Invariant: values are sorted in a copy. A cell may write to the
column at the same time, and numpy's sort reads beyond the array's end where values change under it.
"""

import math
import sys
import zlib
from typing import Any

from .values import BINS, Refused, bar, compared, fits, moment, text_of, tops

_PIECE = 200_000
_COMPARED = ("eq", "ne", "lt", "le", "gt", "ge")


def numpy():
    """Return numpy, which is there where this is called."""
    return sys.modules["numpy"]


class Numbers:
    """A column of numpy's: numbers, truths, times. ``missing`` marks missing values besides NaN."""

    def __init__(self, values, missing=None):
        self.array = values
        self.missing = missing
        self.dtype = str(values.dtype)
        self.kind = values.dtype.kind

    def values(self, positions):
        """Return Python's values at some places."""
        found = self.array[positions]
        if self.kind == "m":
            found = found.astype("m8[us]").tolist()
        elif self.kind == "M":
            found = [moment(one) for one in found.astype(str).tolist()]
        elif self.kind == "f" and self.array.itemsize < 8:
            found = [float(str(one)) for one in found]
        else:
            found = found.tolist()
        if self.missing is not None:
            gone = self.missing[positions].tolist()
            found = [None if away else one for one, away in zip(found, gone)]  # noqa: B905 - 3.9
        return found

    def print(self):
        """Return a number that changes with the values."""
        array = numpy().ascontiguousarray(self.array)
        mark = zlib.crc32(memoryview(array.view("u1")).cast("B")) if array.size else 0
        if self.missing is not None:
            mark = zlib.crc32(memoryview(numpy().ascontiguousarray(self.missing).view("u1")), mark)
        return mark, array.size

    def nulls(self, array):
        """Return which of ``array``, a part of the values, are missing; None where none can be."""
        np = numpy()
        return (
            np.isnat(array) if self.kind in "Mm" else np.isnan(array) if self.kind in "fc" else None
        )

    def whole(self, positions=None):
        """Return a copy of the values, or of those at some places, and which are missing."""
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

    def ordered(self, positions, descending, stable, _pace):
        """Return positions in the order of the values; missing ones come last."""
        np = numpy()
        array, gone = self.whole(positions)
        if self.kind == "c":
            raise Refused("Complex numbers have no order.")
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

    def matching(self, operator, text, _pace):
        """Return the positions of the values that meet a condition."""
        np = numpy()
        if operator == "contains":
            raise Refused("Only text can be searched for a part of it; compare the column instead.")
        wanted = self.read(text) if operator in _COMPARED else None
        found = []
        for start in range(0, len(self.array), _PIECE):
            array = self.array[start : start + _PIECE]
            gone = self.nulls(array)
            if self.missing is not None:
                missing = self.missing[start : start + _PIECE]
                gone = missing if gone is None else gone | missing
            gone = np.zeros(len(array), bool) if gone is None else gone
            found.append(np.flatnonzero(met(array, operator, wanted, gone)) + start)
        return np.concatenate(found) if found else np.zeros(0, int)

    def read(self, text):
        """Return what a person has typed as a value of this column's kind."""
        np, text = numpy(), text.strip()
        try:
            if self.kind == "b":
                return {"true": True, "false": False, "1": True, "0": False}[text.casefold()]
            if self.kind == "M":
                return np.datetime64(text.replace(" ", "T"))
            if self.kind == "m":
                return np.timedelta64(int(float(text) * 1e9), "ns")
            return int(text) if self.kind in "iu" and text.lstrip("+-").isdigit() else float(text)
        except (KeyError, ValueError, OverflowError):
            raise Refused(
                f"{text!r} is no value of this column, which holds {self.dtype}."
            ) from None

    def summary(self, _pace):
        """Return the column in numbers."""
        np = numpy()
        array, gone = self.whole()
        nulls = int(gone.sum()) if gone is not None else 0
        if gone is not None and nulls:
            array = array[~gone]
        told: dict[str, Any] = {"nulls": nulls}
        if not len(array) or self.kind == "c":
            return told
        with np.errstate(all="ignore"):
            if self.kind not in "Mm":
                told["mean"] = text_of(float(np.mean(array, dtype=float)))
            array.sort()
            told["distinct"] = int(np.count_nonzero(array[1:] != array[:-1])) + 1
            told["min"], told["max"] = self.written(array[:1]), self.written(array[-1:])
            if self.kind == "b":
                trues = int(np.count_nonzero(array))
                counts = [("True", trues), ("False", len(array) - trues)]
                told["top"] = tops([pair for pair in counts if pair[1]])
            else:
                told["histogram"] = histogram(array)
            if self.kind == "M":
                middle = array.view("i8").astype(float).mean()
                mean = np.array([int(middle)]).view(array.dtype)
                told["mean"] = self.written(mean)
        return told

    def written(self, array):
        """Return the one value of an array as a person reads it."""
        return text_of(Numbers(array).values([0])[0])


def met(array, operator, wanted, gone):
    """Return which values meet a condition; missing ones meet ``null`` and ``ne`` only."""
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
    # Equal ones keep their order: both the array and the order are turned round.
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


class Codes(Numbers):
    """A column that counts its categories from 0; -1 is a missing value."""

    def __init__(self, codes, categories, dtype):
        super().__init__(codes)
        self.categories = categories
        self.dtype = dtype

    def values(self, positions):
        """Return the categories at some places."""
        known = self.categories
        return [known[code] if code >= 0 else None for code in self.array[positions].tolist()]

    def nulls(self, array):
        """Return which of a part of the codes are missing."""
        return array < 0

    def matching(self, operator, text, _pace):
        """Return the positions of the values that meet a condition."""
        np = numpy()
        meets = [fits(one, operator, text) for one in self.categories]
        table = np.array([*meets, operator in ("null", "ne")], bool)  # The last is that of -1.
        pieces = [np.flatnonzero(table[piece]) + start for start, piece in self.pieces()]
        return np.concatenate(pieces) if pieces else np.zeros(0, int)

    def pieces(self):
        """Yield the codes in pieces, each with its place."""
        for start in range(0, len(self.array), _PIECE):
            yield start, self.array[start : start + _PIECE]

    def summary(self, _pace):
        """Return the column in numbers."""
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
        return {"nulls": nulls, "distinct": len(pairs), "top": tops(pairs)}
