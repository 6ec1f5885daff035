r"""Which lines begin inside a string or a block comment: the tokenizer behind markers and magics.

Owns: reading a line in a state and saying in which state the next one begins, for every language;
and the judgement whether a string that runs over a marker is one, or was left open. It must not
know what a marker looks like.

Lines are read as they are, broken code included: nothing here fails, and what a line holds beyond
strings, comments and brackets is never looked at.

A state is the stack of what is open, the innermost last, each named by what it was opened with:

    ()                  nothing is open: the next line begins in code
    ("f'''", '{f')        in a replacement field of a triple-quoted f-string
    ('(', '[')          inside brackets; only where the lexer was asked to track them
    ('\\',)              the line ended in a backslash; likewise

Strings that must end on their line and do not are taken to end there, so an apostrophe left open
costs one line, not the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from .languages import Language
from .python_lexing import PythonLexer
from .text import without_ending

State = tuple[str, ...]
CODE: State = ()
"""The state of a line that begins in plain code."""
_UNPLAIN = frozenset({"'", '"', "f'", 'f"', "f'''", 'f"""'})


class Lexer(Protocol):
    """Reads lines one after the other."""

    def after(self, line: str, state: State) -> State:
        """Return the state in which the line after ``line`` begins."""
        ...


class SpanLexer:
    """Reads languages by their delimiters alone.

    Knows line comments, strings that end on their line, and spans that run over lines. It does not
    know nesting, here-documents, raw strings with a free choice of delimiter, or templates in
    templates.
    """

    def __init__(self, language: Language) -> None:
        syntax = language.syntax
        self._closers = dict(syntax.spans)
        # In a string a backslash keeps the next character from ending it; block comments have none.
        self._ends = {
            opener: re.compile((r"\\.|" if opener == closer else "") + re.escape(closer))
            for opener, closer in syntax.spans
        }
        openers = sorted((*self._closers, *syntax.quotes, language.comment), key=len, reverse=True)
        self._opener = re.compile("|".join(map(re.escape, openers)))
        self._quoted = {
            quote: re.compile(rf"(?:[^{quote}\\]|\\.)*{quote}?") for quote in syntax.quotes
        }

    def after(self, line: str, state: State) -> State:
        """Return the state in which the line after ``line`` begins."""
        at, state = self._closed(line, 0, state)
        while not state and (found := self._opener.search(line, at)):
            opener, at = found.group(), found.end()
            if opener in self._closers:
                at, state = self._closed(line, at, (opener,))
            elif opener in self._quoted:
                quoted = self._quoted[opener].match(line, at)
                at = quoted.end() if quoted else len(line)
            else:
                break
        return state

    def _closed(self, line: str, at: int, state: State) -> tuple[int, State]:
        """Read on inside the open span; return where it ends, or the end and the same state."""
        if not state:
            return at, CODE
        opener = state[-1]
        for found in self._ends[opener].finditer(line, at):
            if found.group() == self._closers[opener]:
                return found.end(), CODE
        return len(line), state


@lru_cache(maxsize=64)
def lexer_for(language: Language, *, brackets: bool = False) -> Lexer:
    """Return the lexer of ``language``; with ``brackets``, Python's also tracks those."""
    if language.syntax.python:
        return PythonLexer(brackets=brackets)
    return SpanLexer(language)


def is_plain(state: State) -> bool:
    """Tell whether only a delimiter can change ``state``, so that lines without one can be skipped.

    Not so in a replacement field, nor in a string carried over by a backslash.
    """
    return not state or (len(state) == 1 and state[0] not in _UNPLAIN)


def states(lines: Sequence[str], language: Language, *, brackets: bool = False) -> Iterator[State]:
    """Yield for each line the state in which it begins, the first one in plain code."""
    lexer = lexer_for(language, brackets=brackets)
    state = CODE
    for line in lines:
        yield state
        state = lexer.after(line, state)


# --- Strings that run over a marker -------------------------------------------------------------

_VOTERS = 8
_LEAD = 3
_AFTER_CLOSER = re.compile(r"\s*(?:$|[)\]},.;:%+#\[]|(?:if|for|else|in|and|or|is|not)\b)")
_BEFORE_OPENER = re.compile(
    r"(?:[=(\[{,:+%]|\b(?:return|in|and|or|not|if|else|yield|await|print))\s*[a-zA-Z]{0,2}$"
)


def is_believed(
    lines: Sequence[str], marker: int, state: State, language: Language
) -> tuple[bool, int]:
    """Judge whether the string open at line ``marker``, which looks like a marker, really runs on.

    Returns the verdict and the first line that was not looked at to reach it.

    The rule, for delimiters that open and close alike (three quotes, a backtick): the next ones, at
    most eight, are each asked whether they look like an opening or a closing one, by what stands
    before and after them on their line. If the string runs on, the first must close it, the second
    open another one, and so on; if it was left open above the marker, the first opens one. The
    asking stops once one reading leads by three votes. Where the file ends before that, an even
    number of delimiters speaks for "left open" with two votes. A tie means that the string runs on,
    as Python says; without any delimiter to come it was left open.

    Where the two differ (``/*`` and ``*/``), the nearer one of them tells.
    """
    opener = state[0].lstrip("f")
    closer = dict(language.syntax.spans).get(opener, opener)
    if opener in {"'", '"'}:  # carried over by a backslash at the end of the line before
        return opener in lines[marker], marker + 1
    if opener != closer:
        return _closes_first(lines, marker, opener, closer)
    votes = 0
    voters = 0
    pattern = re.compile(r"\\.|" + re.escape(opener), re.DOTALL)
    for number in range(marker, len(lines)):
        line = without_ending(lines[number])
        if opener not in line:
            continue
        for found in pattern.finditer(line):
            if found.group() != opener:
                continue
            before, after = line[: found.start()], line[found.end() :]
            looks_closing = -_looks_opening(before, after, lines, number)
            votes += looks_closing if voters % 2 == 0 else -looks_closing
            voters += 1
        if voters >= _VOTERS or abs(votes) >= _LEAD:
            return votes >= 0, number + 1
    parity = 2 if voters % 2 else -2
    return voters > 0 and votes + parity >= 0, len(lines)


def _closes_first(lines: Sequence[str], marker: int, opener: str, closer: str) -> tuple[bool, int]:
    """Tell whether the span's end comes before another one's beginning."""
    for number in range(marker, len(lines)):
        opens, closes = lines[number].find(opener), lines[number].find(closer)
        if opens >= 0 or closes >= 0:
            return closes >= 0 and (opens < 0 or closes < opens), number + 1
    return False, len(lines)


def _looks_opening(before: str, after: str, lines: Sequence[str], number: int) -> int:
    """Weigh a delimiter by its line: 2 surely opens, 1 rather opens; negative for closing."""
    head = before.strip()
    if head:
        if not _BEFORE_OPENER.search(head):
            return -2 if len(head) > 2 or not head.isalpha() else 2
        return 0 if after.strip() and _AFTER_CLOSER.match(after) else 2
    if after.strip():
        return -2 if _AFTER_CLOSER.match(after) else 2
    # Alone on its line: as a docstring or a markdown cell opens, or as any long string closes.
    above = next((lines[k].strip() for k in range(number - 1, -1, -1) if lines[k].strip()), "")
    return 1 if above.endswith(":") or "%%" in above else -1
