"""The extents of cells: markers that are not inside text.

Owns: walking the lines of a document, from the beginning of any cell, and finding the end of each
cell. It must not know the contents of cells.

Most lines of a script hold nothing that opens a cell, a string or a fence. They are skipped without
a check of each: the rest is searched for in many lines at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from .languages import Language
from .lexing import CODE, State, delimiters, is_plain, lexer_for
from .markdown import fence_end
from .markers import CellKind, grammar_of
from .text import without_ending
from .unterminated_strings import spans_marker

_FIRST_CHUNK = 64  # lines; a keystroke seldom needs more
_LAST_CHUNK = 8192
_SIGNS = ("%%", "<codecell>", "In[", "COMMAND -", "```", "~~~")
"""Signs of which every line that opens a cell or a fence holds at least one."""


def extents(lines: Sequence[str], first: int, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the extent of each cell from line ``first`` on, where a cell begins.

    Two lines for each cell: the one after its last, and the one after the last line that was read
    to find that.
    """
    grammar = grammar_of(language)
    after = lexer_for(language).after
    notable = _NotableLines(lines, first, language)
    state: State = CODE
    believed = False  # the open string was found to run over markers
    fenced = start = reach = number = first  # lines before ``fenced`` are in a fence
    while (number := notable.next(number) if is_plain(state) else number) < len(lines):
        line = lines[number]
        hidden = believed or number < fenced or number == start
        if not hidden and grammar.marker(without_ending(line)) is not None:
            if state:
                believed, seen = spans_marker(lines, number, state, language, grammar.opens_cell)
                reach = max(reach, seen)
                state = state if believed else CODE
            if not believed:
                yield number, reach
                start = reach = number
        elif not state and number >= fenced and ("~~~" in line or "```" in line):
            fenced, seen = _fence(lines, start, number, language)
            reach = max(reach, seen)
        state = after(line, state)
        believed = believed and bool(state)
        number += 1
    yield len(lines), reach


def _fence(lines: Sequence[str], start: int, number: int, language: Language) -> tuple[int, int]:
    """Return the line after the fence that line ``number`` opens, and how far was looked.

    Only a markdown or raw cell has fences; ``start`` is its first line.
    """
    marker = grammar_of(language).read(without_ending(lines[start]))
    if marker.kind is CellKind.CODE:
        return number, number
    return fence_end(lines, number, language)


class _NotableLines:
    """The lines that `extents` must read, found a chunk of lines at a time."""

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
