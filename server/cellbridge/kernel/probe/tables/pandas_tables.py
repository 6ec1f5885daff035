# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: pandas's frames and numpy's arrays as tables of columns.

Owns where each of them keeps its columns. It must run on Python 3.9, must not import cellbridge,
and calls nothing that a user wrote.

A pandas frame is read at its blocks of values and its labels, not by its methods: those keep notes
in the frame (which block a column is in, who else looks at the values), and a cell may work with
the same notes at the same time. Reading the blocks leaves no trace in the frame and copies nothing.
"""

import sys
from typing import Any

from ..library_types import label
from ..sizes import dtype_text
from ..stored_attributes import own, package
from .columns import Codes, Numbers
from .object_columns import Objects
from .pyarrow_tables import ArrowColumn
from .values import Refused, text_of


class PandasTable:
    """A frame or a series."""

    kind = "pandas"

    def __init__(self, obj):
        manager = own(obj)["_mgr"]
        blocks, axes = manager.blocks, manager.axes
        self.index = axes[-1]
        self.rows = len(self.index)
        self.places = {}
        if len(axes) == 1:
            name = own(obj).get("_name")
            self.names = ["value" if name is None else label(name)]
            self.places[0] = (blocks[0].values, None)
            return
        self.names: Any = Labels(axes[0])
        for block in blocks:
            for within, at in enumerate(block.mgr_locs.as_array.tolist()):
                self.places[at] = (block.values, within if block.values.ndim == 2 else None)

    def array(self, at):
        """Return a column's values as they are kept."""
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
        index = self.index
        return [text_of(index[at]) for at in positions]


def pandas_column(values):
    """Return the column that an array of pandas's or numpy's is."""
    name, dtype = type(values).__name__, dtype_text(values.dtype)
    if package(type(values)) == "numpy":
        return numpy_column(values)
    if package(type(values)) != "pandas":
        return Objects(lambda start, stop: ["…"] * (stop - start), len(values), dtype)
    if name in ("ArrowExtensionArray", "ArrowStringArray", "ArrowStringArrayNumpySemantics"):
        return ArrowColumn(values._pa_array, dtype)  # noqa: SLF001 - as pandas keeps it
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        column = Numbers(values._data, values._mask)  # noqa: SLF001 - as pandas keeps it
    elif name == "TimedeltaArray" or (name == "DatetimeArray" and values.tz is None):
        column = Numbers(values._ndarray)  # noqa: SLF001 - as pandas keeps it
    elif name == "DatetimeArray":
        column = Zoned(values)
    elif name in ("NumpyExtensionArray", "PandasArray"):
        return numpy_column(values._ndarray)  # noqa: SLF001 - as pandas keeps it
    elif name == "Categorical":
        categories = list(values.categories)
        column = Codes(values.codes, categories, dtype)
    else:
        return Objects(lambda start, stop: list(values[start:stop]), len(values), dtype)
    column.dtype = dtype
    return column


class Labels:
    """The names of columns, each written when it is asked for."""

    def __init__(self, axis):
        self.axis = axis

    def __len__(self):
        return len(self.axis)

    def __getitem__(self, at):
        found = self.axis[at]
        return [label(one) for one in list(found)] if type(at) is slice else label(found)


class Zoned(Numbers):
    """Times with a zone; they are ordered by the moment and shown in their zone."""

    def __init__(self, values):
        super().__init__(values._ndarray)  # noqa: SLF001 - as pandas keeps it
        self.zoned = values

    def values(self, positions):
        """Return the times at some places."""
        if type(positions) is slice or type(positions) is range:
            return [text_of(one) or None for one in self.zoned[positions.start : positions.stop]]
        return [text_of(self.zoned[at]) or None for at in positions]

    def written(self, array):
        """Return the one moment of an array in the column's zone."""
        stamp = sys.modules["pandas"].Timestamp(array[0], tz="UTC")
        return text_of(stamp.tz_convert(self.zoned.tz))

    def read(self, text):
        """Return a moment, typed as a time in the column's zone."""
        try:
            moment = sys.modules["pandas"].Timestamp(text)
            zoned = moment if moment.tzinfo is not None else moment.tz_localize(self.zoned.tz)
            return zoned.tz_convert("UTC").tz_localize(None).to_datetime64()
        except ValueError:
            raise Refused(f"{text!r} is no time.") from None


def numpy_column(array):
    """Return the column that an array of one dimension is."""
    if array.dtype.kind in "iufbMmc":
        return Numbers(array)
    return Objects(lambda start, stop: array[start:stop].tolist(), len(array), str(array.dtype))


class NumpyTable:
    """An array of one or two dimensions, or of records with names."""

    kind = "numpy"

    def __init__(self, obj):
        self.obj = obj
        self.rows = obj.shape[0]
        if obj.dtype.names and obj.ndim == 1:
            self.names = list(obj.dtype.names)
        elif obj.ndim == 1:
            self.names = ["value"]
        else:
            self.names = Counted(obj.shape[1])

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
        return numpy_column(self.array(at))

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]


class Counted:
    """Names that are numbers; a list of ten million of them is not made."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, at):
        if type(at) is slice:
            return [str(one) for one in range(self.count)[at]]
        return str(at)
