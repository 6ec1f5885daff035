# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: arrays and frames of supported libraries, their columns and values.

Owns the list of supported classes, without subclasses, and the reading of a few of their values. It
must run on Python 3.9, must not import cellbridge, and never calls the user's code.
"""

import sys
from typing import Any

from .safe_repr import printed_text
from .sizes import xarray_data
from .stored_attributes import mro, own, package

_FRAMES = ("DataFrame", "Table", "RecordBatch", "Dataset")
"""Classes that have columns with names."""
_LIBRARIES = {
    "numpy": ("ndarray", "MaskedArray", "matrix", "memmap", "recarray"),
    "pandas": ("DataFrame", "Series"),
    "polars": ("DataFrame", "Series"),
    "pyarrow": ("Table", "RecordBatch", "ChunkedArray"),
    "xarray": ("Dataset", "DataArray"),
}


def library(obj):
    """Return the library of an array or a frame; empty for other objects.

    Subclasses by the user are supported for pandas only: its frames are read from their storage, so
    that none of their methods is called.
    """
    top = package(type(obj))
    if type(obj).__name__ in _LIBRARIES.get(top, ()):
        return top
    return "pandas" if manager(obj) is not None else ""


def manager(obj) -> Any:
    """Return the storage of a pandas frame or series, or of a subclass."""
    for cls in mro(type(obj)):
        if package(cls) == "pandas" and cls.__name__ in _LIBRARIES["pandas"]:
            return own(obj).get("_mgr")
    return None


def plain_array(obj) -> Any:
    """Return a numpy array without the methods of its subclass."""
    numpy = sys.modules["numpy"]
    return obj if type(obj) is numpy.ndarray else numpy.ndarray.view(obj, numpy.ndarray)


def mask_of(obj) -> Any:
    """Return the mask of a masked array; None if no value of an array is masked."""
    mask: Any = own(obj).get("_mask") if type(obj).__name__ == "MaskedArray" else None
    return mask if getattr(mask, "shape", None) == obj.shape and not mask.dtype.names else None


def has_columns(obj):
    """Return True if an object of a supported library has columns with names."""
    if library(obj) == "pandas":
        return len(manager(obj).axes) == 2
    return type(obj).__name__ in _FRAMES


def pandas_array(obj, at):
    """Return a column's values from a pandas frame's storage, without a trace in the frame."""
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
    """Return a column's name as text for the user."""
    if type(name) is str:
        return name[:80]
    if type(name) is tuple:
        return ", ".join(map(label, name[:10]))
    text = str(name) if package(type(name)) == "numpy" else printed_text(name, 80)
    # Only a label that is a time at midnight is printed as a date.
    return text[:10] if type(name).__name__ == "Timestamp" and text[10:] == " 00:00:00" else text


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
    """Return the number of values in a column."""
    if library(obj) == "pandas":
        return len(manager(obj).axes[0])
    if library(obj) != "xarray":
        return len(obj)
    data = xarray_data(obj)
    return data.shape[0] if data is not None and data.ndim else 0


def values(obj, start, count):
    """Return some values of a column, unchanged."""
    top = library(obj)
    if top == "pandas":
        return list(manager(obj).blocks[0].values[start : start + count])
    if top == "polars":
        return obj.slice(start, count).to_list()
    if top == "pyarrow":
        return obj.slice(start, count).to_pylist()
    data = xarray_data(obj)
    return list(data[start : start + count]) if data is not None else []
