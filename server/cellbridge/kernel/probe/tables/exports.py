# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: parts of tables as CSV, TSV or JSON.

Owns the formats. A reader gets back the values of the table: whole texts, exact numbers, and
missing values apart from empty texts. It must run on Python 3.9, must not import cellbridge, and
never calls the user's code.
"""

import json
import math

from ..stored_attributes import package
from .values import absent, plain, whole_text

ROWS = 1_000_000
LIMIT = 4 * 1024 * 1024
"""Characters of an export; sending more at once would block the kernel."""
DEPTH = 50
"""Levels of nested values."""
_PIECE = 200
_LISTS = (list, tuple, set, frozenset)
_LONG = 10_000
"""Bits of a whole number after which Python refuses its decimal digits."""


class TooLong(Exception):  # noqa: N818 - not a fault: the export ends before this row
    """A row that does not fit into the text."""


def select_rows(table, order, start, count):
    """Return the positions of some rows of an order, and its length."""
    total = table.rows if order is None else len(order)
    start = max(0, min(start, total))
    stop = min(start + max(0, count), total)
    return (range(start, stop) if order is None else plain(order, start, stop)), total


def selection(table, order, window):
    """Return the positions of the rows of an export, and its first and last column."""
    positions, _ = select_rows(table, order, window["start"], min(window["count"], ROWS))
    first = max(0, min(window["first_column"], len(table.names)))
    return positions, first, min(first + max(0, window["columns"]), len(table.names))


def export(table, order, query, deadline):
    """Return a part of a table as one text."""
    positions, first, last = selection(table, order, query["window"])
    columns = [table.column(at) for at in range(first, last)]
    write, close = WRITERS[query["format"]]([str(name) for name in table.names[first:last]])
    made, size = [], 0
    for start in range(0, len(positions), _PIECE):
        deadline.passed()
        piece = positions[start : start + _PIECE]
        found = [column.values(piece) for column in columns]
        for row in ([values[at] for values in found] for at in range(len(piece))):
            try:
                text = write(row, LIMIT - size)
            except TooLong:
                return answer(close(made), truncated=True)
            made.append(text)
            size += len(text)
    return answer(close(made), truncated=False)


def answer(text, *, truncated):
    """Return the export's answer."""
    message = "The text ends before the selection does; export fewer rows at a time."
    return {"text": text, "truncated": truncated, "message": message if truncated else ""}


def bounded(pieces, room):
    """Return pieces of text as one; raises `TooLong`."""
    made = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise TooLong
        made.append(piece)
    return "".join(made)


# --- separated values -----------------------------------------------------------------------------


def separated(sign):
    """Return the writer of values that a sign separates, by RFC 4180.

    A missing value is an empty field, and an empty text is a pair of quotes.
    """

    def begin(names):
        def write(row, room):
            # A row of one missing value must not be an empty line, which readers skip.
            alone = [""] if len(row) == 1 and absent(row[0]) else row
            fields = (field(one, sign, room) for one in alone)
            return bounded(joined(fields, sign, "", "\n"), room)

        head = write(names, LIMIT) if names else ""
        return write, lambda rows: head + "".join(rows) if names else ""

    return begin


def field(value, sign, room):
    """Return one value as a field."""
    if absent(value):
        return ""
    text = bounded(printed(value, 0, nested=False), room)
    special = not text or any(one in text for one in (sign, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if special else text


def printed(value, depth, *, nested):
    """Yield the pieces of a value's text; that of nested values is in Python's notation."""
    kind = type(value)
    if depth > DEPTH:
        yield "…"
    elif kind in _LISTS:
        yield from joined((bounded_text(one, depth) for one in value), ", ", "[", "]")
    elif kind is dict:
        pairs = (
            f"{bounded_text(key, depth)}: {bounded_text(one, depth)}" for key, one in value.items()
        )
        yield from joined(pairs, ", ", "{", "}")
    elif kind.__name__ == "ndarray" and package(kind) == "numpy":
        yield from printed(value_of_scalar(value), depth, nested=True)
    elif kind is str:
        yield repr(value) if nested else value
    elif kind is int and value.bit_length() > _LONG:
        yield hex(value)
    elif nested and absent(value):
        yield "None"
    else:
        yield whole_text(value, LIMIT)


def bounded_text(value, depth):
    """Return the text of a nested value."""
    return bounded(printed(value, depth + 1, nested=True), LIMIT)


def joined(texts, sign, first, last):
    """Yield texts with a sign between them."""
    yield first
    for at, text in enumerate(texts):
        if at:
            yield sign
        yield text
    yield last


# --- JSON -----------------------------------------------------------------------------------------


def json_lines(names):
    """Return the writer of a list of objects, one a line; doubled names get numbers."""
    keys = [json_text(name) for name in unique(names)]

    def write(row, room):
        pairs = (
            f"{key}: {bounded(json_pieces(one, 0), room)}"
            for key, one in zip(keys, row)  # noqa: B905 - Python 3.9
        )
        return bounded(joined(pairs, ", ", "{", "}"), room - 4)

    return (
        write,
        lambda rows: "[" + ",".join("\n" + row for row in rows) + ("\n" if rows else "") + "]\n",
    )


def unique(names):
    """Return names without doubles: a later one gets a number, as pandas gives when it reads."""
    taken, seen, found = set(names), set(), []
    for name in names:
        number, new = 0, name
        while new in seen or (number and new in taken):
            number += 1
            new = f"{name}.{number}"
        seen.add(new)
        found.append(new)
    return found


def json_pieces(value, depth):
    """Yield the pieces of a value as JSON; what JSON has no type for is text."""
    kind = type(value)
    if absent(value) or depth > DEPTH:
        yield "null"
    elif kind in _LISTS:
        yield from joined((json_of(one, depth) for one in value), ", ", "[", "]")
    elif kind is dict:
        keys = unique([key if type(key) is str else bounded_text(key, depth) for key in value])
        pairs = (
            f"{json_text(key)}: {json_of(one, depth)}"
            for key, one in zip(keys, value.values())  # noqa: B905 - Python 3.9
        )
        yield from joined(pairs, ", ", "{", "}")
    elif kind is bool or (kind is int and value.bit_length() <= _LONG):
        yield json.dumps(value)
    elif kind is float and math.isfinite(value):
        yield repr(value)
    elif kind.__module__ == "numpy" and value_of_scalar(value) is not value:
        yield from json_pieces(value_of_scalar(value), depth)
    else:
        yield json_text(bounded(printed(value, depth, nested=False), LIMIT))


def json_of(value, depth):
    """Return a nested value as JSON."""
    return bounded(json_pieces(value, depth + 1), LIMIT)


def value_of_scalar(value):
    """Return a numpy scalar or array as Python's own value; others, and times, as they are."""
    if not hasattr(value, "dtype"):
        return value
    if value.dtype.kind in "Mm":
        return value.astype(str).tolist() if value.ndim else value
    found = value.tolist()
    if type(found) is type(value):  # The longest numbers of C.
        return float(value) if value.dtype.kind == "f" else value
    return found


def json_text(text):
    """Return a text as JSON; half of a surrogate pair is escaped, as UTF-8 has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)


WRITERS = {"csv": separated(","), "tsv": separated("\t"), "json": json_lines}
