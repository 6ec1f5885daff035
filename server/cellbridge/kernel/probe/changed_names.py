# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: tracking of the names that the last run has changed.

Owns the marks by which objects are compared, and the numbers of the runs. It must run on Python
3.9, must not import cellbridge, and never calls the user's code.

After each run every name's mark is compared with the previous one, on the main thread. So a mark is
small and quick to build, and the total time is bounded. A mark shows another object, another length
or shape, and other items at a few places of a list, a dict or an array. A change in place elsewhere
in a large object is not noticed; the documentation mentions this limit. No mark keeps an object
alive.
"""

import itertools
import time

from .stored_attributes import is_a, own, package

SECONDS = 0.005
"""Seconds that the comparison after a run may take; further names are compared by identity only."""
NAMES = 5000
"""Names that are compared at most."""
_PLACES = 16
_PLAIN = (int, float, bool, str, bytes, type(None))


class ChangedNames:
    """The names of one namespace and the last change of each."""

    def __init__(self, names):
        self.names = names
        self.run = 0
        """The number of the last run that has begun."""
        self.depth = 0
        """The number of cells that run nested in one another."""
        self.marks = {}
        """Each name with its mark and the number of the run that changed it."""
        self.compare()

    def before(self, _info=None):
        """Note that a cell begins; called by IPython."""
        if not self.depth:
            self.run += 1
        self.depth += 1

    def after(self, _result=None):
        """Note that a cell has ended; called by IPython."""
        self.depth = max(0, self.depth - 1)
        if self.depth:
            return
        try:
            self.compare()
        except Exception:  # Boundary: the kernel continues without this feature
            self.marks = {}

    def compare(self):
        """Note the changes since the last comparison."""
        until = time.monotonic() + SECONDS
        marks = {}
        quick = False
        for at, (name, obj) in enumerate(list(itertools.islice(self.names.items(), NAMES))):
            if at % 64 == 0:
                quick = time.monotonic() > until
            new = (id(obj),) if quick else mark(obj)
            old, run = self.marks.get(name) or (None, self.run)
            same = old is not None and may_be_same(old, new)
            marks[name] = (old if same and quick else new, run if same else self.run)
        self.marks = marks

    def changed_in(self, name, obj):
        """Return the number of the run that last changed a name, including the current run."""
        known = self.marks.get(name)
        if known is None:
            return self.run
        if self.depth and not may_be_same(known[0], mark(obj)):
            return self.run
        return known[1]

    def rename(self, name, new_name):
        """Note that our own request has renamed a variable."""
        if name in self.marks:
            self.marks[new_name] = self.marks.pop(name)


def may_be_same(one, other):
    """Return True if two marks may belong to the same object in the same state.

    A mark made after the time limit has only the identity, and only that is compared.
    """
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])


def mark(obj):  # noqa: PLR0911 - one return for each kind of value
    """Return the mark by which an object is compared; its identity comes first."""
    kind = type(obj)
    if kind in _PLAIN:
        return (id(obj), kind, obj if kind not in (str, bytes) else (len(obj), obj[:100]))
    if is_a(obj, (list, tuple)):
        base = list if is_a(obj, list) else tuple
        total = base.__len__(obj)
        step = max(1, total // _PLACES)
        return (id(obj), total, tuple(map(id, base.__getitem__(obj, slice(None, None, step)))))
    if is_a(obj, dict):
        return (id(obj), dict.__len__(obj), *dict_ends(obj))
    if is_a(obj, (set, frozenset)):
        base = set if is_a(obj, set) else frozenset
        return (id(obj), base.__len__(obj))
    if package(kind) == "numpy" and kind.__name__ == "ndarray":
        return (id(obj), obj.shape, array_places(obj))
    if package(kind) == "pandas" and kind.__name__ in ("DataFrame", "Series"):
        manager = own(obj).get("_mgr")
        return (id(obj), id(manager), tuple(map(id, getattr(manager, "blocks", ())[:_PLACES])))
    stored = own(obj)
    if type(stored) is dict:
        return (id(obj), len(stored), tuple(map(id, itertools.islice(stored.values(), _PLACES))))
    return (id(obj),)


def dict_ends(obj):
    """Return the identities of the first and the last values of a dict."""
    try:
        first = tuple(map(id, itertools.islice(dict.values(obj), _PLACES)))
        return first, tuple(map(id, itertools.islice(reversed(dict.values(obj)), 4)))
    except RuntimeError:  # It is changing at the moment.
        return ()


def array_places(array):
    """Return the bytes of a few items of an array."""
    if array.dtype.hasobject or not array.size:
        return b""
    step = max(1, array.size // _PLACES)
    try:
        return array.flat[::step][: 4 * _PLACES].tobytes()
    except (ValueError, MemoryError):
        return b""
