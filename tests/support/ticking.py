"""The time in the hint of a running cell, which ticks while a test looks at the rest."""

from __future__ import annotations

import re

_TIME = re.compile(r"(?<=^…)( .*) · \d+ (s|min \d+ s)$")

_TICKED = re.compile(r"… running (?!0 s|1 s)\d+ s")


def ticked(text: str) -> bool:
    """Tell whether a time of two seconds or more is told: it has ticked.

    Which seconds are told depends on when the clock is looked at; a busy machine passes some over.
    """
    return _TICKED.search(text) is not None


def without_time(hint: str) -> str:
    """Return a hint as it is in the first second of its run."""
    return _TIME.sub(r"\1", hint)
