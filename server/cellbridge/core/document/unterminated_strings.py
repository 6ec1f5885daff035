r"""Strings that span a cell marker: intended, or left open above it.

Owns: that decision, made again wherever a line looks like a marker and is inside a string or block
comment. It must not know cells.

A script may hold a script in a string, with any number of markers. While the user types the first
quotes of a docstring, every cell below would vanish into it, with its outputs, up to the next
quotes. Python takes the first for granted and reports the second at the end of the file. Here both
readings are followed from delimiter to delimiter, and each pays for its mistakes:

    3   for a string that does not end: the one above the marker where that is taken to be left
        open, and one that is still open at the end of the file
    2   for a delimiter that looks like the opposite of what it is in this reading
        (``'''Doc`` looks opening, ``text'''`` and ``''')`` look closing)
    1   for one that rather looks so: alone on its line it looks closing, below a marker,
        a colon or a bracket it looks opening
    2   for a cell that holds a delimiter and is not valid Python

The cells below the one in which the string closes cost 5 at most, because another string may be
left open there. A string that never closes was left open. One that closes, with valid Python in
every cell below, was intended. Otherwise the cheaper reading wins, and the string runs on, as in
Python, if both have paid the same. A block comment in which another one opens was left open.

The following ends early when one reading leads clearly, after two dozen lines with delimiters, or
after ten thousand lines.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from .languages import Language
from .lexing import CODE, State, delimiters, is_plain, lexer_for
from .magics import mask
from .markers import grammar_of
from .notable_lines import NotableLines
from .text import without_ending

_LEAD_OF_CLOSED = 6
_LEAD_OF_OPEN = 4
_MOST_BELOW = 5
_NO_LIMIT = 1_000_000
_HORIZON = 10_000
_EVENTS = 24
_WITHOUT_END = 3
_INVALID = 2
_LONGEST_ABOVE = 500  # lines of a cell above the marker that are read as Python
_LONGEST = 200_000  # code points of a cell that is read as Python
_AFTER_CLOSER = re.compile(
    r"\s*(?:$|[)\]},;:%+\[]|\.\w|[!=]=|(?:if|for|else|in|and|or|is|not)\b)|\s+(?:#|[-<>*/|&@^]\s)"
)
_BEFORE_OPENER = re.compile(
    rf"(?:[=(\[{{,:+%;]|\b(?:print|{'|'.join(keyword.kwlist)}))\s*[a-zA-Z]{{0,2}}$"
)
_ABOVE_OPENER = frozenset(":([{=")
_INDENTED = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]+[^\s#]")
_MAGIC = re.compile(r"^[ \t]*[%!?]|\?[ \t]*$|=[ \t]*[%!]", re.MULTILINE)
_TEMPLATE = re.compile(r"\b([rR]?)[tT]([rR]?)(?=['\"])")


def spans_marker(
    lines: Sequence[str], start: int, number: int, state: State, language: Language
) -> tuple[bool, int]:
    """Decide whether the construct open in ``state`` runs on over the marker-like line ``number``.

    ``start`` is the first line of the cell. Returns the verdict and the first line that was not
    read to reach it.
    """
    if state[0].lstrip("f") in {"'", '"'}:
        # Carried over by a backslash: it ends here or, by another backslash, runs on.
        return state[0][-1] in lines[number], number + 1
    stop = min(len(lines), number + _HORIZON)
    opener = state[0].lstrip("f")
    closer = dict(language.syntax.spans).get(opener, opener)
    if not any(closer in line for line in islice(lines, number, stop)):
        return False, stop
    runs, ends = _Reading(lines, start, state, language), _Reading(lines, number, CODE, language)
    ends.cost = _WITHOUT_END
    if number - start > _LONGEST_ABOVE:
        runs.skip_cell()
    return _compare(runs, ends, range(number, stop), language)


def _compare(
    runs: _Reading, ends: _Reading, numbers: range, language: Language
) -> tuple[bool, int]:
    """Follow both readings over the lines ``numbers``, as far as necessary."""
    lines, signs = runs.lines, delimiters(language)
    notable = NotableLines(lines, numbers.start, language)
    opens_cell = grammar_of(language).opens_cell
    at, events = numbers.start, 0
    while at < numbers.stop:
        line = lines[at]
        has_delimiter = any(sign in line for sign in signs)
        events += has_delimiter
        if opens_cell(without_ending(line)):
            runs.begin_cell(at)
            ends.begin_cell(at)
        if has_delimiter or not (is_plain(runs.state) and is_plain(ends.state)):
            runs.read(at)
            ends.read(at)
        at += 1
        if runs.state == ends.state or runs.reopened or events >= _EVENTS:
            agreed = runs.closed and runs.total_up_to(at) <= ends.total_up_to(at)
            return agreed and not runs.reopened, at
        lead = ends.total - runs.total
        if (lead >= _LEAD_OF_CLOSED or -lead >= _LEAD_OF_OPEN) and runs.confirms(ends, at):
            return lead > 0, at
        if is_plain(runs.state) and is_plain(ends.state):
            at = min(numbers.stop, notable.next(at))
    if numbers.stop == len(lines):
        runs.end()
        ends.end()
    return runs.closed and (runs.is_valid or runs.total <= ends.total), numbers.stop


class _Reading:
    """One way to read the lines, and what it has paid."""

    def __init__(self, lines: Sequence[str], first: int, state: State, language: Language) -> None:
        self.state = state
        self.cost = 0
        self.closed = False
        """The string that was open at first has closed."""
        self.reopened = False
        """An opening delimiter came before the closing one: a block comment that was left open."""
        self._most = _NO_LIMIT
        self._invalid = 0
        """The number of cells that are not valid Python."""
        self.lines = lines
        self._first = first
        self._is_skipped = False
        """The first line of the present cell."""
        self._is_notable = bool(state)
        self._python = language.syntax.python
        self._after = lexer_for(language).after
        self._closers = dict(language.syntax.spans)
        self._opened = state[:1]

    @property
    def is_valid(self) -> bool:
        """True if all was read, and is valid Python."""
        return self._python and not self.state and not self._invalid

    def skip_cell(self) -> None:
        """Do not read the present cell as Python: it is too long to be read again and again."""
        self._is_skipped = True
        self._invalid += 1  # for all that is known

    def begin_cell(self, number: int) -> None:
        """Begin a cell at a line that looks like a marker, if it is one in this reading."""
        if not self.state:
            self._end_cell(number, "")

    def read(self, number: int) -> None:
        """Read one more line."""
        line, before = self.lines[number], self.state
        self.state = self._after(line, before)
        self.closed |= self.state[:1] != self._opened
        self.reopened |= bool(before) and self._reopens(line, before[0])
        if before and (mark := self._delimiter(before)) in line:
            self.closed |= line.count(mark) > 1  # it closes, and another one opens
            self._is_notable = True
            self.cost += max(0, _looks_opening(line.find(mark), mark, self.lines, number))
        mark = self._delimiter(self.state) if self.state else ""
        if mark and line.count(mark) > (self.state == before):
            self._is_notable = True
            self.cost += max(0, -_looks_opening(line.rfind(mark), mark, self.lines, number))

    def end(self) -> None:
        """End the reading at the last line of the file."""
        self.cost += _WITHOUT_END * bool(self.state)
        self._end_cell(len(self.lines), self._delimiter(self.state) if self.state else "")

    @property
    def total(self) -> int:
        """The cost, with a limit on that of the cells below the string."""
        return min(self.cost, self._most)

    def total_up_to(self, stop: int) -> int:
        """Return the total, with the cost of a cell that is broken before line ``stop``."""
        return min(self.cost + _INVALID * self._is_broken(stop), self._most)

    def confirms(self, other: _Reading, stop: int) -> bool:
        """Return whether the code agrees that this reading, or else the other, is wrong."""
        if not self._python:
            return True
        broken = self._invalid > 0 or self._is_broken(stop)
        return broken == (self.total > other.total)

    def _end_cell(self, stop: int, closer: str) -> None:
        if self._python and self._is_notable and not self._is_skipped:
            fault = _fault(self._text(stop) + closer)
            # Where a string is still open, brackets may be open, too.
            is_invalid = fault is not None and not (closer and fault > stop - self._first)
            self._invalid += is_invalid
            self.cost += _INVALID * is_invalid
        if self.closed and self._most == _NO_LIMIT:
            self._most = self.cost + _MOST_BELOW
        self._first, self._is_notable, self._is_skipped = stop, False, False

    def _is_broken(self, stop: int) -> bool:
        """Return whether the present cell has a fault that no line from ``stop`` on can mend."""
        if not self._python or self._is_skipped:
            return False
        closer = self._delimiter(self.state) if self.state else ""
        fault = _fault(self._text(stop) + closer)
        return fault is not None and fault < stop - self._first

    def _text(self, stop: int) -> str:
        return "".join(self.lines[self._first : stop])

    def _reopens(self, line: str, opener: str) -> bool:
        closer = self._closers.get(opener, opener)
        return closer != opener and opener in line.partition(closer)[0]

    def _delimiter(self, state: State) -> str:
        """Return the delimiter that opens and closes alike; something no line holds for others."""
        opener = state[0].lstrip("f")
        return opener if self._closers.get(opener, opener) == opener else "\n\n"


@lru_cache(maxsize=256)
def _fault(text: str) -> int | None:
    """Return the line, from 1, on which a cell stops being Python; None if it does not.

    Its indentation does not count, since a block may continue in the next cell.
    """
    if len(text) > _LONGEST:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    source = mask(lines) if _MAGIC.search(lines) else lines
    source = _TEMPLATE.sub(r"\1f\2", source)  # template strings are new in Python 3.14
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("if 1:\n" + source if _INDENTED.match(source) else source)
    except IndentationError:
        return None
    except SyntaxError as error:
        # An open bracket is reported on its own line, but what is wrong is the end of the text.
        is_open = "never closed" in error.msg
        return lines.count("\n") + 2 if is_open else error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


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
    opens = "%%" in above or (above[-1:] in _ABOVE_OPENER and not above.startswith("#"))
    return 1 if opens else -1
