"""Sizes and times in words, the same wherever they are shown.

Owns their words. What they are measures of is the caller's.
"""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Return a number of bytes: ``999 B``, ``1.2 kB``, ``12 kB``."""
    amount, at = float(count), 0
    while amount >= 999.5 and at < len(_UNITS) - 1:
        amount, at = amount / 1000, at + 1
    return (
        f"{amount:.0f} {_UNITS[at]}" if amount >= 9.95 or not at else f"{amount:.1f} {_UNITS[at]}"
    )


def duration(seconds: float) -> str:
    """Return how long something took: ``40 ms``, ``0.4 s``, ``12 s``, ``2 min 5 s``."""
    if seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age(seconds: float) -> str:
    """Return how long ago or since when, in one unit: ``12 s``, ``5 min``, ``3 h``, ``2 days``."""
    whole = max(0, int(seconds))
    minutes = whole // 60
    if minutes < 1:
        return f"{whole} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
