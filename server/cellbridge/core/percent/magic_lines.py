"""Magics in the lines of a cell, commented out in a script and back in.

Owns which lines are magics, on the way between a notebook and a script. It must not know cells as
a whole.

Invariant: for any line in any context, `MagicReader` turns the line that `MagicWriter` wrote back
into the original. That is why magics that are in a comment already get one more comment sign, and
why both follow the lines of the *script*: those alone decide which lines are inside a string.

    notebook             script
    %time f()            # %time f()
    # %time f()          # # %time f()
    df?                  #df?                  (with a blank it would be prose: "# really?")
"""

from __future__ import annotations

import re

from cellbridge.core.document.languages import Language
from cellbridge.core.document.lexing import CODE, State, lexer_for
from cellbridge.core.document.magics import is_foreign_magic, is_magic

_PYTHON_CANDIDATE = re.compile(r"^[^\S\n]*(?:# ?)*[%!?]|\?[^\S\n]*$|=[^\S\n]*[%!]", re.MULTILINE)
_FOREIGN_CANDIDATE = re.compile(r"%|#!|:[a-z]")
_TOUCHING = re.compile(r"[A-Za-z_]\w*\?\s*$")


def may_hold_magics(source: str, language: Language) -> bool:
    """Return whether any line can be a magic: a quick check that mostly spares a long one."""
    if language.syntax.python:
        has_sign = "%" in source or "!" in source or "?" in source
        return has_sign and _PYTHON_CANDIDATE.search(source) is not None
    return _FOREIGN_CANDIDATE.search(source) is not None


class _Magics:
    """Follows the lines of a script's cell: which are magics, commented out or not."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._lexer = lexer_for(language, brackets=True) if language.syntax.python else None
        self._signs = re.compile(rf"(?:{re.escape(language.comment)} ?)*")
        self._state: State = CODE
        self._continues = False
        self._first = True

    def _parts(self, line: str) -> tuple[str, str, str]:
        """Return the indentation, the comment signs and what they comment out."""
        text = line.lstrip()
        found = self._signs.match(text)
        end = found.end() if found else 0
        return line[: len(line) - len(text)], text[:end], text[end:]

    def _holds(self, bare: str) -> bool:
        """Return whether a text without comment signs is a magic at the reader's position."""
        if self._lexer is None:
            return is_foreign_magic(bare, self._language)
        return is_magic(bare.rstrip(), first_line=self._first)

    def _touches(self, signs: str, bare: str) -> bool:
        """Return whether a text is a magic if its comment signs touch it and one another."""
        return self._lexer is not None and " " not in signs and bool(_TOUCHING.match(bare))

    def _pass(self, line: str, magic: str | None) -> None:
        """Move past a line of the script."""
        if self._lexer is not None:
            self._state = self._lexer.after(line, self._state)
            self._continues = magic is not None and magic.rstrip().endswith("\\")
        if line.strip():
            self._first = False


class MagicWriter(_Magics):
    """Turns the lines of a notebook's code cell into those of a script, one after the other."""

    def write(self, line: str) -> str:
        """Return the script's line for the notebook's."""
        sign = self._language.comment
        written: str | None = None
        if self._continues:
            written = f"{sign} {line}"
        elif not self._state:
            indent, signs, bare = self._parts(line)
            if self._holds(bare) or (signs.endswith("#") and bare.startswith("!%")):
                written = f"{indent}{sign} {signs}{bare}"
            elif self._touches(signs, bare):
                written = f"{indent}{sign}{signs}{bare}"
        self._pass(line if written is None else written, None if written is None else line)
        return line if written is None else written


class MagicReader(_Magics):
    """Turns the lines of a script's code cell into those of a notebook."""

    def read(self, line: str) -> str:
        """Return the notebook's line for the script's."""
        magic: str | None = None
        if self._continues:
            magic = self._without_sign(line)
        elif not self._state:
            indent, signs, bare = self._parts(line)
            if signs == "#" and bare.startswith(("!%", "!!")):
                magic = indent + bare[1:]  # as VS Code writes "%time" and "!ls"
            elif signs and (
                self._holds(bare)
                or self._touches(signs, bare)
                or (signs.endswith("#") and bare.startswith("!%"))
            ):
                magic = indent + self._without_sign(signs + bare)
            elif self._holds(bare):
                magic = line
        self._pass(line, magic)
        return line if magic is None else magic

    def _without_sign(self, line: str) -> str:
        sign = self._language.comment
        return line[len(sign) :].removeprefix(" ") if line.startswith(sign) else line


# --- Lines that would open a cell ----------------------------------------------------------------
