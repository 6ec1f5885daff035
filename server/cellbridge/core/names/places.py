"""The places of names in the lines of a piece.

Owns the conversion of a syntax tree's places, which count bytes, and the search for names that the
tree gives no place for.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

SEARCH_LIMIT = 20
"""Lines below a statement's beginning in which its name is searched."""


class Places:
    """Places in some lines. Lines count from 0, columns in code points."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._ascii = all(map(str.isascii, lines))
        self._string: tuple[int, int] | None = None

    def enter_string(self, node: ast.expr) -> None:
        """Begin an f-string: in some versions of Python the places inside it are wrong."""
        self._string = self.start(node)

    def leave_string(self) -> None:
        """End an f-string."""
        self._string = None

    def column(self, line: int, offset: int) -> int:
        """Return the code point at an offset in bytes."""
        if self._ascii or line >= len(self.lines):
            return offset
        encoded = self.lines[line].encode("utf-8", "surrogatepass")
        return len(encoded[:offset].decode("utf-8", "ignore"))

    def start(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> tuple[int, int]:
        """Return where a node begins."""
        line = node.lineno - 1
        return line, self.column(line, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return where a node ends."""
        line = (node.end_lineno or node.lineno) - 1
        return line, self.column(line, node.end_col_offset or node.col_offset)

    def name(self, node: ast.expr | ast.keyword | ast.arg, name: str) -> tuple[int, int]:
        """Return the place of the name that a node begins with."""
        line = node.lineno - 1
        return self._checked(name, line, self.column(line, node.col_offset))

    def attribute(self, node: ast.Attribute) -> tuple[int, int]:
        """Return the place of the attribute's name."""
        line, column = self.end(node)
        return self._checked(node.attr, line, column - len(node.attr))

    def find(self, name: str, line: int, column: int) -> tuple[int, int]:
        """Return the first place of a word from a place on; that place itself without one."""
        for number in range(line, min(line + SEARCH_LIMIT, len(self.lines))):
            start = _find_word(self.lines[number], name, column if number == line else 0)
            if start >= 0:
                return number, start
        return line, column

    def _checked(self, name: str, line: int, column: int) -> tuple[int, int]:
        if self._string is None:
            return line, column
        if 0 <= line < len(self.lines) and self.lines[line].startswith(name, max(column, 0)):
            return line, max(column, 0)
        found = self.find(name, *self._string)
        self._string = (found[0], found[1] + len(name))
        return found


def _find_word(line: str, name: str, start: int) -> int:
    """Return the place of a word in a line; -1 if the line does not hold it."""
    while (start := line.find(name, start)) >= 0:
        end = start + len(name)
        if not _in_word(line[start - 1 : start]) and not _in_word(line[end : end + 1]):
            return start
        start = end
    return -1


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"
