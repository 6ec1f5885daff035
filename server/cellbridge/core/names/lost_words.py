"""The words of a statement that is not Python, such as one that is being written.

Owns a rough reading, so that names in such a statement can be looked up. It never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from keyword import iskeyword
from typing import NamedTuple
from unicodedata import normalize

from .model import Expression, Operation

_STRING = re.compile(r"""\"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|#.*""")
_CHAIN = re.compile(r"(?P<before>[)\]}\"']\s*\.\s*)?(?P<chain>[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*)")
_NAME = re.compile(r"[^\W\d]\w*")
_BINDS = re.compile(r"\s*([^\W\d]\w*)\s*(?::[^=]*)?=(?!=)")
_LOOPS = re.compile(r"\s*(?:async\s+)?for\s+([^\W\d]\w*)")
_DEFINES = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+[^\W\d]\w*")
_IMPORTS = re.compile(r"\s*(?:from|import)\b")


class LostWord(NamedTuple):
    """One name. Lines count from the statement's first."""

    name: str
    line: int
    column: int
    bound: bool = False
    dotted: bool = False
    receiver: Expression | None = None


def words_of(lines: Sequence[str]) -> Iterator[LostWord]:
    """Yield the names in the lines of one statement; those in strings and comments are left out."""
    if lines and _IMPORTS.match(lines[0]):
        return
    for number, line in enumerate(lines):
        code = _STRING.sub(lambda match: " " * len(match.group()), line)
        binds = _BINDS.match(code) or _LOOPS.match(code) if number == 0 else None
        defines = _DEFINES.match(code) if number == 0 else None
        for chain in _CHAIN.finditer(code, defines.end() if defines else 0):
            receiver: Expression | None = None
            for index, name in enumerate(_NAME.finditer(chain["chain"])):
                column = chain.start("chain") + name.start()
                word, dotted = normalize("NFKC", name.group()), bool(index or chain["before"])
                if not word.isidentifier() or (iskeyword(word) and not dotted):
                    break
                bound = binds is not None and column == binds.start(1)
                yield LostWord(word, number, column, bound, dotted, receiver)
                if not dotted:
                    receiver = Expression(Operation.NAME, word)
                elif receiver is not None:
                    receiver = Expression(Operation.ATTRIBUTE, word, (receiver,))
