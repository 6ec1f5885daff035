"""The reader of a store that may be damaged in parts.

Owns what counts as damaged, and the count. It must not know how a store is opened.

A row that cannot be decoded is left out. If a page cannot be read, the query runs again from the
other end, so that only the rows between are missing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from cellbridge.session.store.faults import sqlite_code

T = TypeVar("T")
Row = tuple[Any, ...]

log = logging.getLogger(__name__)

_PAGES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}
_ROWS = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    TypeError,
    ValueError,
    OverflowError,
)
"""Exceptions that decoding arbitrary bytes may raise."""


class SalvageReader:
    """Reads from one connection, and counts the parts that it could not read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._unread: set[object] = set()

    @property
    def unread(self) -> int:
        """The number of rows and ranges of pages that could not be read; each counts once."""
        return len(self._unread)

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """Return the rows of a query in order of its first column; ``{order}`` is its placeholder.

        Raises:
            sqlite3.Error: the store is not damaged, but cannot be read now.
        """
        found, whole = self._rows_until_damage(query.format(order="ASC"), parameters)
        if whole:
            return found
        self.count_unread((query, *parameters), "a page is damaged")
        rest, _ = self._rows_until_damage(query.format(order="DESC"), parameters)
        try:
            last = found[-1][0] if found else None
            return found + [row for row in reversed(rest) if last is None or row[0] > last]
        except TypeError:  # A damaged page contained other values than numbers.
            return found

    def decode_row(self, place: object, data: Any, decode: Callable[[Any], T]) -> Iterator[T]:
        """Yield the decoded content of a row; nothing if it cannot be decoded."""
        try:
            yield decode(data)
        except _ROWS as error:
            self.count_unread(place, error)

    def text_rows(self, place: object, rows: list[Row]) -> Iterator[tuple[int, str]]:
        """Yield the number and the text from rows that begin with them."""
        for number, text, *_ in rows:
            if isinstance(number, int) and isinstance(text, str):
                yield number, text
            else:
                self.count_unread((place, number), "it is not text")

    def _rows_until_damage(self, query: str, parameters: Row) -> tuple[list[Row], bool]:
        found: list[Row] = []
        try:
            found.extend(self._connection.execute(query, parameters))
        except sqlite3.Error as error:
            if sqlite_code(error) not in _PAGES:
                raise
            return found, False
        except UnicodeDecodeError:  # Python cannot decode SQLite's message about the damage.
            return found, False
        return found, True

    def count_unread(self, place: object, why: object) -> None:
        """Count a part that cannot be read."""
        if place not in self._unread:
            self._unread.add(place)
            log.info("A part of the store cannot be read (%s): %s", place, why)
