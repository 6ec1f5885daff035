# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: which backend reads which table, lists of dicts, and the order of rows.

Owns the choice. A backend has ``kind``, ``rows``, ``names``, ``dtype(at)``, ``column(at)`` and
``labels(positions)``; a column has ``values``, ``ordered``, ``matching``, ``summary`` and
``print``, or its table ``arranged``. It must run on Python 3.9, must not import cellbridge, and
calls nothing that a user wrote.
"""

import sys

from ..library_types import library
from .object_columns import Objects
from .pandas_tables import NumpyTable, PandasTable
from .polars_tables import PolarsTable
from .pyarrow_tables import ArrowTable
from .values import plain
from .xarray_tables import XarraySet, XarrayTable

RECORD_KEYS = 1000
"""Dicts of a list of records that are asked for their keys."""


class RecordTable:
    """A list of dicts; its columns are the keys of the first of them."""

    kind = "records"

    def __init__(self, obj):
        self.obj = obj
        self.rows = len(obj)
        self.names = list(
            dict.fromkeys(
                key
                for one in obj[:RECORD_KEYS]
                if type(one) is dict
                for key in list(one)
                if type(key) is str
            )
        )

    def dtype(self, at):
        """Return the kinds of a column's first values."""
        kinds = {type(one).__name__ for one in self.column(at).part(0, 20) if one is not None}
        return " | ".join(sorted(kinds)[:3])

    def column(self, at):
        """Return one column."""
        name, obj = self.names[at], self.obj

        def some(start, stop):
            return [one.get(name) if type(one) is dict else None for one in obj[start:stop]]

        return Objects(some, self.rows, "")

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]


def backend(obj):
    """Return what reads an object that is a table."""
    if type(obj) is list:
        return RecordTable(obj)
    top, name = library(obj), type(obj).__name__
    if top == "xarray":
        return XarraySet(obj) if name == "Dataset" else XarrayTable(obj)
    known = {"pandas": PandasTable, "polars": PolarsTable, "pyarrow": ArrowTable}
    return known.get(top, NumpyTable)(obj)


def arranged(table, asked, pace):
    """Return the positions of the rows that meet all conditions, in the order asked for.

    None stands for all of them in their own order.
    """
    if hasattr(table, "arranged"):
        return table.arranged(asked)
    positions = None
    for one in asked["filters"]:
        found = table.column(one["column"]).matching(one["operator"], one["value"], pace)
        positions = found if positions is None else both(positions, found)
    stable = len(asked["sort"]) > 1 or positions is not None
    for one in reversed(asked["sort"]):
        column = table.column(one["column"])
        positions = column.ordered(positions, one["descending"], stable, pace)
    return positions


def both(some, others):
    """Return the positions that are among both, in ascending order."""
    np = sys.modules.get("numpy")
    if np is not None:
        return np.intersect1d(np.asarray(some, "i8"), np.asarray(others, "i8"), assume_unique=True)
    known = set(plain(others, None, None))
    return [at for at in plain(some, None, None) if at in known]
