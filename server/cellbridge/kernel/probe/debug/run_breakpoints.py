# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: the breakpoints in the texts of runs.

Owns the breakpoints that the host wants in a run, from its request to the file of its code. It must
run on Python 3.9, must not import cellbridge, and must not know pydevd.

The host knows a run by the id of its request; its file is known once the run registers its text. A
run may register several texts, such as the body of a cell magic. All of them keep the lines of the
script, so a breakpoint is set in each.

Bound: the last `RUNS` runs are known by their ids.
"""

import contextlib
from collections import OrderedDict

from ..executed_sources import SOURCES

RUNS = 256
KEY = "cellbridge"


class RunBreakpoints:
    """The breakpoints in all texts of runs."""

    def __init__(self, kernel, replace):
        self.kernel = kernel
        self.replace = replace
        """Sets the breakpoints of one file, and returns the ids of those that were set."""
        self.runs = OrderedDict()
        """The paths of the texts of each run, by the id of its request."""
        self.wanted = OrderedDict()
        """The breakpoints for runs that have not begun, by the ids of their requests."""

    def begin(self):
        """Follow the runs, from the one under way on."""
        if self.follow not in SOURCES.followers:
            SOURCES.followers.append(self.follow)
        last = next(reversed(SOURCES.runs.values()), None)
        if last is not None:
            self.note(self.request()[0], last.path)

    def end(self):
        """Follow no runs."""
        if self.follow in SOURCES.followers:
            SOURCES.followers.remove(self.follow)
        self.runs.clear()
        self.wanted.clear()

    def request(self):
        """Return the id of the kernel's current or last request, and our metadata in it."""
        parent = self.kernel.get_parent("shell") or {}
        metadata = (parent.get("metadata") or {}).get(KEY)
        run = (parent.get("header") or {}).get("msg_id", "")
        return run, metadata if isinstance(metadata, dict) else {}

    def follow(self, source):
        """Set the breakpoints of a run, before its text is compiled."""
        with contextlib.suppress(Exception):  # Boundary: the run begins in any case
            run, metadata = self.request()
            self.note(run, source.path)
            found = self.wanted.get(run, metadata.get("breakpoints"))
            if isinstance(found, list):
                self.set(source, found)

    def note(self, run, path):
        """Note the text of a run."""
        self.runs.setdefault(run, []).append(path)
        while len(self.runs) > RUNS:
            self.runs.popitem(last=False)

    def set(self, source, breakpoints):
        """Set the breakpoints in one text; whatever reads it then needs its file."""
        if breakpoints:
            SOURCES.need_file(source)
        return self.replace(source.path, breakpoints)

    def place(self, key, breakpoints):
        """Set the breakpoints of a run or of a known text; return the ids of those that were set.

        Those of a run that has not begun are set when it begins.
        """
        known = self.runs.get(key) or [key]
        sources = [source for source in map(SOURCES.find, known) if source is not None]
        if not sources:
            self.wanted[key] = breakpoints
            while len(self.wanted) > RUNS:
                self.wanted.popitem(last=False)
        done = [number for source in sources for number in self.set(source, breakpoints)]
        return sorted(set(done))
