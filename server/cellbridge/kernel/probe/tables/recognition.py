# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: recognition of tables, and their text on one line.

Owns the decision which objects are tables. It must run on Python 3.9, must not import cellbridge,
and never calls the user's code.
"""

from typing import Any

from ..library_types import (
    column_names,
    has_columns,
    label,
    length,
    library,
    mask_of,
    plain_array,
    values,
)
from ..polars_lazy import is_lazy
from ..safe_repr import array_items, items_text, value_text
from ..sizes import xarray_data
from ..stored_attributes import own, package, part

_INDEXES = ("Index", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex")
_HEAD = 5
_NAMES = 20
_VALUES = 12


def is_table(obj):
    """Return True if an object can be shown as a table."""
    if is_records(obj):
        return True
    top = library(obj)
    if top == "numpy":
        return 1 <= obj.ndim <= 2 or obj.dtype.names is not None
    return bool(top)


def is_records(obj):
    """Return True if an object is a list whose first items are dicts with names for keys."""
    if type(obj) is not list or not obj:
        return False
    head = obj[:_HEAD]
    return all(
        type(one) is dict and one and all(type(key) is str for key in part(one.keys, 0, _HEAD))
        for one in head
    )


def brief(obj, limit):
    """Return a variable's value on one line, without facts that other columns show."""
    top = library(obj)
    if top == "numpy":
        return array_items(plain_array(obj), limit, mask_of(obj))
    if top == "xarray" or (top and has_columns(obj)):
        data = xarray_data(obj) if top == "xarray" else None
        return array_items(data, limit) if data is not None else columns_text(obj)
    if top:
        return "[" + items_text(values(obj, 0, _VALUES), length(obj), limit, 2) + "]"
    if is_lazy(obj):
        return "lazy query; collect() returns its rows"
    return index_text(obj, limit) or value_text(obj, limit)


def index_text(obj, limit):
    """Return the first labels of a pandas index that stores them in one array; empty for others."""
    if package(type(obj)) != "pandas":
        return ""
    kept: Any = own(obj).get("_range")
    if type(kept) is range:
        return repr(kept)
    kept = own(obj).get("_data") if type(obj).__name__ in _INDEXES else None
    if package(type(kept)) not in ("numpy", "pandas"):
        return ""
    return "[" + items_text(list(kept[:_VALUES]), len(kept), limit, 2) + "]"


def columns_text(obj):
    """Return the names of a frame's columns."""
    names = column_names(obj)
    more = ["…"] if len(names) > _NAMES else []
    return ", ".join([label(name) for name in names[:_NAMES]] + more)
