"""HTML that a cell has put out, as text: tables as rows of cells, the rest as lines.

Owns the reading of such HTML. It is untrusted: nothing of it is kept but its words, and reading it
never fails. It must not know where the text is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cellbridge.core.text_width import text_width

INPUT_LIMIT = 512 * 1024
"""Characters of HTML that are read."""
ROWS_LIMIT = 200
"""Rows of a table that are kept; a data frame sends 60."""
CELL_LIMIT = 200
"""Characters of one cell of a table."""

_SPAN_LIMIT = 1000
"""Columns or rows that one cell can take."""

_SILENT = {"script", "style", "head", "template", "noscript", "svg", "math"}
_BREAKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl",
    "dt", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "summary", "ul",
}  # fmt: skip


@dataclass(slots=True)
class Table:
    """The rows of a table as text."""

    rows: list[list[str]] = field(default_factory=list[list[str]])
    headings: int = 0
    """The number of rows at the top that are headings."""
    more: int = 0
    """Rows that were left out."""
    values: int = 0
    """The number of columns without those of row headings."""

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and columns of values; of headings if there are no others."""
        below = len(self.rows) - self.headings + self.more
        if self.values or not self.rows:
            return below, self.values
        # The headings of rows have no heading themselves.
        first = self.rows[0]
        named = next((at for at, text in enumerate(first) if text), 0)
        return below, max(map(len, self.rows)) - named


Block = str | Table


def blocks(html: str) -> list[Block]:
    """Return the contents of HTML: its tables, and lines of text between them."""
    reader = _Reader()
    reader.feed(html[:INPUT_LIMIT])
    reader.close()
    return reader.finished()


def plain(html: str) -> str:
    """Return HTML as plain text, its tables laid out in columns."""
    return "\n".join(_columns(one) if isinstance(one, Table) else one for one in blocks(html))


def markdown(html: str) -> str:
    """Return HTML as Markdown: tables as tables, the rest as text that means nothing else."""
    made = [_rows(one) if isinstance(one, Table) else escape_markdown(one) for one in blocks(html)]
    return "\n\n".join(made)


def escape_markdown(text: str) -> str:
    """Return text so that Markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>#|~!&$" else sign for sign in text)


class _Reader(HTMLParser):
    """Gathers text and tables; a table within a table is read as text of its cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._made: list[Block] = []
        self._words: list[str] = []
        self._silent = 0
        self._depth = 0
        self._table = Table()
        self._row: list[str] | None = None
        self._values = 0
        """Columns of values in the row."""
        self._span = self._rows = 0
        """Columns and rows that the open cell takes; 0 without one."""
        self._above: dict[int, int] = {}
        """Columns that cells of earlier rows take, each with the number of rows."""
        self._below: dict[int, int] = {}
        """The same for cells of this row."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._end_line()
                self._table = Table()
                self._above.clear()
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row, self._values = [], 0
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
            self._span, self._rows = _number(attrs, "colspan"), _number(attrs, "rowspan")
            self._values += self._span if tag == "td" else 0
            self._row = [] if self._row is None else self._row
        elif tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._depth:
            self._depth -= 1
            if not self._depth:
                self._end_row()
                self._made.append(self._table)
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif tag in _BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def finished(self) -> list[Block]:
        """Return what was read, an unfinished table included."""
        if self._depth:
            self._end_row()
            self._made.append(self._table)
        self._end_line()
        return [one for one in self._made if not isinstance(one, Table) or one.rows]

    def _break(self) -> None:
        if self._depth:
            self._words.append(" ")
        else:
            self._end_line()

    def _end_line(self) -> None:
        if line := self._taken():
            self._made.append(line)

    def _taken(self) -> str:
        line = " ".join("".join(self._words).split())
        self._words.clear()
        return line

    def _end_cell(self) -> None:
        text = self._taken()
        if self._row is not None and (self._span or text):
            text = text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"
            if self._span:
                self._skip_taken(self._row)
                for column in range(len(self._row), len(self._row) + self._span):
                    self._below[column] = self._rows - 1
                self._row += [text, *[""] * (self._span - 1)]
        self._span = 0

    def _skip_taken(self, row: list[str]) -> None:
        """Leave the columns empty that a cell of an earlier row takes."""
        while self._above.get(len(row), 0) > 0:
            row.append("")

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is None:
            return
        if self._span:
            self._row = row
            self._end_cell()
            row, self._row = self._row, None
        self._skip_taken(row)
        left = {column: rows - 1 for column, rows in self._above.items()} | self._below
        self._above, self._below = {at: rows for at, rows in left.items() if rows > 0}, {}
        table = self._table
        table.values = max(table.values, self._values)
        if not self._values and len(table.rows) == table.headings:
            table.headings += 1
        if len(table.rows) < ROWS_LIMIT:
            table.rows.append(row)
        else:
            table.more += 1


def _number(attrs: list[tuple[str, str | None]], name: str) -> int:
    """Return the number of columns or rows that a cell takes."""
    given = dict(attrs).get(name) or ""
    return min(max(int(given), 1), _SPAN_LIMIT) if given.isdecimal() else 1


def _rows(table: Table) -> str:
    """Return a table in Markdown's own form, which has exactly one row of headings."""
    count = max(len(row) for row in table.rows)
    rows = [
        [escape_markdown(cell) for cell in row] + [""] * (count - len(row)) for row in table.rows
    ]
    headings = rows[: table.headings] or [[""] * count]
    head = [" ".join(filter(None, cells)) for cells in zip(*headings, strict=True)]
    right = _numbers(table, count)
    lines = [head, ["--:" if each else "---" for each in right], *rows[table.headings :]]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{text}\n\n*… {table.more} more rows*" if table.more else text


def _columns(table: Table) -> str:
    count = max(len(row) for row in table.rows)
    rows = [row + [""] * (count - len(row)) for row in table.rows]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    right = _numbers(table, count)
    lines: list[str] = []
    for row in rows:
        cells = [
            " " * (width - text_width(cell)) + cell
            if number
            else cell + " " * (width - text_width(cell))
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    if table.more:
        lines.append(f"… {table.more} more rows")
    return "\n".join(lines)


def _numbers(table: Table, count: int) -> Sequence[bool]:
    """Return for each column whether it holds numbers, which are aligned to the right."""
    body = table.rows[table.headings :]
    columns = [[row[at] for row in body if at < len(row)] for at in range(count)]
    filled = [[cell for cell in column if cell not in {"", "...", "…"}] for column in columns]
    return [bool(column) and all(map(_is_number, column)) for column in filled]


def _is_number(text: str) -> bool:
    digits = text.replace(",", "").replace("_", "").removesuffix("%").strip()
    try:
        float(digits)
    except ValueError:
        return digits in {"NaN", "NaT", "<NA>", "None", "null"}
    return True
