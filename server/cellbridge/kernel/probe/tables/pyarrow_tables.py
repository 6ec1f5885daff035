# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: pyarrow tables, and arrow columns of other libraries.

Owns the operations on arrow arrays. It must run on Python 3.9, must not import cellbridge or a
library that the user has not imported.

Arrow arrays are immutable, and arrow's functions release the interpreter: so the arrays are used
directly, whatever a cell does meanwhile.
"""

import re
import sys
from typing import Any

from .values import (
    BINS,
    NANOSECONDS,
    TOP,
    UnsupportedOperation,
    bar,
    duration_text,
    text_of,
    top_values,
)

_COMPARED = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal",
}  # fmt: skip


def arrow() -> Any:
    """Return pyarrow, which is imported when this is called."""
    return sys.modules["pyarrow"]


def compute() -> Any:
    """Return pyarrow's functions."""
    import pyarrow.compute as functions  # noqa: PLC0415 - only if the user has imported pyarrow

    return functions


class ArrowColumn:
    """An arrow chunked array."""

    def __init__(self, array, dtype=None):
        self.dtype = dtype or str(array.type)
        while isinstance(array.type, arrow().BaseExtensionType):
            # A class of the user may convert the values; its storage is arrow's own.
            pieces = [piece.storage for piece in array.chunks]
            array = arrow().chunked_array(pieces, array.type.storage_type)
        self.array = array
        self.type = array.type

    def values(self, positions):
        """Return Python values at some positions."""
        if type(positions) is range:
            return listed(self.array.slice(positions.start, len(positions)))
        return listed(self.array.take(arrow().array(positions, "int64")))

    def fingerprint(self):
        """Return an object that is the same as long as the values are."""
        return self.array  # It is kept alive, so that its identity stays unique.

    def order(self, positions, descending, _stable, _deadline):
        """Return positions in the order of the values; missing ones come last."""
        pa, pc = arrow(), compute()
        array, chosen = self.array, None
        if positions is not None:
            chosen = pa.array(positions)
            array = array.take(chosen)
        try:
            order = pc.sort_indices(
                pa.table({"x": array}),
                sort_keys=[("x", "descending" if descending else "ascending")],
                null_placement="at_end",
            )
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            raise UnsupportedOperation(f"Values of {self.dtype} have no order.") from None
        return order if chosen is None else chosen.take(order)

    def match(self, operator, text, _deadline):
        """Return the positions of the values that meet a condition."""
        pa, pc = arrow(), compute()
        array: Any = self.array
        if operator == "null":
            mask = pc.is_null(array, nan_is_null=True)
        elif operator == "notNull":
            mask = pc.invert(pc.is_null(array, nan_is_null=True))
        elif operator == "contains":
            if not self.is_text():
                raise UnsupportedOperation(
                    "Only text can be searched for a part of it; compare the column instead."
                )
            mask = pc.match_substring(array, text, ignore_case=True)
        else:
            mask = getattr(pc, _COMPARED[operator])(array, self.read(text))
            if operator == "ne":
                mask = pc.fill_null(mask, True)  # noqa: FBT003 - pyarrow's own order
        mask = pc.fill_null(mask, False)  # noqa: FBT003 - pyarrow's own order
        if type(mask).__name__ == "ChunkedArray":
            mask = mask.combine_chunks()
        if isinstance(mask, pa.ChunkedArray):
            mask = pa.concat_arrays(mask.chunks)
        return pc.indices_nonzero(mask)

    def is_text(self):
        """Return True if the values are text."""
        types = arrow().types
        return (
            types.is_string(self.type)
            or types.is_large_string(self.type)
            or (hasattr(types, "is_string_view") and types.is_string_view(self.type))
        )

    def read(self, text):
        """Convert the user's text to a value of this column's type."""
        pa = arrow()
        if self.is_text():
            return pa.scalar(text, self.type)
        try:
            return pa.scalar(text.strip()).cast(self.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise UnsupportedOperation(
                f"{text!r} is not a valid value for this column of {self.dtype}."
            ) from None

    def summary(self, _deadline):
        """Return the column's statistics."""
        pa, pc = arrow(), compute()
        array = self.array
        nulls = pc.sum(pc.cast(pc.is_null(array, nan_is_null=True), "int64")).as_py() or 0
        facts: dict[str, Any] = {"nulls": nulls}
        if pa.types.is_floating(self.type):
            array = array.filter(pc.invert(pc.is_null(array, nan_is_null=True)))
        array = array.drop_null()
        if not len(array):
            return facts
        try:
            facts["distinct"] = pc.count_distinct(array).as_py()
            found = pc.min_max(array)
            ends = [listed(pa.repeat(found[name], 1))[0] for name in ("min", "max")]
            facts["min"], facts["max"] = map(text_of, ends)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return facts
        if pa.types.is_integer(self.type) or pa.types.is_floating(self.type):
            facts["mean"] = text_of(pc.mean(array).as_py())
            facts["histogram"] = bars(array, *map(float, ends))
        elif not pa.types.is_temporal(self.type):
            facts["top"] = most_frequent(array)
        return facts


def listed(array) -> Any:
    """Return an array as a list, with text for times: Python's own types have no nanoseconds."""
    types = arrow().types
    if types.is_duration(array.type):
        scale = NANOSECONDS[array.type.unit]
        counts = array.cast("int64").to_pylist()
        return [None if one is None else duration_text(one * scale) for one in counts]
    if types.is_timestamp(array.type) or types.is_time(array.type):
        return [trimmed(one) for one in array.cast("string").to_pylist()]
    return array.to_pylist()


def trimmed(text):
    """Return arrow's text of a time without zeros at its end, and with a colon in its zone."""
    found = _CLOCK.search(text) if text is not None else None
    if text is None or found is None:
        return text
    fraction, zone = found.groups(default="")
    zone = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[3:]}" if zone else ""
    return text[: found.start()] + fraction.rstrip("0").rstrip(".") + zone


