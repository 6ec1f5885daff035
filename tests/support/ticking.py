"""The elapsed time in the hint of a running cell, which changes while a test checks the rest."""

from __future__ import annotations

import re

_TIME = re.compile(r"(?<=^…)( .*) · \d+ (s|min \d+ s)$")

_TICKED = re.compile(r"… running (?!0 s|1 s)\d+ s")


def has_ticked(text: str) -> bool:
    """Return True if the text shows a time of two seconds or more, so that it has ticked.

    The shown seconds depend on when the clock is read; a busy machine skips some.
    """
    return _TICKED.search(text) is not None


def without_time(hint: str) -> str:
    """Return a hint as in the first second of its run."""
    return _TIME.sub(r"\1", hint)
