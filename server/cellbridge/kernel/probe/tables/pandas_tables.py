# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: pandas frames and numpy arrays as tables.

Owns the access to their stored columns. It must run on Python 3.9, must not import cellbridge,
and never calls the user's code.

A pandas frame is read from its blocks of values and its labels, not by its methods. Methods update
caches in the frame (the block of a column, references to the values), which a cell may use at the
same time. Reading the blocks leaves no trace in the frame and copies nothing.
"""

import sys
from typing import Any

from ..library_types import label, mask_of, plain_array
from ..sizes import dtype_text
from ..stored_attributes import own, package
from .columns import CategoryColumn, NumberColumn
from .object_columns import ObjectColumn
from .pyarrow_tables import ArrowColumn
from .values import UnsupportedOperation, label_text, text_of


class PandasTable:
    """A frame or a series."""

    kind = "pandas"

    def __init__(self, obj):
        manager = own(obj)["_mgr"]
        blocks, axes = manager.blocks, manager.axes
        self.index = AxisLabels(axes[-1])
        self.rows = len(axes[-1])
        self.places = {}
        if len(axes) == 1:
            name = own(obj).get("_name")
            self.names = ["value" if name is None else label(name)]
            self.places[0] = (blocks[0].values, None)
            return
        self.names: Any = AxisLabels(axes[0], heads=True)
        for block in blocks:
            for within, at in enumerate(block.mgr_locs.as_array.tolist()):
                self.places[at] = (block.values, within if block.values.ndim == 2 else None)

    def array(self, at):
        """Return a column's stored values."""
        values, within = self.places[at]
        return values if within is None else values[within]

    def dtype(self, at):
        """Return a column's type as text."""
        return dtype_text(self.places[at][0].dtype)

    def column(self, at):
        """Return one column."""
        return pandas_column(self.array(at))

    def labels(self, positions):
        """Return the labels of rows."""
        return [self.index[at] for at in positions]


def pandas_column(values):
    """Return the column for an array of pandas or numpy."""
    name, dtype = type(values).__name__, dtype_text(values.dtype)
    if package(type(values)) == "numpy":
        return numpy_column(values)
    if package(type(values)) != "pandas":
        return ObjectColumn(lambda start, stop: ["…"] * (stop - start), len(values), dtype)
    if name in ("ArrowExtensionArray", "ArrowStringArray", "ArrowStringArrayNumpySemantics"):
        return ArrowColumn(values._pa_array, dtype)  # noqa: SLF001 - as pandas keeps it
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        column = NumberColumn(values._data, values._mask)  # noqa: SLF001 - as pandas keeps it
    elif name == "TimedeltaArray" or (name == "DatetimeArray" and values.tz is None):
        column = NumberColumn(values._ndarray)  # noqa: SLF001 - as pandas keeps it
    elif name == "DatetimeArray":
        column = ZonedColumn(values)
    elif name in ("NumpyExtensionArray", "PandasArray"):
        return numpy_column(values._ndarray)  # noqa: SLF001 - as pandas keeps it
    elif name == "Categorical":
        categories = list(values.categories)
        column = CategoryColumn(values.codes, categories, dtype)
    else:
        return ObjectColumn(lambda start, stop: list(values[start:stop]), len(values), dtype)
    column.dtype = dtype
    return column


class AxisLabels:
    """The labels of rows or columns, formatted on access; missing heads of columns have a text."""

    def __init__(self, axis, *, heads=False):
        self.axis = axis
        self.heads = heads
        several = type(axis).__name__ == "MultiIndex" and package(type(axis)) == "pandas"
        self.dates = [dates_only(level) for level in (axis.levels if several else [axis])]

    def __len__(self):
        return len(self.axis)

    def __getitem__(self, at):
        found = self.axis[at]
        return [self.text(one) for one in list(found)] if type(at) is slice else self.text(found)

    def text(self, one):
        """Return a label as text; times are dates if all labels of the level are."""
        if type(one) is not tuple or len(self.dates) == 1:
            return self.part(one, dates=self.dates[0])
        return ", ".join(
            self.part(each, dates=dates)
            for each, dates in zip(one, self.dates)  # noqa: B905 - Python 3.9
        )

    def part(self, one, *, dates):
        """Return one level of a label as text."""
        text = label_text(one)
        if not text and self.heads and type(one) is not str:
            return label(one)
        return text[:10] if dates else text


