"""The report of a host's launch to its client, and the kernel started before the host's imports.

Owns the line on standard output and the process that is not part of the session yet. It must not
import anything slow.
"""

from __future__ import annotations

import os
import sys

from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.process.launch import LaunchedProcess

READY = "ready"
"""The line on standard output by which the host reports that clients can connect."""
FAILED = "failed "
"""The beginning of the line that reports, in a sentence, why no client will be able to connect."""
TAKEN = "taken"
"""The line that reports that another host already serves this notebook."""


class FirstKernel:
    """A kernel whose process was started before the host could connect to it."""

    def __init__(self, request: bytes, spec: Spec, launched: LaunchedProcess) -> None:
        self.request = request
        """The request that the client will send: `cellbridge.session.messages.Warm` as JSON."""
        self.spec = spec
        self._launched: LaunchedProcess | None = launched
        self._untaken: LaunchedProcess | None = launched

    def take(self) -> LaunchedProcess | None:
        """Return the process, for the session's kernel manager; None the second time."""
        launched, self._untaken = self._untaken, None
        return launched

    def hand_over(self) -> None:
        """Hand the process over to the session, which clients can reach from now on."""
        self._launched = None

    def abandon(self) -> None:
        """End the process if the host did not start, even if it was taken."""
        if self._launched is not None:
            self._launched.abandon()


def report_to_launcher(line: str) -> None:
    """Write one line to the launching client, then release its pipes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    # The client may end at any time; the host must never wait for its pipes or fail on them.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
