# pyright: basic
# Basic, as everything in the probe runs on Pythons that have no types of ours.
"""Runs inside ipykernel: how long an answer may take, and whose turn it is.

Owns the pace of everything that loops in the thread that answers. It must run on Python 3.9 and
must not import cellbridge.

A thread that wants the interpreter gets it after a turn (switch_interval.py) at the latest, but one
cell wants it many times: for each message, each write. So whoever loops here also gives it away
every millisecond by himself.
"""

import time

TURN = 0.001
"""Seconds after which others get their turn."""
PAUSE = 0.0001
"""Seconds for which they get it at least."""


class Pace:
    """The time that one answer has."""

    def __init__(self, seconds):
        now = time.monotonic()
        self.until = now + seconds
        self.turn = now + TURN

    def over(self):
        """Tell whether the time is over; gives others their turn now and then."""
        now = time.monotonic()
        if now > self.turn:
            time.sleep(PAUSE)  # Wait: for nothing; a cell that runs goes on meanwhile.
            self.turn = time.monotonic() + TURN
        return now > self.until
