# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: which names the last run has changed.

Owns the marks that objects are compared by, and the numbers of the runs. It must run on Python 3.9,
must not import cellbridge, and calls nothing that a user wrote.

After each run every name's mark is compared with the one before, on the main thread: so a mark is
small and quick, and there is a bound to the time it all may take. It tells another object, another
length or shape, and other items at a few places of a list, a dict or an array. What was changed in
place elsewhere in a large object goes unnoticed; that is the price, and it is said to the user.
No mark keeps an object alive.
"""

import itertools
import time

from .stored_attributes import is_a, own, package

SECONDS = 0.005
"""What the comparison after a run may take; names beyond it are compared by their identity only."""
NAMES = 5000
"""Names that are compared at all."""
_PLACES = 16
_PLAIN = (int, float, bool, str, bytes, type(None))


class Ledger:
    """The names of one namespace and when each of them last changed."""

    def __init__(self, names):
        self.names = names
        self.run = 0
        """Number of the last run that has begun."""
        self.depth = 0
        """How many cells run within one another."""
        self.marks = {}
        """Each name with its mark and the number of the run that changed it."""
        self.compare()

    def before(self, _info=None):
        """A cell begins; called by IPython."""
        if not self.depth:
            self.run += 1
        self.depth += 1

    def after(self, _result=None):
        """A cell has ended; called by IPython."""
        self.depth = max(0, self.depth - 1)
        if self.depth:
            return
        try:
            self.compare()
        except Exception:  # Boundary: the kernel works on as if we were not there
            self.marks = {}

    def compare(self):
        """Note what has changed since the last time."""
        until = time.monotonic() + SECONDS
        marks = {}
        quick = False
        for at, (name, obj) in enumerate(list(itertools.islice(self.names.items(), NAMES))):
            if at % 64 == 0:
                quick = time.monotonic() > until
            new = (id(obj),) if quick else mark(obj)
            old, run = self.marks.get(name) or (None, self.run)
            same = old is not None and alike(old, new)
            marks[name] = (old if same and quick else new, run if same else self.run)
        self.marks = marks

    def changed_in(self, name, obj):
        """Return the number of the run that changed a name last, the one under way included."""
        known = self.marks.get(name)
        if known is None:
            return self.run
        if self.depth and not alike(known[0], mark(obj)):
            return self.run
        return known[1]

    def moved(self, name, new_name):
        """A name has been changed by us."""
        if name in self.marks:
            self.marks[new_name] = self.marks.pop(name)


def alike(one, other):
    """Tell whether two marks may be of the same object in the same state.

    One that was made in a hurry is the identity alone, and no more is compared.
    """
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])


def mark(obj):  # noqa: PLR0911 - one return for each kind of value
    """Return what an object is compared by; its identity comes first."""
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
    except RuntimeError:  # It changes just now.
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
