# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the choice of a table's backend, lists of dicts, and the order of rows.

Owns the choice. A backend has ``kind``, ``rows``, ``names``, ``dtype(at)``, ``column(at)`` and
``labels(positions)``; a column has ``values``, ``order``, ``match``, ``summary`` and
``fingerprint``, or its table has ``arrange``. It must run on Python 3.9, must not import
cellbridge, and never calls the user's code.
"""

import sys

from ..library_types import library
from .object_columns import ObjectColumn
from .pandas_tables import NumpyTable, PandasTable
from .polars_tables import PolarsTable
from .pyarrow_tables import ArrowTable
from .values import plain
from .xarray_tables import XarraySet, XarrayTable

RECORD_KEYS = 1000
"""Dicts of a list of records whose keys become columns."""


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

        return ObjectColumn(some, self.rows, "")

    def labels(self, positions):
        """Return the labels of rows: their numbers."""
        return [str(at) for at in positions]


def backend(obj):
    """Return the backend of an object that is a table."""
    if type(obj) is list:
        return RecordTable(obj)
    top, name = library(obj), type(obj).__name__
    if top == "xarray":
        return XarraySet(obj) if name == "Dataset" else XarrayTable(obj)
    known = {"pandas": PandasTable, "polars": PolarsTable, "pyarrow": ArrowTable}
    return known.get(top, NumpyTable)(obj)


def arrange(table, query, deadline):
    """Return the positions of the rows that meet all conditions, in the requested order.

    None stands for all rows in their own order.
    """
    if hasattr(table, "arrange"):
        return table.arrange(query)
    positions = None
    for one in query["filters"]:
        found = table.column(one["column"]).match(one["operator"], one["value"], deadline)
        positions = found if positions is None else intersect(positions, found)
    stable = len(query["sort"]) > 1 or positions is not None
    for one in reversed(query["sort"]):
        column = table.column(one["column"])
        positions = column.order(positions, one["descending"], stable, deadline)
    return positions


def intersect(some, others):
    """Return the positions that are in both, in ascending order."""
    np = sys.modules.get("numpy")
    if np is not None:
        return np.intersect1d(np.asarray(some, "i8"), np.asarray(others, "i8"), assume_unique=True)
    known = set(plain(others, None, None))
    return [at for at in plain(some, None, None) if at in known]
