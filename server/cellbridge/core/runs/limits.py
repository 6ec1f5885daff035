"""Limits of a session's kernel: memory, and time for one run; and messages when they are exceeded.

Owns the shape, which travels on the session's wire, and the sentences. It must not measure anything
or end anything.
"""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """The limits of one session; 0 is none."""

    memory: int = 0
    """Megabytes of resident memory that the kernel and the processes it started may hold."""
    time: float = 0.0
    """Seconds that one run may take, from its start."""

    def __bool__(self) -> bool:
        return bool(self.memory or self.time)


NO_LIMITS = Limits()

INTERRUPTED = "the cell was interrupted"
ENDED = "the kernel was ended, and its variables are gone"


def time_limit_message(limits: Limits, done: str) -> str:
    """Return the message for a run that took too long; ``done`` is the action that was taken."""
    return (
        f"This cell ran for {_seconds(limits.time)}, the limit for one run "
        f"(cellbridge.kernel.timeLimit), so {done}. "
        "Raise the limit, or do the work in smaller steps; its output so far is kept."
    )


def memory_limit_message(limits: Limits, held: int, done: str) -> str:
    """Return the message for a run whose kernel holds too much memory, in bytes ``held``."""
    return (
        f"The kernel held {held / 1e6:,.0f} MB of memory, more than its limit of "
        f"{limits.memory:,} MB (cellbridge.kernel.memoryLimit), so {done}. "
        "Delete what is no longer needed, work on less at a time, or raise the limit; "
        "the output so far is kept."
    )


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} second{'s' * (seconds != 1)}"
    return f"{seconds / 60:.3g} minutes" if seconds < 7200 else f"{seconds / 3600:.3g} hours"
