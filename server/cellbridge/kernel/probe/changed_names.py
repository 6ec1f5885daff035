# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: tracking of the names that the last run has changed.

Owns the marks by which objects are compared, and the numbers of the runs. It must run on Python
3.9, must not import cellbridge, and never calls the user's code.

A run must not take longer because there are many names. So after a run, on the main thread, only
two groups of names are compared with their previous marks:

* the names that the code of the run can reach (reached_names.py): its compiled code lists them;
* the names that are new: a dict keeps the order of insertion, so they are its last keys.

This misses a change that the code does not show: through another name or a container, or by
``exec``, a magic or a background thread. Such a change is found when the variables are next listed,
because each listed name is compared again, and it then counts for the latest run. An open view of
the variables lists them after every run, so its answers are those of a full comparison after each
run. In a batch, the variables are never listed, so their comparison costs nothing.
Comparing all names after each run cost 10 ms at 50,000 names, and a copy of the namespace would
keep deleted objects alive.

A mark is small and quick to build. It shows another object, another length or shape, and other
items at a few places of a list, a dict or an array. A change in place elsewhere in a large object
is not noticed; the documentation mentions this limit. No mark keeps an object alive.
"""

import itertools
import time

from .reached_names import reached_names
from .stored_attributes import MISSING, is_a, own, package

SECONDS = 0.005
"""Processor seconds that the comparison after a run may take; further names are compared by
identity only."""
CODE_LIMIT = 200
"""Code objects of one run that are kept at most until its end."""
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
        self.codes = []
        """The code that the current run has compiled."""
        self.reached = {}
        """The names that this code could reach before it ran: it may replace what it calls."""
        self.marks = {}
        """Each known name with its mark and the number of the run that changed it. A mark that is
        only an identity may be stored as the identity itself."""
        self.compare(self.with_new_names({}))

    def follow(self, shell):
        """Follow the runs of a shell, and the code that it compiles."""
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)
        shell.compile.__class__ = recording_compiler(type(shell.compile), self.compiled)

    def before(self, _info=None):
        """Note that a cell begins; called by IPython."""
        if not self.depth:
            self.run += 1
            self.codes, self.reached = [], {}
        self.depth += 1

    def compiled(self, code):
        """Note code that the current run has compiled, which includes that of magics."""
        if self.depth and len(self.codes) < CODE_LIMIT:
            self.codes.append(code)
            try:
                self.reached.update(reached_names([code], self.names))
            except Exception:  # Boundary: the cell runs without this feature
                self.codes = []

    def after(self, _result=None):
        """Note that a cell has ended; called by IPython."""
        self.depth = max(0, self.depth - 1)
        if self.depth:
            return
        codes, self.codes = self.codes, []
        try:
            found = {**reached_names(codes, self.names), **self.reached}
            self.compare(self.with_new_names(found))
            if len(self.marks) > len(self.names):  # Deleted by code that does not name them.
                self.marks = {n: mark for n, mark in self.marks.items() if n in self.names}
        except Exception:  # Boundary: the kernel continues without this feature
            self.marks = {}

    def with_new_names(self, found):
        """Return some names, and those that were added last and are not known yet."""
        try:
            for name in reversed(self.names):
                if type(name) is not str or name in found:
                    continue
                if name in self.marks:
                    break
                found[name] = None
        except RuntimeError:  # Another thread adds names.
            pass
        return found

    def compare(self, found):
        """Note the changes of some names since each was last compared."""
        until = time.thread_time() + SECONDS
        waiting = iter(found)
        for at, name in enumerate(waiting):
            self.compare_one(name, quick=is_history(name))
            if at % 64 == 63 and time.thread_time() > until:
                break
        # Of many names, most are new: the next cell waits for this.
        marks, names, run = self.marks, self.names, self.run
        for name in waiting:
            obj = MISSING if name in marks else names.get(name, MISSING)
            if obj is MISSING:
                self.compare_one(name, quick=True)
            else:
                marks[name] = (id(obj), run)

    def compare_one(self, name, *, quick):
        """Note the change of one name, which may be gone."""
        obj = self.names.get(name, MISSING)
        if obj is MISSING:
            self.marks.pop(name, None)
        else:
            self.changed_in(name, obj, quick=quick)

    def changed_in(self, name, obj, *, quick=False):
        """Return the number of the run that last changed a name, including the current run.

        ``quick`` compares the identity only.
        """
        new = (id(obj),) if quick else mark(obj)
        old, run = self.marks.get(name) or (None, self.run)
        old = (old,) if type(old) is int else old
        same = old is not None and may_be_same(old, new)
        if not same:
            run = self.run
        self.marks[name] = (old if same and quick else new, run)
        return run

    def delete(self, name):
        """Note that our own request has deleted a variable."""
        self.marks.pop(name, None)

    def rename(self, name, new_name):
        """Note that our own request has renamed a variable."""
        if name in self.marks:
            self.marks[new_name] = self.marks.pop(name)


def recording_compiler(base, note):
    """Return a subclass of IPython's compiler class that reports the code that it compiles."""

    class RecordingCompiler(base):
        """A compiler that reports its results."""

        def __call__(self, *args, **kwargs):
            """Compile, and report the code."""
            code = super().__call__(*args, **kwargs)
            note(code)
            return code

    return RecordingCompiler


def is_history(name):
    """Return True for the names by which IPython keeps each input and result: ``_i5``, ``_5``."""
    return name[:1] == "_" and name.lstrip("_i").isdigit()


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
