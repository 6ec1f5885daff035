r"""Line states: the tokenizer behind markers and magics, which finds strings and block comments.

Owns: reading a line in a state and returning the state of the next line, for every language.
It must not know what a marker looks like.

Lines are read as they are, broken code included. Nothing here fails, and only strings, comments and
brackets are read.

A state is the stack of what is open, the innermost last, each named by what it was opened with:

    ()                  nothing is open: the next line begins in code
    ("f'''", '{f')        in a replacement field of a triple-quoted f-string
    ('(', '[')          inside brackets; only if the lexer was created to track them
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
    """Return whether only a delimiter can change ``state``; lines without one can be skipped.

    Not so in a replacement field, nor in a string carried over by a backslash.
    """
    return not state or (len(state) == 1 and state[0] not in _UNPLAIN)


@lru_cache(maxsize=64)
def delimiters(language: Language) -> tuple[str, ...]:
    """Return what every line holds that changes a plain state."""
    if language.syntax.python:
        return ("'''", '"""', "\\\n", "\\\r")
    return tuple(dict.fromkeys(sign for span in language.syntax.spans for sign in span))


def states(lines: Sequence[str], language: Language, *, brackets: bool = False) -> Iterator[State]:
    """Yield for each line the state in which it begins, the first one in plain code."""
    lexer = lexer_for(language, brackets=brackets)
    state = CODE
    for line in lines:
        yield state
        state = lexer.after(line, state)
