r"""Terminal output with carriage returns and backspaces, as the text that a terminal would show.

Owns the overwriting of the last, still open line of a stream, so that a progress bar is one line
and not ten thousand. It must not know streams, outputs or colours beyond recognising an escape.

Carriage return moves to the start of the line, backspace one to the left, and what follows
overwrites the earlier text, as in the JupyterLab and classic notebook renderers. Escape sequences
other than these pass through untouched.
"""

from __future__ import annotations

import re

OPEN_LINE_LIMIT = 16 * 1024
"""Characters of the open line that can still be overwritten; the text before them is final."""

_MOVES = re.compile(r"\r+|\x08+")


class OpenLine:
    """The last line of a stream, with the place where the next character goes."""

    def __init__(self) -> None:
        self._line = ""
        self._cursor = 0

    def feed(self, text: str) -> tuple[int, str]:
        """Write ``text`` and return what it does to the stream's end.

        Returns:
            The number of characters to take off the stream's end, and the text to add after that.
        """
        before = self._line
        if self._cursor == len(before) and "\r" not in text and "\x08" not in text:
            cut = text.rfind("\n") + 1
            self._settle(text[cut:] if cut else before + text)
            return 0, text
        done: list[str] = []
        for segment in re.split(r"(?<=\n)", text.replace("\r\n", "\n")):
            self._write(segment.removesuffix("\n"))
            if segment.endswith("\n"):
                done.append(self._line + "\n")
                self._line, self._cursor = "", 0
        after = "".join((*done, self._line))
        keep = common_prefix(before, after)
        self._settle(self._line, self._cursor)
        return len(before) - keep, after[keep:]

    def _write(self, text: str) -> None:
        position = 0
        for move in _MOVES.finditer(text):
            self._put(text[position : move.start()])
            if move.group()[0] == "\r":
                self._cursor = 0
            else:
                self._cursor = max(0, self._cursor - len(move.group()))
            position = move.end()
        self._put(text[position:])

    def _put(self, text: str) -> None:
        if not text:
            return
        end = self._cursor + len(text)
        rest = self._line[end:]
        # Columns cannot be counted across escape sequences, so a coloured line is replaced whole.
        if "\x1b" in text or "\x1b" in self._line:
            rest = ""
        self._line = self._line[: self._cursor] + text + rest
        self._cursor = end

    def _settle(self, line: str, cursor: int | None = None) -> None:
        excess = max(0, len(line) - OPEN_LINE_LIMIT)
        self._line = line[excess:]
        self._cursor = len(self._line) if cursor is None else max(0, cursor - excess)


def common_prefix(one: str, other: str) -> int:
    """Return how many characters at their start two texts share."""
    limit = min(len(one), len(other))
    if one[:limit] == other[:limit]:
        return limit
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