_DATED = 1_000_000
"""Labels that are read to learn whether all of them are dates."""


def dates_only(axis):
    """Return True if all labels are times at midnight, which pandas prints as dates."""
    if type(axis).__name__ != "DatetimeIndex" or package(type(axis)) != "pandas":
        return False
    values: Any = own(axis).get("_data")
    if getattr(values, "tz", None) is not None or not len(axis):
        return False
    moments = values._ndarray[:_DATED]  # noqa: SLF001 - as pandas keeps it
    moments = moments[~sys.modules["numpy"].isnat(moments)]
    return not (moments != moments.astype("M8[D]")).any()


class ZonedColumn(NumberColumn):
    """Times with a zone; they are ordered by their moment and shown in their zone."""

    def __init__(self, values):
        super().__init__(values._ndarray)  # noqa: SLF001 - as pandas keeps it
        self.zoned = values

    def values(self, positions):
        """Return the times at some positions."""
        if type(positions) is slice or type(positions) is range:
            return [text_of(one) or None for one in self.zoned[positions.start : positions.stop]]
        return [text_of(self.zoned[at]) or None for at in positions]

    def format_one(self, array):
        """Return the single moment of an array in the column's zone."""
        stamp = sys.modules["pandas"].Timestamp(array[0], tz="UTC")
        return text_of(stamp.tz_convert(self.zoned.tz))

    def read(self, text):
        """Convert the user's text, a time in the column's zone, to a moment."""
        try:
            moment = sys.modules["pandas"].Timestamp(text)
            zoned = moment if moment.tzinfo is not None else moment.tz_localize(self.zoned.tz)
            return zoned.tz_convert("UTC").tz_localize(None).to_datetime64()
        except ValueError:
            raise UnsupportedOperation(f"{text!r} is not a valid time.") from None


def numpy_column(array, missing=None):
    """Return the column for an array; one of several dimensions has lists for values."""
    if array.dtype.kind in "iufbMmc" and array.ndim == 1:
        return NumberColumn(array, missing)

    def some(start, stop):
        found = array[start:stop].tolist()
        if missing is None:
            return found
        gone = missing[start:stop].tolist()
        return [None if away else one for one, away in zip(found, gone)]  # noqa: B905 - 3.9

    return ObjectColumn(some, len(array), str(array.dtype))


class NumpyTable:
    """An array of one or two dimensions, or of records with names."""

    kind = "numpy"

    def __init__(self, obj):
        self.missing = mask_of(obj)
        self.obj = obj = plain_array(obj)
        self.rows = obj.shape[0]
        if obj.dtype.names and obj.ndim == 1:
            self.names = list(obj.dtype.names)
        elif obj.ndim == 1:
            self.names = ["value"]
        else:
            self.names = NumberedNames(obj.shape[1])

    def array(self, at):
        """Return a column's values."""
        if self.obj.dtype.names and self.obj.ndim == 1:
            return self.obj[self.names[at]]
        return self.obj if self.obj.ndim == 1 else self.obj[:, at]

    def dtype(self, at):
        """Return a column's type as text."""
        return str(self.array(at).dtype)

    def column(self, at):
        """Return one column."""
        missing = self.missing
        if missing is not None and missing.ndim == 2:
            missing = missing[:, at]
        return numpy_column(self.array(at), missing)

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]


class NumberedNames:
    """Numbers as names, without a list of all of them."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, at):
        if type(at) is slice:
            return [str(one) for one in range(self.count)[at]]
        return str(at)
