# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: xarray arrays and datasets as tables.

Owns the choice of those that are tables: one or two dimensions, and numpy values in memory, because
others may read a file or compute. It must run on Python 3.9, must not import cellbridge, and never
calls the user's code.
"""

from typing import Any

from ..library_types import label
from ..sizes import xarray_data
from .pandas_tables import AxisLabels, NumpyTable, numpy_column
from .values import UnsupportedOperation


class XarrayTable(NumpyTable):
    """A DataArray of one or two dimensions; its rows are labelled by its first coordinate."""

    kind = "xarray"

    def __init__(self, obj):
        data = xarray_data(obj)
        if data is None or not 1 <= data.ndim <= 2:
            raise UnsupportedOperation(
                "Only arrays of one or two dimensions that are in memory are tables."
            )
        super().__init__(data)
        variable = obj.variable
        self.marks = coordinate(obj, variable.dims[0])
        heads = coordinate(obj, variable.dims[1]) if data.ndim == 2 else None
        if heads is not None:
            self.names: Any = heads

    def labels(self, positions):
        """Return the labels of rows: those of the coordinate, or their numbers."""
        return row_labels(self.marks, positions)


class XarraySet:
    """The variables of a Dataset that run along its longest single dimension."""

    kind = "xarray"

    def __init__(self, obj):
        lines = {name: one for name, one in obj.data_vars.items() if one.ndim == 1}
        lines = {name: one for name, one in lines.items() if xarray_data(one) is not None}
        if not lines:
            raise UnsupportedOperation(
                "The dataset has no variable of one dimension in memory; open one of them."
            )
        self.dim = max(lines.values(), key=lambda one: one.shape[0]).dims[0]
        self.lines = {name: one for name, one in lines.items() if one.dims[0] == self.dim}
        self.names = [label(name) for name in self.lines]
        self.arrays: Any = [xarray_data(one) for one in self.lines.values()]
        self.rows = self.arrays[0].shape[0]
        self.marks = coordinate(obj, self.dim)

    def dtype(self, at):
        """Return a column's type as text."""
        return str(self.arrays[at].dtype)

    def column(self, at):
        """Return one column."""
        return numpy_column(self.arrays[at])

    def labels(self, positions):
        """Return the labels of rows: those of the coordinate, or their numbers."""
        return row_labels(self.marks, positions)


def coordinate(obj, dim):
    """Return the labels along a dimension; None without labels."""
    found = obj.coords.get(dim)
    return None if found is None else AxisLabels(found.to_index())


def row_labels(marks, positions):
    """Return the labels of rows."""
    if marks is None:
        return [str(at) for at in positions]
    return [marks[at] for at in positions]
