# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: a shorter switch interval of the interpreter during queries.

Owns the interpreter's switch interval while queries arrive. It must run on Python 3.9 and must not
import cellbridge.

While a cell computes, another thread gets the interpreter after five milliseconds. The thread that
answers needs it at least once for each query. The main thread also waits that long for a short cell
that begins while a long query is answered.

Invariant: without queries, a kernel has the user's interval, or Python's own; so do the processes
that it forks. Computing threads are a few per cent slower with a short interval.
"""

import _thread
import os
import sys
import time

TURN = 0.0005
"""Seconds after which a thread must release the interpreter to another."""
HOLD = 10.0
"""Seconds for which the interval stays short after a query: more queries often follow."""


class SharedInterval:
    """The switch interval of this interpreter."""

    def __init__(self, hold=HOLD):
        self.hold = hold
        self.until = 0.0
        self.original = None
        """The original interval; None while it is in effect."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.restore)

    def shorten(self):
        """Shorten the interval, because a query has come."""
        self.until = time.monotonic() + self.hold
        interval = sys.getswitchinterval()
        if interval <= TURN:
            return
        sys.setswitchinterval(TURN)
        begins = self.original is None
        self.original = interval
        if begins:
            # Not with `threading`: its list of threads is the user's, and its start waits.
            _thread.start_new_thread(self.watch, ())

    def watch(self):
        """Restore the interval after a while without queries."""
        while (left := self.until - time.monotonic()) > 0:
            time.sleep(left)  # Wait: for the end of the time
        self.restore()

    def restore(self):
        """Restore the original interval, unless a cell has set another one meanwhile."""
        original, self.original = self.original, None
        if original is not None and round(sys.getswitchinterval(), 6) == TURN:
            sys.setswitchinterval(original)
