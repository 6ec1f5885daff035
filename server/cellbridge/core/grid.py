"""Variables and tables as plain text in columns, for editors and terminals that draw nothing.

Owns the layout: which columns are cut, how wide each may be, and the lines above and below. It must
not know where the text is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from cellbridge.core import units
from cellbridge.core.text_width import text_width as width
from cellbridge.core.variables import ColumnSummary, TablePage, Variable, VariablesPage

CELL_WIDTH = 30
"""Characters that a table's value gets; a longer one ends in ``…``."""
VALUE_WIDTH = 80
WIDTH = 160
"""Characters of a line that a table is laid out for."""
_GAP = "  "


def variables_text(page: VariablesPage, title: str) -> str:
    """Return variables as lines of name, type, size and value."""
    lines = [title, "=" * width(title), ""]
    if page.variables:
        rows = [("  name", "type", "size", "value"), *map(_row, page.variables)]
        lines += format_columns(rows, (CELL_WIDTH, CELL_WIDTH, 24, VALUE_WIDTH))
        lines[4:4] = ["-" * width(lines[3])]
    left = page.total - len(page.variables)
    if left > 0:
        lines += ["", f"{left:,} more"]
    elif not page.variables and not page.message:
        lines.append("There is nothing here yet.")
    if any(one.changed for one in page.variables):
        lines += ["", "* new or changed with the last run"]
    if page.message:
        lines += ["", page.message] if page.variables else [page.message]
    return "\n".join(lines) + "\n"


def table_text(page: TablePage, title: str) -> str:
    """Return a page of a table with its heads, as many columns as a line holds."""
    rows = _table_rows(page)
    fitting = _fitting(rows)
    lines = [title, "=" * width(title), ""]
    body = format_columns([row[:fitting] for row in rows], (CELL_WIDTH,) * fitting, right=True)
    lines += [*body[:2], "-" * max(map(width, body)), *body[2:], "", _extent(page, fitting - 1)]
    if page.message:
        lines.append(page.message)
    return "\n".join(lines) + "\n"


def shown_columns(page: TablePage) -> int:
    """Return how many columns of a page `table_text` shows."""
    return _fitting(_table_rows(page)) - 1


def summary_text(found: ColumnSummary) -> str:
    """Return a column's summary on one line."""
    parts = [f"{found.name}: {found.dtype}" if found.dtype else found.name]
    if found.nulls:
        parts.append(f"{found.nulls:,} missing")
    if found.distinct is not None:
        parts.append(f"{found.distinct:,} different")
    if found.min or found.max:
        parts.append(f"{found.min} … {found.max}")
    if found.mean:
        parts.append(f"mean {_rounded(found.mean)}")
    if found.top:
        tops = ", ".join(f"{truncate(one.value, 20)} ({one.count:,})" for one in found.top[:5])
        parts.append(f"most often {tops}")
    if found.histogram:
        parts.append(bars([one.count for one in found.histogram]))
    return "; ".join(parts)


def bars(counts: Sequence[int]) -> str:
    """Return a histogram as one character for each bar."""
    highest = max(counts, default=0)
    signs = "▁▂▃▄▅▆▇█"
    return "".join(
        signs[(count * (len(signs) - 1) + highest // 2) // highest] if count else " "
        for count in counts
    )


def format_columns(
    rows: Sequence[Sequence[str]], limits: Sequence[int], *, right: bool = False
) -> list[str]:
    """Return rows as lines with their columns below each other, each cut at its limit."""
    cells = [
        [truncate(text, limit) for text, limit in zip(row, limits, strict=True)] for row in rows
    ]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(
            _padded(text, wide, right=right and at > 0)
            for at, (text, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def truncate(text: str, limit: int) -> str:
    """Return a text on one line, at most ``limit`` characters wide."""
    text = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    if width(text) <= limit:
        return text
    kept, used = "", 0
    for sign in text:
        used += width(sign)
        if used > limit - 1:
            break
        kept += sign
    return kept + "…"


def _padded(text: str, wide: int, *, right: bool) -> str:
    space = " " * (wide - width(text))
    return space + text if right else text + space


def _rounded(number: str) -> str:
    """Return a number with six digits; anything else as it is."""
    try:
        return f"{float(number):.6g}"
    except ValueError:
        return number


def _row(one: Variable) -> tuple[str, str, str, str]:
    kind = f"{one.type} {one.dtype}" if one.dtype and one.dtype != one.type else one.type
    extent = one.shape or (f"{one.length:,}" if one.length is not None else "")
    size = units.size(one.size) if one.size is not None and one.size >= 1000 else ""
    mark = "* " if one.changed else "  "
    return mark + one.name, kind, _GAP.join(part for part in (extent, size) if part), one.value


def _table_rows(page: TablePage) -> list[tuple[str, ...]]:
    """Return the heads, the types and the rows, each with its label."""
    heads = [column.name for column in page.columns]
    dtypes = [column.dtype for column in page.columns]
    return [
        ("", *heads),
        ("", *dtypes),
        *((label, *cells) for label, cells in zip(page.index, page.rows, strict=True)),
    ]


def _fitting(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns a line holds, the labels among them; two at least."""
    used, count = 0, 0
    for column in zip(*rows, strict=True):
        used += max(min(width(text), CELL_WIDTH) for text in column) + len(_GAP)
        if used > WIDTH and count >= 2:
            break
        count += 1
    return count


def _extent(page: TablePage, columns: int) -> str:
    """Return which part of the table this is."""
    last = page.start + len(page.rows)
    rows = f"rows {page.start + 1:,} to {last:,}" if page.rows else "no rows"
    of = f"{page.filtered_rows:,}" if page.filtered_rows != page.total_rows else ""
    total = f"of {of} that fit, {page.total_rows:,} in all" if of else f"of {page.total_rows:,}"
    shown = "" if columns == page.total_columns else f"{columns:,} of "
    noun = "column" if page.total_columns == 1 else "columns"
    return f"{rows} {total}; {shown}{page.total_columns:,} {noun}"
