# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: arrays and frames of known libraries, their columns and their values.

Owns which classes are known, exactly these and none made of them, and how a few of their values are
read. It must run on Python 3.9, must not import cellbridge, and calls nothing that a user wrote.
"""

import sys
from typing import Any

from .safe_repr import value_text
from .sizes import xarray_data
from .stored_attributes import mro, own, package

_FRAMES = ("DataFrame", "Table", "RecordBatch", "Dataset")
"""Their classes that have columns with names."""
_LIBRARIES = {
    "numpy": ("ndarray",),
    "pandas": ("DataFrame", "Series"),
    "polars": ("DataFrame", "Series"),
    "pyarrow": ("Table", "RecordBatch", "ChunkedArray"),
    "xarray": ("Dataset", "DataArray"),
}


def library(obj):
    """Return the library that an array or a frame is of; empty for anything else.

    A class that a user has made of a library's counts with pandas only, whose frames are read where
    they keep their values, so that no method of theirs is called.
    """
    top = package(type(obj))
    if type(obj).__name__ in _LIBRARIES.get(top, ()):
        return top
    return "pandas" if manager(obj) is not None else ""


def manager(obj) -> Any:
    """Return what keeps the values of a pandas frame or series, of any class made of them."""
    for cls in mro(type(obj)):
        if package(cls) == "pandas" and cls.__name__ in _LIBRARIES["pandas"]:
            return own(obj).get("_mgr")
    return None


def has_columns(obj):
    """Tell whether something of a library's has columns with names."""
    if library(obj) == "pandas":
        return len(manager(obj).axes) == 2
    return type(obj).__name__ in _FRAMES


def pandas_array(obj, at):
    """Return a column's values as a pandas frame keeps them, without a trace in the frame."""
    for block in manager(obj).blocks:
        places = block.mgr_locs.as_array.tolist()
        if at in places:
            return block.values[places.index(at)] if block.values.ndim == 2 else block.values
    raise IndexError(at)


def column_names(obj):
    """Return the names of a frame's columns, in order."""
    if library(obj) == "pyarrow":
        return obj.schema.names
    if library(obj) == "xarray":
        return list(obj.variables)
    return list(manager(obj).axes[0]) if library(obj) == "pandas" else list(obj.columns)


def label(name):
    """Return a column's name as a person reads it."""
    if type(name) is str:
        return name[:80]
    if type(name) is tuple:
        return ", ".join(map(label, name[:10]))
    return str(name) if package(type(name)) == "numpy" else value_text(name, 80)


def column(obj, at, name):
    """Return one column of a frame."""
    top = library(obj)
    if top == "pandas":
        index = manager(obj).axes[1]
        series = sys.modules["pandas"].Series
        return series(pandas_array(obj, at), index=index, name=name, copy=False)
    if top == "polars":
        return obj.to_series(at)
    if top == "pyarrow":
        return obj.column(at)
    return obj[name]


def length(obj):
    """Return how many values a column has."""
    if library(obj) == "pandas":
        return len(manager(obj).axes[0])
    if library(obj) != "xarray":
        return len(obj)
    data = xarray_data(obj)
    return data.shape[0] if data is not None and data.ndim else 0


def values(obj, start, count):
    """Return some values of a column, as they are."""
    top = library(obj)
    if top == "pandas":
        return list(manager(obj).blocks[0].values[start : start + count])
    if top == "polars":
        return obj.slice(start, count).to_list()
    if top == "pyarrow":
        return obj.slice(start, count).to_pylist()
    data = xarray_data(obj)
    return list(data[start : start + count]) if data is not None else []
