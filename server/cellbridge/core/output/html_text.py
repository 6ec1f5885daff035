"""HTML that a cell has put out, as text: tables as rows of cells, the rest as lines.

Owns the reading of such HTML. It is untrusted: nothing of it is kept but its words, and reading it
never fails. It must not know where the text is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from unicodedata import east_asian_width

INPUT_LIMIT = 512 * 1024
"""Characters of HTML that are read."""
ROWS_LIMIT = 200
"""Rows of a table that are kept; a data frame sends 60."""
CELL_LIMIT = 200
"""Characters of one cell of a table."""

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
        self._has_data = False
        self._span = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._end_line()
                self._table = Table()
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row, self._has_data = [], False
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
            self._has_data |= tag == "td"
            width = dict(attrs).get("colspan") or ""
            self._span = min(int(width), 100) if width.isdecimal() else 1
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
            self._row += [text, *[""] * (self._span - 1)] if self._span else []
        self._span = 0

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is None:
            return
        if self._span:
            self._row = row
            self._end_cell()
            row, self._row = self._row, None
        table = self._table
        if not self._has_data and len(table.rows) == table.headings:
            table.headings += 1
        if len(table.rows) < ROWS_LIMIT:
            table.rows.append(row)
        else:
            table.more += 1


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
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    right = _numbers(table, count)
    lines: list[str] = []
    for row in rows:
        cells = [
            " " * (width - _width(cell)) + cell if number else cell + " " * (width - _width(cell))
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    if table.more:
        lines.append(f"… {table.more} more rows")
    return "\n".join(lines)


def _width(text: str) -> int:
    return len(text) + sum(east_asian_width(sign) in "WF" for sign in text)


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
