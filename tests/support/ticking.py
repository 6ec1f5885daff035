"""The time in the hint of a running cell, which ticks while a test looks at the rest."""

from __future__ import annotations

import re

_TIME = re.compile(r"(?<=^…)( .*) · \d+ (s|min \d+ s)$")


def without_time(hint: str) -> str:
    """Return a hint as it is in the first second of its run."""
    return _TIME.sub(r"\1", hint)
