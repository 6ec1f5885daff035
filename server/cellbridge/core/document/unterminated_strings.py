r"""Strings that span a cell marker: intended, or left open above it.

Owns: that decision, made again wherever a line looks like a marker and is inside a string or block
comment. It must not know cells or the form of markers.

A script may hold a script in a string. While the user types the first quotes of a docstring,
every cell below would vanish into it, with its outputs, up to the next quotes. Python takes the
first for granted and reports the second at the end of the file. Here both readings are followed
line by line, and each pays for what makes it unlikely:

    1   for each line that looks like a marker and is text in this reading
    2   for a delimiter that looks like the opposite of what it is in this reading
        (``'''Doc`` looks opening, ``text'''`` and ``''')`` look closing)
    1   for one that rather looks so: alone on its line it looks closing, below a marker or a
        colon it looks opening
    3   for a string still open at the end of the file

The following ends when both readings are back in code on the same line, when one has paid four more
than the other, at the end of the file, or after a thousand lines, of which not more than 24 hold a
delimiter or look like a marker. The cheaper reading wins. Where
both are back in code, or have paid the same, the string runs on, as in Python. A block comment
in which another one opens was left open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .languages import Language
from .lexing import CODE, State, delimiters, is_plain, lexer_for
from .text import without_ending

_LEAD = 4
_HORIZON = 1000
_EVENTS = 24
_OPEN_AT_END = 3
_AFTER_CLOSER = re.compile(r"\s*(?:$|[)\]},.;:%+#\[]|(?:if|for|else|in|and|or|is|not)\b)")
_BEFORE_OPENER = re.compile(
    r"(?:[=(\[{,:+%]|\b(?:return|in|and|or|not|if|else|yield|await|print))\s*[a-zA-Z]{0,2}$"
)


def spans_marker(
    lines: Sequence[str],
    number: int,
    state: State,
    language: Language,
    opens_cell: Callable[[str], bool],
) -> tuple[bool, int]:
    """Decide whether the construct open in ``state`` runs on over the marker-like line ``number``.

    Returns the verdict and the first line that was not read to reach it.
    """
    if state[0].lstrip("f") in {"'", '"'}:
        # Carried over by a backslash: it ends here or, by another backslash, runs on.
        return state[0][-1] in lines[number], number + 1
    runs, ends = _Reading(lines, state, language), _Reading(lines, CODE, language)
    stop = min(len(lines), number + _HORIZON)
    signs = delimiters(language)
    events = 0
    for at in range(number, stop):
        line = lines[at]
        is_marker = opens_cell(without_ending(line))
        notable = is_marker or any(sign in line for sign in signs)
        if not notable and is_plain(runs.state) and is_plain(ends.state):
            continue
        runs.read(at, is_marker=is_marker)
        ends.read(at, is_marker=is_marker)
        events += notable
        if runs.reopened or runs.state == ends.state:
            return not runs.reopened, at + 1
        if abs(runs.cost - ends.cost) >= _LEAD or events >= _EVENTS:
            return runs.cost <= ends.cost, at + 1
    if stop == len(lines):
        runs.cost += _OPEN_AT_END * bool(runs.state)
        ends.cost += _OPEN_AT_END * bool(ends.state)
    return runs.cost <= ends.cost, stop


class _Reading:
    """One way to read the lines, and what it has paid."""

    def __init__(self, lines: Sequence[str], state: State, language: Language) -> None:
        self.state = state
        self.cost = 0
        self.reopened = False
        """An opening delimiter came before the closing one: a block comment that was left open."""
        self._lines = lines
        self._after = lexer_for(language).after
        self._closers = dict(language.syntax.spans)

    def read(self, number: int, *, is_marker: bool) -> None:
        """Read one more line."""
        line, before = self._lines[number], self.state
        self.state = self._after(line, before)
        self.cost += bool(before) and is_marker
        self.reopened |= bool(before) and self._reopens(line, before[0])
        if before and (mark := self._delimiter(before)) in line:
            self.cost += max(0, _looks_opening(line.find(mark), mark, self._lines, number))
        mark = self._delimiter(self.state) if self.state else ""
        if mark and line.count(mark) > (self.state == before):
            self.cost += max(0, -_looks_opening(line.rfind(mark), mark, self._lines, number))

    def _reopens(self, line: str, opener: str) -> bool:
        closer = self._closers.get(opener, opener)
        return closer != opener and opener in line.partition(closer)[0]

    def _delimiter(self, state: State) -> str:
        """Return the delimiter that opens and closes alike; something no line holds for others."""
        opener = state[0].lstrip("f")
        return opener if self._closers.get(opener, opener) == opener else "\n\n"


def _looks_opening(column: int, mark: str, lines: Sequence[str], number: int) -> int:
    """Weigh a delimiter by its line: 2 surely opens, 1 rather opens; negative for closing."""
    line = without_ending(lines[number])
    head, after = line[:column].strip(), line[column + len(mark) :]
    if head:
        if not _BEFORE_OPENER.search(head) and not re.fullmatch(r"[a-zA-Z]{1,2}", head):
            return -2
        return 0 if after.strip() and _AFTER_CLOSER.match(after) else 2
    if after.strip():
        return -2 if _AFTER_CLOSER.match(after) else 2
    above = next((lines[k].strip() for k in range(number - 1, -1, -1) if lines[k].strip()), "")
    opens = "%%" in above or (above.endswith(":") and not above.startswith("#"))
    return 1 if opens else -1
