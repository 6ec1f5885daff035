"""The columns that characters take on a terminal.

Owns the widths. It must not know what is laid out with them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_JOINERS = {"Mn", "Me", "Cf"}
"""Categories of characters that belong to the one before: accents, joiners, variants of emoji."""


@lru_cache(maxsize=4096)
def char_width(char: str) -> int:
    """Return how many columns a printable character takes: 0, 1 or 2."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def text_width(text: str) -> int:
    """Return how many columns a line of text takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))
