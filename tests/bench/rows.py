"""The rows of the benchmark: Cellbridge and a peer, timed in turns within one run.

Owns the shape of rows and their arithmetic. A row defines what it times; it must not print or rate
itself. A file `bench_*.py` next to this one declares its rows in a tuple `ROWS`; tests/bench/run.py
finds them there.

Times differ by a factor of two between runs on the same machine, ratios within a run do not: that
is why a row holds both sides, and why sides must take turns (`alternate`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

ROUNDS_AT_LEAST = 3


@dataclass(frozen=True)
class Timing:
    """Seconds of each repetition, ours and the peer's; GB where the row's unit is MB."""

    ours: Sequence[float]
    peer: Sequence[float] = ()
    """Empty without a peer; the row then has no ratio."""
    silent: bool = False
    """True if the peer never returned the expected result, so that there is no time to compare."""

    @property
    def ratio(self) -> float | None:
        """Our median over the peer's."""
        return median(self.ours) / median(self.peer) if self.peer else None


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    """The user's wait, for example "Command to result shown"."""
    ours: str
    """The timed work on our side, in a few words."""
    peer: str
    """The timed work of the peer, in a few words; empty without one."""
    measure: Callable[[], Timing]
    """Takes both sides' times, in turns."""
    at_most: float | None = None
    """The target: the largest ratio of our median to the peer's. None without a target."""
    at_most_ms: float | None = None
    """A target for our median alone, in milliseconds, set by a user's patience."""
    unit: Literal["ms", "MB"] = "ms"

    def met(self, timing: Timing) -> bool:
        """Return True if every target of this row is reached."""
        ratio = timing.ratio
        slower = ratio is None or (self.at_most is not None and ratio > self.at_most)
        if self.at_most is not None and slower and not timing.silent:
            return False
        return self.at_most_ms is None or median(timing.ours) * 1000 <= self.at_most_ms


def alternate(
    ours: Callable[[], float],
    peer: Callable[[], float],
    times: int,
    patience: float = math.inf,
) -> Timing:
    """Call both sides in turns, each returning the seconds it took, after one unmeasured round.

    After ``patience`` seconds three rounds are enough.
    """
    ours()
    peer()
    until = time.monotonic() + patience
    pairs: list[tuple[float, float]] = []
    while len(pairs) < times and (len(pairs) < ROUNDS_AT_LEAST or time.monotonic() < until):
        pairs.append((ours(), peer()))
    return Timing([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def slow(timing: Timing) -> Timing:
    """Return the 95th percentile of both sides in place of their times."""

    def percentile(times: Sequence[float]) -> list[float]:
        return [sorted(times)[int(len(times) * 0.95)]]

    return Timing(percentile(timing.ours), percentile(timing.peer))
