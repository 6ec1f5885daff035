"""One row of a terminal's screen.

Owns the two forms of a row, and its text. It must not know the cursor or other rows.

A row to which text was only ever added keeps that text, with its escape sequences, as it came; any
other row is kept as cells, each with its style. Blanks at the end of such a row are not part of its
text, since programs overwrite with blanks what they take back.
"""

from __future__ import annotations

from itertools import groupby

from cellbridge.core.output.text_style import (
    PLAIN,
    STYLE_ESCAPE,
    Style,
    apply_codes,
    marks_blanks,
    transition,
)
from cellbridge.core.text_width import char_width

TAB = 8


class Row:
    """One row: text that was only added, or cells."""

    __slots__ = ("_seen", "_text", "cells", "end", "joined", "raw", "start", "styles", "width")

    def __init__(self, style: Style, *, joined: bool = False) -> None:
        self.raw = ""
        self.start = self.end = style
        """The styles before and after the raw text."""
        self.width = 0
        self.joined = joined
        """True if the line of the row above continues in this one."""
        self.cells: list[str] | None = None
        """One text for each column; a wide character or a tab is followed by empty ones."""
        self.styles: list[Style] = []
        self._text: str | None = None
        self._seen = -1
        """The text of the cells and their visible number, once computed."""

    def add_raw(self, text: str, width: int, style: Style) -> None:
        """Add text to the end of a row that has no cells."""
        if not self.raw:
            self.start = self.end = style
        self.raw += transition(self.end, style) + text
        self.end = style
        self.width += width

    def as_cells(self) -> list[str]:
        """Return the row's cells, to be changed."""
        self._text, self._seen = None, -1
        if self.cells is None:
            self.cells, style = [], self.start
            # With one group in the pattern, every second part is the parameters of an escape.
            for place, part in enumerate(STYLE_ESCAPE.split(self.raw)):
                if place % 2:
                    style = apply_codes(style, part)
                else:
                    self._add_cells(part, style)
        return self.cells

    def _add_cells(self, text: str, style: Style) -> None:
        cells = self.cells if self.cells is not None else []
        for char in text:
            width = TAB - len(cells) % TAB if char == "\t" else char_width(char)
            if width:
                cells += [char, *[""] * (width - 1)]
                self.styles += [style] * width
            else:
                add_mark(cells, len(cells), char)

    def replace(self, first: int, last: int, cells: list[str], style: Style) -> None:
        """Put cells in the place of the columns from ``first`` to ``last``."""
        own = self.as_cells()
        if (missing := first - len(own)) > 0:
            own += [" "] * missing
            self.styles += [PLAIN] * missing
        self._divide(first)
        self._divide(last)
        own[first:last] = cells
        self.styles[first:last] = [style] * len(cells)
        self.width = len(own)

    def cut(self, limit: int) -> None:
        """Take off the columns from ``limit`` on."""
        if self.width > limit:
            self.replace(limit, self.width, [], PLAIN)

    def _divide(self, at: int) -> None:
        """Make blanks of a character that is on both sides of ``at``."""
        cells = self.as_cells()
        if 0 < at < len(cells) and not cells[at]:
            first = at
            while first and not cells[first]:
                first -= 1
            last = at
            while last < len(cells) and not cells[last]:
                last += 1
            cells[first:last] = [" "] * (last - first)

    @property
    def is_blank(self) -> bool:
        """True if nothing can be seen on the row."""
        return not self._visible() if self.cells is not None else not self.raw

    @property
    def is_full(self) -> bool:
        """True if a line can continue after the row's text."""
        return self.cells is None or self._visible() == len(self.cells)

    def render(self, before: Style) -> tuple[str, Style]:
        """Return the row's text if the text above ends in ``before``, and its own last style."""
        if self.cells is None:
            return (
                (transition(before, self.start) + self.raw, self.end) if self.raw else ("", before)
            )
        if before == PLAIN and self._text is not None:
            return self._text, PLAIN
        first, parts, at, end = before, list[str](), 0, self._visible()
        for style, run in groupby(self.styles[:end]):
            count = sum(1 for _ in run)
            parts += (transition(before, style), *self.cells[at : at + count])
            before, at = style, at + count
        text = "".join(parts) + transition(before, PLAIN)
        if first == PLAIN:
            self._text = text
        return text, PLAIN

    def _visible(self) -> int:
        """Return the number of columns up to the last that can be seen."""
        if self._seen >= 0:
            return self._seen
        cells, end = self.cells or [], len(self.cells or [])
        while end and cells[end - 1] in {" ", "", "\t"} and not marks_blanks(self.styles[end - 1]):
            if cells[end - 1] == "" and cells[_lead(cells, end - 1)] != "\t":
                break
            end -= 1
        self._seen = end
        return end


def _lead(cells: list[str], at: int) -> int:
    while at and not cells[at]:
        at -= 1
    return at


def add_mark(cells: list[str], end: int, mark: str) -> None:
    """Add a character without a width of its own to the last one before ``end``."""
    if 0 < end <= len(cells):
        cells[_lead(cells, end - 1)] += mark
