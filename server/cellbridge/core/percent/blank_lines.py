"""The blank lines between two cells of a Python script, by jupytext's rule.

Owns: that rule, and which lines at a cell's end are spacing and not text. It must not know
notebooks.

The rule: two below a cell that ends in a definition, where code follows, and two above a cell that
begins with one; else one. Knowing it is what keeps ``lines_to_next_cell`` out of most notebooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from cellbridge.core.document.languages import Language
from cellbridge.core.document.lexing import states
from cellbridge.core.document.text import split_lines

_DEFINITIONS = ("def ", "async ", "class ")
_LEAD = re.compile(r"(?:#[^\n\r]*\n|\n(?!\s))*+")
"""Comments and single blank lines, which mostly come before a cell's first statement."""


def blanks_at_end(lines: Sequence[str]) -> int:
    """Return how many of a cell's last lines are spacing: two, or else one or none.

    ``lines`` are without their endings; the marker, if any, comes first.
    """
    if len(lines) >= 3 and lines[-3].strip() and not lines[-2].strip() and not lines[-1].strip():
        return 2
    return 1 if lines and not lines[-1] else 0


def expected_blanks(
    above: Sequence[str], below: Iterable[str] | None, language: Language, text: str
) -> int:
    """Return the blank lines between the cell's lines ``above`` and what comes ``below``.

    ``below`` are the slices of the cells that follow, None at the end of the document; only as many
    are taken as are needed. ``text`` is the slice that ``above`` is from.
    """
    if below is None:
        return 1
    if not above:
        return 0
    if language.extension != "py":
        return 1
    if _ends_in_definition(above, text, language):
        return 2 if _holds_code(_lines(below)) else 1
    last = above[-1]
    if last.strip() and not last.startswith("#") and _begins_with_definition(below):
        return 2
    return 1


def _ends_in_definition(lines: Sequence[str], text: str, language: Language) -> bool:
    """Return whether the last line that is not indented begins a definition."""
    if "def " not in text and "class " not in text and "async " not in text:
        return False  # at a glance, as for most cells
    last = _last_unindented(lines)
    if last is None:
        return False
    # A line inside a string is not a statement; only then is it worth reading the cell for strings.
    if '"""' in text or "'''" in text or "\\\n" in text or "\\\r" in text:
        outside = [
            line for line, state in zip(lines, states(lines, language), strict=True) if not state
        ]
        last = _last_unindented(outside)
    return last is not None and last.startswith(_DEFINITIONS)


def _last_unindented(lines: Sequence[str]) -> str | None:
    """Return the last statement's first line; None if two blank lines follow it."""
    previous_blank = False
    for line in reversed(lines):
        if not line.strip():
            if previous_blank:
                return None
            previous_blank = True
            continue
        previous_blank = False
        if not line.startswith(("#", " ", ")")):
            return line
    return None


def _holds_code(lines: Iterable[str]) -> bool:
    """Return whether a line of code comes before two blank lines."""
    previous_blank = False
    for line in lines:
        text = line.strip()
        if not text:
            if previous_blank:
                return False
            previous_blank = True
        elif text.startswith("#"):
            previous_blank = False
        else:
            return True
    return False


def _begins_with_definition(below: Iterable[str]) -> bool:
    """Return whether a definition is the first statement, after comments and decorators."""
    texts = iter(below)
    for text in texts:
        # At a glance, as for most cells: comments, and perhaps a statement.
        found = _LEAD.match(text)
        end = found.end() if found else 0
        if end == len(text):
            continue
        if not text[end].isspace() and text[end] not in "#@)":
            return text.startswith(_DEFINITIONS, end)
        return _opens_with_definition(_lines(chain((text,), texts)))
    return False


def _opens_with_definition(lines: Iterable[str]) -> bool:
    previous_blank = False
    for line in lines:
        if not line or line.isspace():
            if previous_blank:
                return False
            previous_blank = True
            continue
        previous_blank = False
        if not line.startswith(("#", "@", " ", ")")):
            return line.startswith(_DEFINITIONS)
        if line[0] != "#" and ('"""' in line or "'''" in line):
            return False  # a line in a string is not a statement
    return False


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Yield the lines of texts, one after the other, without their endings."""
    for text in texts:
        if "\r" in text:
            lines = split_lines(text)
            yield from (line.rstrip("\r\n") for line in lines if line)
            continue
        start = 0
        while (end := text.find("\n", start)) >= 0:
            yield text[start:end]
            start = end + 1
        if start < len(text):
            yield text[start:]
