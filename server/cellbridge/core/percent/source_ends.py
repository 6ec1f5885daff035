r"""The parts of a cell's source that the lines of a script cannot show, as metadata of its marker.

Owns: blank lines at the end of a source, which would be read as spacing, and line endings other
than the script's. It must not know markers.

A script is spaced with blank lines, and its lines all end alike. Where that would lose a part of a
source, the marker states it; the reader takes the statement out of the metadata again:

    lines_to_end_of_cell_marker=1    the source ends in one blank line
    source_line_endings="\r\n"       the lines of the source end so
    source_line_endings={"\r": [2]}   only the second line ends so, and all others in "\n"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

BLANKS = "lines_to_end_of_cell_marker"
"""jupytext's name for the blank lines at a source's end; it does not write it into scripts."""
ENDINGS = "source_line_endings"
_LINE_END = re.compile(r"\r\n|\r|\n")
_OTHERS = ("\r\n", "\r")


def count_blanks(lines: Sequence[str]) -> int:
    """Return the number of blank lines at the end, of which some may have spaces."""
    count = 0
    for line in reversed(lines):
        if line.strip():
            break
        count += 1
    return count


def without_blanks(source: str) -> str:
    """Return a source without the blank lines at its end."""
    lines = source.split("\n")
    return "\n".join(lines[: len(lines) - count_blanks(lines)])


def plain(source: str) -> str:
    """Return a source without the parts that only a marker can state."""
    return without_blanks(with_one_ending(source))


def shows(text: str, read: str, source: str) -> bool:
    """Return whether a cell's text, which is read as ``read``, can be that of a source.

    A text that states nothing can be: it is of another program, or of a user who formatted it.
    """
    if read == source:
        return True
    marker = text.split("\n", 1)[0]
    stated = BLANKS in marker or ENDINGS in marker
    return not stated and plain(read) == plain(source)


def states_blanks(lines: Sequence[str], spacing: int | None, *, is_last: bool) -> bool:
    """Return whether a marker states the blank lines at the end of a body, for its reader.

    Without it, a reader takes one or two blank lines for spacing, and only one of three or more.
    """
    blanks = count_blanks(lines)
    return blanks > 0 and (blanks == 1 or is_last or spacing not in {None, 1})


def spacing_below(metadata: Mapping[str, Any], lines: Sequence[str]) -> int | None:
    """Return how many of a cell's last lines are spacing, if its marker states the others."""
    stated = metadata.get(BLANKS)
    if not isinstance(stated, int) or isinstance(stated, bool) or stated <= 0:
        return None
    return max(0, count_blanks(lines) - stated)


def describe_endings(source: str) -> Any:
    """Return the statement about a source's line endings; None if it needs none."""
    if "\r" not in source:
        return None
    ends = _LINE_END.findall(source)
    if len(set(ends)) == 1:
        return ends[0]
    return {
        other: [number for number, end in enumerate(ends, 1) if end == other]
        for other in _OTHERS
        if other in ends
    }


def with_one_ending(source: str) -> str:
    """Return a source whose lines all end in a line feed."""
    return _LINE_END.sub("\n", source) if "\r" in source else source


def take_endings(metadata: dict[str, Any], source: str) -> str:
    """Return a source with the line endings that its marker states.

    The statement is taken out of the metadata; one that makes no sense stays there.
    """
    stated = metadata.get(ENDINGS)
    if stated in _OTHERS:
        del metadata[ENDINGS]
        return source.replace("\n", cast("str", stated))
    if not isinstance(stated, Mapping):
        return source
    given = cast("Mapping[object, object]", stated)
    lines = source.split("\n")
    ends = ["\n"] * (len(lines) - 1)
    for other, numbers in given.items():
        if other not in _OTHERS or not isinstance(numbers, (list, tuple)):
            return source
        for number in cast("Sequence[object]", numbers):
            if not isinstance(number, int) or not 0 < number <= len(ends):
                return source
            ends[number - 1] = str(other)
    del metadata[ENDINGS]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))
