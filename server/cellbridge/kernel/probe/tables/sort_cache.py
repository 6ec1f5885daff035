# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: an order of a table's rows that is kept for the next page.

Owns what it was made of and whether it is still right. It must run on Python 3.9, must not import
cellbridge, and keeps no table alive.
"""

import weakref
from typing import Any


class Kept:
    """An order of rows, what it was asked for, and what it was made of."""

    def __init__(self, obj, window, moment, prints):
        self.identity = id(obj)
        self.asked = (window["sort"], window["filters"])
        self.moment = moment
        """The run after which it was made; None while one was under way."""
        self.prints = None if any(one is None for one in prints) else prints
        self.positions: Any = None
        try:
            self.ref: Any = weakref.ref(obj, self.forget)
        except TypeError:
            self.ref = None
            self.prints = None

    def forget(self, _):
        """The table is gone, and nothing is kept of it."""
        self.positions = self.prints = None

    def alive(self):
        """Tell whether the table is still there; of a list nobody can tell."""
        return self.ref is None or self.ref() is not None

    def fits(self, obj, window):
        """Tell whether it is the order of this table that is asked for."""
        mine = self.identity == id(obj) and (self.ref is None or self.ref() is obj)
        return mine and self.asked == (window["sort"], window["filters"])

    def size(self):
        """Return the bytes that it takes."""
        found = getattr(self.positions, "nbytes", None)
        if found is None and hasattr(self.positions, "estimated_size"):
            found = self.positions.estimated_size()
        if found is None:
            return 8 * len(self.positions or ())
        return int(found)


def same(prints, others):
    """Tell whether the marks of columns are the same; an arrow array only where it is itself."""
    return all(
        one == other if type(one) is tuple else one is other and one is not None
        for one, other in zip(prints, others)  # noqa: B905 - Python 3.9
    )
