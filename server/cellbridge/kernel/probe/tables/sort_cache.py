# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: a cached order of a table's rows for the next page.

Owns its origin and its validity. It must run on Python 3.9, must not import
cellbridge, and keeps no table alive.
"""

import weakref
from typing import Any


class CachedOrder:
    """An order of rows, with its query and the state of its columns."""

    def __init__(self, obj, window, moment, fingerprints):
        self.identity = id(obj)
        self.query = (window["sort"], window["filters"])
        self.moment = moment
        """The last run before it was computed; None if a cell was running."""
        self.fingerprints = None if any(one is None for one in fingerprints) else fingerprints
        self.positions: Any = None
        try:
            self.ref: Any = weakref.ref(obj, self.forget)
        except TypeError:
            self.ref = None
            self.fingerprints = None

    def forget(self, _):
        """Drop the data of a table that no longer exists."""
        self.positions = self.fingerprints = None

    def alive(self):
        """Return True if the table still exists, or is a list, for which that is unknown."""
        return self.ref is None or self.ref() is not None

    def matches(self, obj, window):
        """Return True if it is the requested order of this table."""
        mine = self.identity == id(obj) and (self.ref is None or self.ref() is obj)
        return mine and self.query == (window["sort"], window["filters"])

    def size(self):
        """Return the bytes that it takes."""
        found = getattr(self.positions, "nbytes", None)
        if found is None and hasattr(self.positions, "estimated_size"):
            found = self.positions.estimated_size()
        if found is None:
            return 8 * len(self.positions or ())
        return int(found)


def same_fingerprints(fingerprints, others):
    """Return True if the fingerprints of columns are equal; arrow arrays must be identical."""
    return all(
        one == other if type(one) is tuple else one is other and one is not None
        for one, other in zip(fingerprints, others)  # noqa: B905 - Python 3.9
    )
