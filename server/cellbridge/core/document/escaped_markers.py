r"""Lines of a cell that look like markers, escaped so that they open no cell.

Owns the escape in both directions. Invariant: `unescape` returns the line that `escape` was
given.

    cell                 script
    # %% not a cell      # \%% not a cell
"""

from __future__ import annotations

import re
from functools import lru_cache

from .languages import Language
from .markers import grammar_of

_OPENER = r"(?:%%|<codecell>|In\[|COMMAND -|```|~~~)"
_ESCAPED = re.compile(rf"\\{_OPENER}")


@lru_cache(maxsize=64)
def _escapable(language: Language) -> re.Pattern[str]:
    return re.compile(rf"(\s*{re.escape(language.comment)}\s*)(\\*)(?={_OPENER})")


def may_hold_escapes(text: str) -> bool:
    """Return whether a text can hold a line that `escape` made."""
    return "\\" in text and _ESCAPED.search(text) is not None


def may_hold_markers(text: str) -> bool:
    """Return whether a text can hold a line that opens a cell, or that `escape` made."""
    if "%%" in text or "<codecell>" in text or "In[" in text or "COMMAND -" in text:
        return True
    return "\\" in text and ("\\`" in text or "\\~" in text)


def escape(line: str, language: Language) -> str:
    """Return a line that would open a cell, or that is escaped already, with one more escape."""
    found = _escapable(language).match(line)
    return line[: found.end(1)] + "\\" + line[found.end(1) :] if found else line


def unescape(line: str, language: Language) -> str:
    """Return a line that `escape` made as it was; any other line as it is."""
    return line if not is_escaped(line, language) else _unescape(line, language)


def is_escaped(line: str, language: Language) -> bool:
    """Return whether `escape` made a line, or could have."""
    found = _escapable(language).match(line)
    if not found or not found[2]:
        return False
    bare = line[found.end(2) :]
    if bare.startswith(("```", "~~~")):
        return True
    return grammar_of(language).opens_cell(line[: found.start(2)] + bare)


def _unescape(line: str, language: Language) -> str:
    found = _escapable(language).match(line)
    return line[: found.end(1)] + line[found.end(1) + 1 :] if found else line
