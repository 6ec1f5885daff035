# pyright: basic
# Basic, as everything in the probe runs on Pythons that have no types of ours.
"""Runs inside ipykernel: the interpreter is shared in small turns while somebody asks.

Owns the interpreter's switch interval while questions come. It must run on Python 3.9 and must not
import cellbridge.

A thread that wants the interpreter while a cell computes gets it after five milliseconds, as does
the one that answers, once for each question and more often for long ones; and so does the main
thread for a short cell that begins while a long question is answered.

Invariant: a kernel that nobody asks has the interval that its user gave it, or Python's own; so do
the processes that it forks. Threads that compute are a few per cent slower with small turns.
"""

import _thread
import os
import sys
import time

TURN = 0.0005
"""Seconds after which a thread has to let another one have the interpreter."""
HOLD = 10.0
"""Seconds for which that stays so after a question: a person who has asked asks again."""


class Sharing:
    """The interval of this interpreter."""

    def __init__(self, hold=HOLD):
        self.hold = hold
        self.until = 0.0
        self.theirs = None
        """The interval that it had before; None while it has it."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.give_back)

    def asked(self):
        """Note that somebody asks."""
        self.until = time.monotonic() + self.hold
        interval = sys.getswitchinterval()
        if interval <= TURN:
            return
        sys.setswitchinterval(TURN)
        begins = self.theirs is None
        self.theirs = interval
        if begins:
            # Not of `threading`, whose list of threads is the user's and whose start waits.
            _thread.start_new_thread(self.watch, ())

    def watch(self):
        """Give the interval back once nobody has asked for a while."""
        while (left := self.until - time.monotonic()) > 0:
            time.sleep(left)  # Wait: for the end of the time
        self.give_back()

    def give_back(self):
        """Make the interval what it was, unless a cell has set another meanwhile."""
        theirs, self.theirs = self.theirs, None
        if theirs is not None and round(sys.getswitchinterval(), 6) == TURN:
            sys.setswitchinterval(theirs)
