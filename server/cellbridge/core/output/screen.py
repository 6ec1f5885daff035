"""The last rows of a terminal, with a cursor that can change each of them.

Owns what moves, writes and erases on the rows. It must not know how sequences are written, or where
the rows that have left the screen are kept.

Bounds: a number of rows and of columns; a longer line continues in the next row, as on a terminal.
"""

from __future__ import annotations

from itertools import groupby

from cellbridge.core.output.screen_row import TAB, Row, add_mark
from cellbridge.core.output.text_style import PLAIN, Style, apply_codes
from cellbridge.core.text_width import char_width


class Screen:
    """Rows with a cursor. Rows that leave it at the top are handed over as text."""

    def __init__(self, rows: int, columns: int, style: Style = PLAIN) -> None:
        self.rows = [Row(style)]
        self.x = self.y = 0
        self.style = style
        self.top, self.bottom = 0, rows - 1
        """The first and the last row that scroll."""
        self.saved: tuple[int, int, Style] = 0, 0, PLAIN
        """The remembered cursor and style."""
        self._limit = rows, columns
        self.edge = style
        """The style at the end of the text that has left the screen."""
        self._edge_full = True
        self._scrolled = False
        """True if there is text above."""
        self.left: list[str] = []
        """The text that has left the screen, for the owner to take."""

    # --- text ------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Write printable text at the cursor."""
        if text.isascii():
            self._write_run(text, 1)
            return
        for width, run in groupby(text, char_width):
            if width:
                self._write_run("".join(run), width)
            else:
                for mark in run:
                    self._write_mark(mark)

    def _write_run(self, text: str, width: int) -> None:
        """Write characters that take ``width`` columns each."""
        at = 0
        while at < len(text):
            self._wrap(width)
            part = text[at : at + max(1, (self._limit[1] - self.x) // width)]
            cells = _cells_of(part, width) if self._overwrites() else []
            self._place(part, cells, len(part) * width)
            at += len(part)

    def _write_mark(self, mark: str) -> None:
        """Write a character without a width of its own."""
        row = self._row()
        if row.cells is None and self.x == row.width:
            row.raw += mark
        else:
            add_mark(row.as_cells(), self.x, mark)

    def tab(self) -> None:
        """Move to the next tab stop; at the end of a row, a tab is added."""
        self._wrap(1)
        width = TAB - self.x % TAB
        if self.x < self._row().width:
            self.x += width
        else:
            self._place("\t", ["\t", *[""] * (width - 1)], width)

    def set_style(self, escape: str, parameters: str) -> None:
        """Use another style from now on."""
        row = self._row()
        after = apply_codes(self.style, parameters)
        if row.cells is None and self.x == row.width and row.end == self.style:
            row.raw += escape
            row.end = after
        self.style = after

    def _row(self) -> Row:
        while len(self.rows) <= self.y:
            self.rows.append(Row(self.style))
        return self.rows[self.y]

    def _overwrites(self) -> bool:
        row = self._row()
        return row.cells is not None or self.x != row.width

    def _place(self, text: str, cells: list[str], width: int) -> None:
        row = self._row()
        if self._overwrites():
            row.replace(self.x, self.x + width, cells, self.style)
        else:
            row.add_raw(text, width, self.style)
        self.x += width

    def _wrap(self, width: int) -> None:
        """Continue in the next row if there is no room for ``width`` columns in this one."""
        if self.x + width > self._limit[1]:
            self.line_feed()
            self._row().joined = True

    # --- the cursor ------------------------------------------------------------------------------

    def line_feed(self) -> None:
        """Go to the start of the next row."""
        self.index()
        self.x = 0

    def index(self) -> None:
        """Go down one row; the rows scroll at the bottom."""
        self._row()
        if self.y == self.bottom:
            self.scroll_up(1)
        elif self.y < self._limit[0] - 1:
            self.y += 1
        self._row()

    def reverse_index(self) -> None:
        """Go up one row; the rows scroll down at the top."""
        if self.y == self.top:
            self.scroll_down(1)
        else:
            self.y = max(0, self.y - 1)

    def move_rows(self, count: int) -> None:
        """Move the cursor down, or up if ``count`` is negative, without scrolling."""
        first = self.top if self.y >= self.top else 0
        last = self.bottom if self.y <= self.bottom else self._limit[0] - 1
        self.y = min(max(self.y + count, first), last)
        self.x = min(self.x, self._limit[1] - 1)

    def go_to(self, *, x: int | None = None, y: int | None = None) -> None:
        """Move the cursor to a column, a row or both, as far as they exist."""
        rows, columns = self._limit
        self.x = min(max(self.x if x is None else x, 0), columns - 1)
        self.y = min(max(self.y if y is None else y, 0), rows - 1)

    def save(self) -> None:
        """Remember the cursor and the style."""
        self.saved = self.x, self.y, self.style

    def restore(self) -> None:
        """Return to the remembered cursor and style."""
        self.x, self.y, self.style = self.saved

    def reset(self) -> None:
        """Empty the screen, and return to its initial state."""
        self.top, self.bottom = 0, self._limit[0] - 1
        self.x, self.y, self.style = self.saved = 0, 0, PLAIN
        self.erase_rows(0, len(self.rows))

    def set_margins(self, top: int, bottom: int) -> None:
        """Let only these rows scroll; the cursor goes home."""
        bottom = min(bottom, self._limit[0] - 1)
        if 0 <= top < bottom:
            self.top, self.bottom = top, bottom
            self.x = self.y = 0

    # --- erasing, inserting, deleting ------------------------------------------------------------

    def erase_columns(self, first: int, last: int | None) -> None:
        """Make blanks of the columns from ``first`` up to ``last``, or up to the end."""
        row = self._row()
        if last is None or last >= row.width:
            row.cut(first)
            if last is None and self.y + 1 < len(self.rows):
                self.rows[self.y + 1].joined = False
        elif first < last:
            row.replace(first, last, [" "] * (last - first), PLAIN)

    def erase_rows(self, first: int, last: int) -> None:
        """Empty the rows from ``first`` up to ``last``."""
        for at in range(first, min(last, len(self.rows))):
            self.rows[at] = Row(self.style)
        if last < len(self.rows):
            self.rows[last].joined = False

    def insert_columns(self, count: int) -> None:
        """Insert blanks at the cursor; what leaves the row at its end is gone."""
        row, columns = self._row(), self._limit[1]
        if self.x < row.width:
            row.replace(self.x, self.x, [" "] * min(count, columns - self.x), PLAIN)
            row.cut(columns)

    def delete_columns(self, count: int) -> None:
        """Take out columns at the cursor."""
        row = self._row()
        if self.x < row.width:
            row.replace(self.x, min(self.x + count, row.width), [], PLAIN)

    def scroll_up(self, count: int) -> None:
        """Move the scrolling rows up; the first rows of the screen are handed over."""
        for _ in range(min(count, self.bottom - self.top + 1)):
            if self.top == 0 and self.rows:
                self._hand_over(self.rows.pop(0))
                self._add_row(self.bottom)
            else:
                self._replace_rows(self.top, self.bottom)

    def scroll_down(self, count: int) -> None:
        """Move the scrolling rows down; the last ones are gone."""
        for _ in range(min(count, self.bottom - self.top + 1)):
            self._replace_rows(self.bottom, self.top)

    def insert_rows(self, at: int, count: int) -> None:
        """Insert empty rows; those that leave the scrolling rows at the bottom are gone."""
        if self.top <= at <= self.bottom:
            self.x = 0
            for _ in range(min(count, self.bottom - at + 1)):
                self._replace_rows(self.bottom, at)

    def delete_rows(self, at: int, count: int) -> None:
        """Take out rows; empty ones come at the bottom of the scrolling rows."""
        if self.top <= at <= self.bottom:
            self.x = 0
            for _ in range(min(count, self.bottom - at + 1)):
                self._replace_rows(at, self.bottom)

    def _replace_rows(self, old: int, new: int) -> None:
        """Take the row at ``old`` out, and put an empty one in at ``new``."""
        del self.rows[old : old + 1]
        self._add_row(new)
        # No line continues over a border of what has moved.
        for at in (self.top, old, new, new + 1, self.bottom + 1):
            if at < len(self.rows):
                self.rows[at].joined = False

    def _add_row(self, at: int) -> None:
        """Put an empty row in at ``at``; below all rows, it is made when it is used."""
        if at < len(self.rows):
            self.rows.insert(at, Row(self.style))

    # --- text of the rows ------------------------------------------------------------------------

    def _hand_over(self, row: Row) -> None:
        text, self.edge = row.render(self.edge)
        self.left.append(self._joint(row, first=not self._scrolled, full=self._edge_full) + text)
        self._scrolled, self._edge_full = True, row.is_full

    @staticmethod
    def _joint(row: Row, *, first: bool, full: bool) -> str:
        return "" if first or (row.joined and full) else "\n"

    def render(self) -> str:
        """Return the text of the rows, up to the cursor or the last that is not blank."""
        count = len(self.rows)
        while count > self.y + 1 and self.rows[count - 1].is_blank:
            count -= 1
        parts: list[str] = []
        style, first, full = self.edge, not self._scrolled, self._edge_full
        for row in self.rows[:count]:
            text, style = row.render(style)
            parts += (self._joint(row, first=first, full=full), text)
            first, full = False, row.is_full
        return "".join(parts)

    def is_plain(self) -> bool:
        """Return True if text that is written at the cursor is added to the end of the text."""
        style = self.edge
        for row in self.rows:
            if row.cells is not None or row.start != style:
                return False
            style = row.end
        return (
            self.style == style
            and self.y == len(self.rows) - 1
            and self.x == self.rows[-1].width
            and (self.top, self.bottom) == (0, self._limit[0] - 1)
            and (self._edge_full or not self.rows[0].joined)
        )


def _cells_of(text: str, width: int) -> list[str]:
    """Return the cells of characters that take ``width`` columns each."""
    if width == 1:
        return list(text)
    blanks = [""] * (width - 1)
    return [cell for char in text for cell in (char, *blanks)]
