"""The kernel that a host starts before its own imports, and the line that it sends its client then.

Owns the line on standard output and the process that is not part of the session yet. It must not
import anything slow.
"""

from __future__ import annotations

import os
import sys

from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.process.launch import LaunchedProcess

READY = "ready"
"""The line on standard output that says that clients can connect."""
FAILED = "failed "
"""Begins the line that says, in a sentence, why no client will ever be able to."""
TAKEN = "taken"
"""The line that says that another host serves this notebook already."""


class FirstKernel:
    """A kernel whose process was started before the host could speak to it."""

    def __init__(self, wish: bytes, spec: Spec, launched: LaunchedProcess) -> None:
        self.wish = wish
        """What the client is going to ask for: `cellbridge.session.messages.Warm` as JSON."""
        self.spec = spec
        self._launched: LaunchedProcess | None = launched
        self._untaken: LaunchedProcess | None = launched

    def take(self) -> LaunchedProcess | None:
        """Return the process, for the session's keeper; None the second time."""
        launched, self._untaken = self._untaken, None
        return launched

    def settle(self) -> None:
        """Leave the process to the session, which clients can reach from now on."""
        self._launched = None

    def abandon(self) -> None:
        """End the process if the host did not come up, whether it was taken or not."""
        if self._launched is not None:
            self._launched.abandon()


def say(line: str) -> None:
    """Tell the launching client one thing, then let go of its pipes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    # The client may end at any time; nothing here may ever wait for, or break on, its pipes.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
