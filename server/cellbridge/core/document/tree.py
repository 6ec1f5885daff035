"""The tree that cells form by their depth and by the headings of markdown cells.

Owns: that tree, and the document's lines it is made from. It must not know its users.

How the tree hangs together: each cell is an entry with its depth (``# %%%`` is one below ``# %%``);
each heading of a markdown cell is an entry with the cell's depth and the heading's level. An entry
hangs below the nearest one above that is less deep, or as deep and of a higher level; cells without
headings are below all headings. So a section owns the cells up to the next heading of its level,
and a cell owns its sub-cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .cells import CellKind, Cells
from .markdown import Heading
from .text import Position, Range, without_ending

_BELOW_ALL_HEADINGS = 7


@dataclass(slots=True)
class Entry:
    """A node of the tree; lines are the document's."""

    index: int
    first: int
    last: int
    rank: tuple[int, int]
    heading: Heading | None
    children: list[Entry] = field(default_factory=list["Entry"])


def tree(cells: Cells) -> list[Entry]:
    """Return the tree's roots, in order."""
    roots: list[Entry] = []
    path: list[Entry] = []
    for entry in _entries(cells):
        while path and path[-1].rank >= entry.rank:
            path.pop()
        (path[-1].children if path else roots).append(entry)
        path.append(entry)
    return roots


def _entries(cells: Cells) -> Iterator[Entry]:
    for index, cell in enumerate(cells):
        first, last = cells.first_line(index), cells.last_line(index)
        headings = cell.headings if cell.kind is CellKind.MARKDOWN else ()
        # A heading that opens the cell stands for the whole of it, from the marker on.
        opens = bool(headings) and cell.markdown[0].line == headings[0].line
        if not opens:
            end = first + cell.marker_lines + headings[0].line - 1 if headings else last
            yield Entry(index, first, end, (cell.depth, _BELOW_ALL_HEADINGS), None)
        for number, heading in enumerate(headings):
            body = first + cell.marker_lines
            start = first if opens and number == 0 else body + heading.line
            end = body + headings[number + 1].line - 1 if number + 1 < len(headings) else last
            yield Entry(index, start, end, (cell.depth, heading.level), heading)


def walk(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield all entries below, each before its children."""
    for entry in entries:
        yield entry
        yield from walk(entry.children)


def end_of(entry: Entry) -> int:
    """Return the last line of all that hangs below ``entry``."""
    while entry.children:
        entry = entry.children[-1]
    return entry.last


def line_of(cells: Cells, line: int) -> str:
    """Return a line of the document without its ending."""
    index = cells.at(line)
    return without_ending(cells[index].lines[line - cells.first_line(index)])


def span(cells: Cells, first: int, last: int) -> Range:
    """Return the range from a line's beginning to a line's end."""
    return Range(Position(first, 0), Position(last, len(line_of(cells, last))))


def last_full_line(cells: Cells, last: int) -> int:
    """Return the last line up to ``last`` that is not blank."""
    while last > 0 and not line_of(cells, last).strip():
        last -= 1
    return last
