"""The lines that can change how the lines below them are read, found many lines at a time.

Owns: the search for delimiters, markers and fences. It must not decide what a found line means.

Most lines of a script hold nothing that opens a cell, a string or a fence. They are skipped without
a check of each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from .languages import Language
from .lexing import delimiters

_FIRST_CHUNK = 64  # lines; a keystroke seldom needs more
_LAST_CHUNK = 8192
_SIGNS = ("%%", "<codecell>", "In[", "COMMAND -", "```", "~~~")
"""Signs of which every line that opens a cell or a fence holds at least one."""


class NotableLines:
    """The notable lines from ``first`` on, found a chunk of lines at a time."""

    def __init__(self, lines: Sequence[str], first: int, language: Language) -> None:
        self._lines = lines
        self._signs = (*delimiters(language), *_SIGNS)
        self._end = first
        self._size = _FIRST_CHUNK
        self._found: list[int] = []

    def next(self, number: int) -> int:
        """Return the first notable line from ``number`` on; the number of lines without one."""
        while True:
            at = bisect_left(self._found, number)
            if at < len(self._found):
                return self._found[at]
            if self._end >= len(self._lines):
                return len(self._lines)
            self._read(max(self._end, number))

    def _read(self, first: int) -> None:
        chunk = self._lines[first : first + self._size]
        text = "".join(chunk)
        offsets: list[int] = []
        for sign in self._signs:
            at = text.find(sign) if sign[0] in text else -1
            while at >= 0:
                offsets.append(at)
                at = text.find(sign, at + len(sign))
        starts = list(accumulate(map(len, chunk), initial=0))
        self._found = sorted({first + bisect_right(starts, at) - 1 for at in offsets})
        self._end = first + self._size
        self._size = min(2 * self._size, _LAST_CHUNK)