_CLOCK = re.compile(r"(?<=:\d\d)(\.\d+)?(Z|[+-]\d{4})?$")


def bars(array, low, high):
    """Return the bars over an array of numbers without missing ones."""
    pc = compute()
    if low == high or high - low in (float("inf"), float("nan")):
        return [bar(low, high, len(array))] if low == high else []
    step = (high - low) / BINS
    places = pc.floor(pc.divide(pc.subtract(pc.cast(array, "double"), low), step))
    places = pc.min_element_wise(pc.cast(places, "int64", safe=False), BINS - 1)
    counts = {one["values"]: one["counts"] for one in pc.value_counts(places).to_pylist()}
    return [bar(low + at * step, low + (at + 1) * step, counts.get(at, 0)) for at in range(BINS)]


def most_frequent(array):
    """Return the most frequent values of an array."""
    pa, pc = arrow(), compute()
    counts = pc.value_counts(array)
    first = pc.select_k_unstable(
        pa.table({"count": counts.field("counts")}), k=TOP, sort_keys=[("count", "descending")]
    )
    found = counts.take(first).to_pylist()
    return top_values([(text_of(one["values"]), one["counts"]) for one in found])


class ArrowTable:
    """A pyarrow table, record batch or chunked array."""

    kind = "arrow"

    def __init__(self, obj):
        self.alone = type(obj).__name__ == "ChunkedArray"
        self.obj = obj
        self.rows = len(obj) if self.alone else obj.num_rows
        self.names = ["value"] if self.alone else list(obj.schema.names)

    def column(self, at):
        """Return one column."""
        array = self.obj if self.alone else self.obj.column(at)
        if type(array).__name__ != "ChunkedArray":
            array = arrow().chunked_array([array])
        return ArrowColumn(array)

    def dtype(self, at):
        """Return a column's type as text."""
        return str(self.obj.type if self.alone else self.obj.schema.types[at])

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]
