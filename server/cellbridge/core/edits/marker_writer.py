"""Writing markers and the text of cells that are not code.

Owns: the style of a marker line and a body that cellbridge writes: that of the document around
them. It must not decide where anything goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.languages import Language
from cellbridge.core.document.markers import CellKind, grammar_of
from cellbridge.core.document.text import without_ending


def marker_line(cells: Cells, index: int, kind: CellKind) -> str:
    """Return a marker for a new cell, in the style of the nearest percent marker."""
    language = cells.language
    spelt = re.compile(rf"{re.escape(language.comment)}\s*%%(?=[%\s]|$)")
    # Upwards first: a new cell looks like the cells just above it.
    for at in (*range(index, -1, -1), *range(index + 1, len(cells))):
        found = spelt.match(without_ending(cells[at].lines[0]))
        if found:
            lead = found.group()
            break
    else:
        lead = f"{language.comment} %%"
    word = "" if kind is CellKind.CODE else f" [{_type_word(cells, kind)}]"
    return lead + word + (f" {language.suffix}" if language.suffix else "")


def _type_word(cells: Cells, kind: CellKind) -> str:
    """Return the word for a type as the document spells it: ``markdown`` or ``md``."""
    if kind is CellKind.MARKDOWN:
        words = (cell.marker.type_word for cell in cells if cell.marker)
        return next((word for word in words if word in {"markdown", "md"}), "markdown")
    return kind.value


def change_type(line: str, kind: CellKind, language: Language) -> str:
    """Return the marker ``line`` with another type, all else as it was."""
    found = re.match(rf"\s*{re.escape(language.comment)}\s*%%%*", line)
    if found is None:
        # <codecell> and In[3]: know no types.
        suffix = f" {language.suffix}" if language.suffix else ""
        return (
            f"{language.comment} %%"
            + (f" [{kind.value}]" if kind is not CellKind.CODE else "")
            + suffix
        )
    lead, options = line[: found.end()], line[found.end() :]
    options = re.sub(r"\s?\[(?:markdown|md|raw)\]", "", options, count=1)
    if kind is CellKind.CODE:
        return lead + options
    title = grammar_of(language).read(lead + (options or " ")).title
    at = options.find(title) + len(title) if title and title in options else 0
    return f"{lead}{options[:at]} [{kind.value}]{options[at:]}"


def comment_lines(texts: Iterable[str], language: Language) -> list[str]:
    """Return ``texts`` as comments, blank ones as a bare comment sign."""
    suffix = f" {language.suffix}" if language.suffix else ""
    return [
        f"{language.comment} {text}{suffix}" if text.strip() else language.comment + suffix
        for text in texts
    ]


def quote_lines(texts: Sequence[str]) -> list[str] | None:
    """Return ``texts`` in one triple-quoted string, delimiters on their own lines.

    None if both kinds of quotes occur in the text.
    """
    whole = "\n".join(texts)
    for quote in ('"""', "'''"):
        if quote not in whole:
            # In a raw string nothing is an escape, so the text stays as it reads.
            prefix = "r" if "\\" in whole else ""
            return [prefix + quote, *texts, quote]
    return None
