# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: arrays and frames of known libraries, their columns and their values.

Owns which classes are known, exactly these and none made of them, and how a few of their values are
read. It must run on Python 3.9, must not import cellbridge, and calls nothing that a user wrote.
"""

from .measuring import xarray_data
from .showing import value_text
from .stored import package

FRAMES = ("DataFrame", "Table", "RecordBatch", "Dataset")
"""Their classes that have columns with names."""
_LIBRARIES = {
    "numpy": ("ndarray",),
    "pandas": ("DataFrame", "Series"),
    "polars": ("DataFrame", "Series"),
    "pyarrow": ("Table", "RecordBatch", "ChunkedArray"),
    "xarray": ("Dataset", "DataArray"),
}


def library(obj):
    """Return the library whose own class, not one made of it, an array or a frame is of; or ""."""
    top = package(type(obj))
    return top if type(obj).__name__ in _LIBRARIES.get(top, ()) else ""


def column_names(obj):
    """Return the names of a frame's columns, in order."""
    if library(obj) == "pyarrow":
        return obj.schema.names
    if library(obj) == "xarray":
        return list(obj.variables)
    return list(obj.columns)


def label(name):
    """Return a column's name as a person reads it."""
    return name[:80] if type(name) is str else value_text(name, 80)


def column(obj, at, name):
    """Return one column of a frame."""
    top = library(obj)
    if top == "pandas":
        return obj.iloc[:, at]
    if top == "polars":
        return obj.to_series(at)
    if top == "pyarrow":
        return obj.column(at)
    return obj[name]


def length(obj):
    """Return how many values a column has."""
    if library(obj) != "xarray":
        return len(obj)
    data = xarray_data(obj)
    return data.shape[0] if data is not None and data.ndim else 0


def values(obj, start, count):
    """Return some values of a column, as they are."""
    top = library(obj)
    if top == "pandas":
        return list(obj.array[start : start + count])
    if top == "polars":
        return obj.slice(start, count).to_list()
    if top == "pyarrow":
        return obj.slice(start, count).to_pylist()
    data = xarray_data(obj)
    return list(data[start : start + count]) if data is not None else []
