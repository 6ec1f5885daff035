# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: deadlines of answers, with regular pauses for other threads.

Owns the pace of all loops in the thread that answers. It must run on Python 3.9 and
must not import cellbridge.

A thread that needs the interpreter gets it after a switch interval (switch_interval.py) at the
latest, but a cell needs it many times: for each message, each write. So each loop here also
releases it every millisecond.
"""

import time

TURN = 0.001
"""Seconds after which other threads get a turn."""
PAUSE = 0.0001
"""Seconds that their turn takes at least."""


class Deadline:
    """The time limit of one answer."""

    def __init__(self, seconds):
        now = time.monotonic()
        self.until = now + seconds
        self.turn = now + TURN

    def passed(self):
        """Return True if the time is over; regularly give other threads a turn."""
        now = time.monotonic()
        if now > self.turn:
            time.sleep(PAUSE)  # Wait: for nothing; a running cell continues meanwhile.
            self.turn = time.monotonic() + TURN
        return now > self.until
