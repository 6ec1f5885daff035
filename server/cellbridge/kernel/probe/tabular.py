# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: what is a table, and what it is called by in one line.

Owns that question. It must run on Python 3.9, must not import cellbridge, and calls nothing that a
user wrote.
"""

import sys

from .libraries import column_names, has_columns, label, length, library, values
from .measuring import xarray_data
from .showing import array_items, items_text, value_text
from .stored import is_a, package, part

_HEAD = 5
_NAMES = 20
_VALUES = 12


def is_table(obj):
    """Tell whether an object can be looked at as a table."""
    if is_records(obj):
        return True
    top = library(obj)
    if top == "numpy":
        return 1 <= obj.ndim <= 2 or obj.dtype.names is not None
    return bool(top)


def is_records(obj):
    """Tell whether an object is a list whose first items are dicts with names for keys."""
    if type(obj) is not list or not obj:
        return False
    head = obj[:_HEAD]
    return all(
        type(one) is dict and one and all(type(key) is str for key in part(one.keys, 0, _HEAD))
        for one in head
    )


def brief(obj, limit):
    """Return what a variable holds on one line, without what stands beside it anyway."""
    top = library(obj)
    if top == "numpy":
        return array_items(obj, limit)
    if top == "xarray" or (top and has_columns(obj)):
        data = xarray_data(obj) if top == "xarray" else None
        return array_items(data, limit) if data is not None else columns_text(obj)
    if top:
        shown = [simple(one) for one in values(obj, 0, _VALUES)]
        return "[" + items_text(shown, length(obj), limit, 2) + "]"
    return value_text(simple(obj), limit)


def simple(obj):
    """Return a value of numpy's as one of Python's own, which is written shorter."""
    if package(type(obj)) != "numpy" or not is_scalar(obj) or obj.dtype.kind in "Mm":
        return obj
    return obj.item()


def is_scalar(obj):
    """Tell whether something of numpy's is one value without parts."""
    return is_a(obj, sys.modules["numpy"].generic) and type(obj).__name__ not in ("void", "object_")


def columns_text(obj):
    """Return the names of a frame's columns."""
    names = column_names(obj)
    more = ["…"] if len(names) > _NAMES else []
    return ", ".join([label(name) for name in names[:_NAMES]] + more)
