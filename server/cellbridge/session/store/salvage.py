"""Reading what can be read of a store of which parts are damaged.

Owns what counts as damaged, and the count. It must not know how a store is opened.

A row that cannot be decoded is left out. Where a page cannot be read, the query is asked again from
its other end, so that only what lies between is missing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from cellbridge.session.store.faults import code_of

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
"""What decoding arbitrary bytes may raise."""


class Reader:
    """Reads from one connection, and counts what it could not read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._unread: set[object] = set()

    @property
    def unread(self) -> int:
        """Rows and stretches of pages that could not be read so far; each counts once."""
        return len(self._unread)

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """Return the rows of a query in order of its first column; ``{order}`` stands for it.

        Raises:
            sqlite3.Error: the store is not damaged, but cannot be read now.
        """
        found, whole = self._until_broken(query.format(order="ASC"), parameters)
        if whole:
            return found
        self.note((query, *parameters), "a page is damaged")
        rest, _ = self._until_broken(query.format(order="DESC"), parameters)
        try:
            last = found[-1][0] if found else None
            return found + [row for row in reversed(rest) if last is None or row[0] > last]
        except TypeError:  # A damaged page gave something else than numbers.
            return found

    def decoded(self, place: object, data: Any, decode: Callable[[Any], T]) -> Iterator[T]:
        """Yield what a row holds; nothing where it cannot be decoded."""
        try:
            yield decode(data)
        except _ROWS as error:
            self.note(place, error)

    def texts(self, place: object, rows: list[Row]) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of rows that begin with them."""
        for number, text, *_ in rows:
            if isinstance(number, int) and isinstance(text, str):
                yield number, text
            else:
                self.note((place, number), "it is no text")

    def _until_broken(self, query: str, parameters: Row) -> tuple[list[Row], bool]:
        found: list[Row] = []
        try:
            found.extend(self._connection.execute(query, parameters))
        except sqlite3.Error as error:
            if code_of(error) not in _PAGES:
                raise
            return found, False
        except UnicodeDecodeError:  # Python cannot decode what SQLite says of the damage.
            return found, False
        return found, True

    def note(self, place: object, why: object) -> None:
        """Count something that cannot be read."""
        if place not in self._unread:
            self._unread.add(place)
            log.info("A part of the store cannot be read (%s): %s", place, why)
