"""The shape of a document: its outline, what folds, how a selection grows, where links lead.

Owns: the tree that cells form by their depth and by the headings of markdown cells, and the views
of it that editors draw. It must not know the Language Server Protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .cell import Cell, CellKind
from .cell_names import name_of
from .cells import Cells
from .header import header_lines
from .markdown import targets
from .symbols import Name, NameKind
from .text import Position, Range
from .tree import Entry, end_of, last_full_line, line_of, span, tree, walk


class SymbolKind(StrEnum):
    """The kind of an outline's entry."""

    CELL = "cell"
    MARKDOWN = "markdown"
    RAW = "raw"
    HEADING = "heading"
    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An entry of the outline."""

    name: str
    kind: SymbolKind
    range: Range
    """All that belongs to it, its children included."""
    selection: Range
    """The range to show when the entry is chosen; inside ``range``."""
    children: tuple[Symbol, ...] = ()


class FoldKind(StrEnum):
    """The kind of a folding range."""

    CELL = "cell"
    SECTION = "section"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines ``first`` to ``last`` fold to the first. Folds nest and never cross."""

    first: int
    last: int
    kind: FoldKind


@dataclass(frozen=True, slots=True)
class Link:
    """A place that leads somewhere: an address or a path, as written."""

    range: Range
    target: str


def outline(cells: Cells) -> tuple[Symbol, ...]:
    """Return cells, headings and the names defined in code, as a tree."""
    return tuple(
        _symbol(cells, entry)
        for entry in tree(cells)
        if entry.index or entry.children or not _is_insignificant(cells[0])
    )


def folds(cells: Cells) -> tuple[Fold, ...]:
    """Return what folds: the header, cells with their sub-cells, sections with their cells."""
    found: list[Fold] = []
    header = header_lines(cells[0].lines, cells.language)
    if header > 1:
        found.append(Fold(0, header - 1, FoldKind.HEADER))
    for entry in walk(tree(cells)):
        first, last = entry.first, last_full_line(cells, end_of(entry))
        if entry.first == 0 and header:
            first = header
            while first < last and not line_of(cells, first).strip():
                first += 1
        if last > first:
            kind = FoldKind.SECTION if entry.heading else FoldKind.CELL
            found.append(Fold(first, last, kind))
    return tuple(found)


def levels(cells: Cells, position: Position) -> tuple[Range, ...]:
    """Return how a selection at ``position`` grows, the smallest first, each inside the next.

    The line's text, the paragraph, the cell's body, the cell, its sub-cells and sections, the
    document.
    """
    line = max(0, min(position.line, cells.line_count - 1))
    index = cells.at(line)
    first, last = cells.first_line(index), cells.last_line(index)
    body = first + cells[index].marker_lines
    found = [_trimmed(cells, line)]
    if line >= body and line_of(cells, line).strip():
        top = bottom = line
        while top > body and line_of(cells, top - 1).strip():
            top -= 1
        while bottom < last and line_of(cells, bottom + 1).strip():
            bottom += 1
        found.append(span(cells, top, bottom))
    full = last_full_line(cells, last)
    if body <= line <= full:
        found.append(span(cells, body, full))
    found.append(span(cells, first, last))
    around = [e for e in walk(tree(cells)) if e.first <= line <= end_of(e)]
    found += [span(cells, entry.first, end_of(entry)) for entry in reversed(around)]
    found.append(span(cells, 0, cells.line_count - 1))
    return tuple(_growing(found))


def links(cells: Cells) -> tuple[Link, ...]:
    """Return the links in markdown cells."""
    found: list[Link] = []
    for index, cell in enumerate(cells):
        if cell.kind is CellKind.MARKDOWN:
            first = cells.first_line(index) + cell.marker_lines
            for target in targets(cell.markdown):
                line = first + target.line
                area = Range(Position(line, target.start), Position(line, target.end))
                found.append(Link(area, target.target))
    return tuple(found)


def _is_insignificant(cell: Cell) -> bool:
    """Return whether a first cell is only the header or blank lines, so not the user's own."""
    return not cell.has_marker and (not cell.body.strip() or cell.kind is CellKind.RAW)


def _symbol(cells: Cells, entry: Entry) -> Symbol:
    cell = cells[entry.index]
    if entry.heading:
        name, kind = entry.heading.text, SymbolKind.HEADING
        selected = cells.first_line(entry.index) + cell.marker_lines + entry.heading.line
    else:
        name = name_of(cell)
        kind = SymbolKind.CELL if cell.kind is CellKind.CODE else SymbolKind(cell.kind.value)
        selected = entry.first
    names = () if entry.heading else _names(cells, entry)
    return Symbol(
        name or f"Cell {entry.index + 1}",
        kind,
        span(cells, entry.first, end_of(entry)),
        _trimmed(cells, selected),
        (*names, *(_symbol(cells, child) for child in entry.children)),
    )


def _names(cells: Cells, entry: Entry) -> Iterator[Symbol]:
    first = cells.first_line(entry.index) + cells[entry.index].marker_lines
    for name in cells[entry.index].names:
        yield _name(cells, name, first)


_KIND_OF_NAME = {
    NameKind.CLASS: SymbolKind.CLASS,
    NameKind.FUNCTION: SymbolKind.FUNCTION,
    NameKind.METHOD: SymbolKind.METHOD,
    NameKind.VARIABLE: SymbolKind.VARIABLE,
}


def _name(cells: Cells, name: Name, first: int) -> Symbol:
    line = first + name.line
    start = Position(line, name.column)
    end = Position(line, name.column + len(name.name))
    return Symbol(
        name.name,
        _KIND_OF_NAME[name.kind],
        span(cells, line, first + name.last_line),
        Range(start, end),
        tuple(_name(cells, child, first) for child in name.children),
    )


def _trimmed(cells: Cells, line: int) -> Range:
    text = line_of(cells, line)
    start = len(text) - len(text.lstrip())
    end = max(start, len(text.rstrip())) if text.strip() else len(text)
    return Range(Position(line, min(start, end)), Position(line, end))


def _growing(ranges: Iterable[Range]) -> Iterator[Range]:
    """Yield the ranges that contain all before them and are larger."""
    inner: Range | None = None
    for area in ranges:
        if inner is None or (area != inner and area.start <= inner.start and inner.end <= area.end):
            inner = area
            yield area
