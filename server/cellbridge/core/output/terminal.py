r"""The text that a terminal would show of a stream, while the stream grows.

Owns the difference that each part of a stream makes to the
text. It must not know streams or outputs.

A stream is a terminal with `ROWS` rows on which a program can move the cursor, so that progress
bars are the lines that remain, and not ten thousand; rows that have left it at the top are final.
Colours stay as they are, links are their text, and all other sequences have no effect. The result
does not depend on the parts in which a stream arrives. Plain text, which is most of all output, is
remembered as text, and written on the screen when the first sequence comes that could change it, or
if it is one long line. Most of it never reaches the screen: newer lines have moved it out before.

Bounds: a part costs at most its own length and once the text of the screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cellbridge.core.output import control_effects
from cellbridge.core.output.control_sequences import ControlParser
from cellbridge.core.output.screen import Screen
from cellbridge.core.output.text_style import STYLE_ESCAPE, style_after

ROWS = 100
"""Rows that a program can change."""
COLUMNS = 2048
"""Columns of a row, a multiple of eight for tab stops; longer lines continue in the next row."""
_KEPT = 32 * 1024
"""Characters of plain text that are remembered before all but the last rows are dropped."""
_PARTS = 200
"""Parts of that text which are remembered apart; many short strings take much memory."""

_CONTROLS = tuple(map(chr, (*range(0x09), *range(0x0B, 0x1B), *range(0x1C, 0x20), 0x7F)))
_ALL_CONTROLS = (*_CONTROLS, *map(chr, range(0x80, 0xA0)))
_CONTROL = re.compile(f"[{''.join(_ALL_CONTROLS)}]")
_SHORT = 256
"""Characters below which one pattern is faster than a search for each control character."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The change that a part of a stream makes to the end of its text."""

    drop: int
    """The number of characters to take off."""
    lines: int
    """The number of line ends among them."""
    text: str
    """The text to add after that."""


class Terminal:
    """The end of a stream's text, which can still be changed."""

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        self._size = rows, columns
        self._parser = ControlParser()
        self._screen = Screen(rows, columns)
        self._shown = ""
        """The text of the screen after the last part that was written on it."""
        self._plain = True
        """True if plain text at the end changes nothing before it."""
        self._recent: list[str] = []
        """The plain text that is not on the screen yet."""
        self._length, self._most = 0, _KEPT
        """Its length, and the length at which it is reduced."""

    def feed(self, part: str) -> Edit:
        """Write the next part of the stream; return the change of its text."""
        if self._plain:
            plain = part.replace("\r\n", "\n") if "\r" in part else part
            if _is_plain(plain):
                self._remember(plain)
                return Edit(0, 0, plain)
        before = self._write_recent()
        control_effects.write(self._screen, self._parser, part)
        after = self._show()
        keep = common_prefix(before, after)
        return Edit(len(before) - keep, before.count("\n", keep), after[keep:])

    def _remember(self, text: str) -> None:
        self._recent.append(text)
        self._length += len(text)
        if len(self._recent) > _PARTS:
            self._recent = ["".join(self._recent)]
        if self._length <= self._most:
            return
        whole = "".join(self._recent)
        cut = len(whole)
        for _ in range(self._size[0]):
            cut = whole.rfind("\n", 0, cut)
            if cut < 0:
                # Few, long lines: the screen finds the rows in which they continue.
                self._write_recent()
                self._show()
                return
        saved, style = self._screen.saved, style_after(self._screen.style, whole[: cut + 1])
        self._screen, self._shown = Screen(*self._size, style), ""
        self._screen.saved = saved
        self._recent, self._length = [whole[cut + 1 :]], len(whole) - cut - 1
        self._most = self._length + _KEPT

    def _write_recent(self) -> str:
        """Bring the screen up to date; return the text whose change the next part makes."""
        text = "".join(self._recent)
        control_effects.write(self._screen, ControlParser(), text)
        self._recent, self._length, self._most = [], 0, _KEPT
        return self._shown + text

    def _show(self) -> str:
        """Return the text of the screen, after the text that has left it since the last time."""
        screen = self._screen
        self._shown = screen.render()
        after = "".join((*screen.left, self._shown))
        screen.left.clear()
        self._plain = self._parser.at_rest and screen.is_plain()
        return after


def _is_plain(text: str) -> bool:
    """Return whether a text has only printable text, line ends, tabs and complete styles."""
    if len(text) < _SHORT:
        if _CONTROL.search(text):
            return False
    elif any(map(text.__contains__, _CONTROLS if text.isascii() else _ALL_CONTROLS)):
        return False
    return "\x1b" not in text or text.count("\x1b") == len(STYLE_ESCAPE.findall(text))


def common_prefix(one: str, other: str) -> int:
    """Return how many characters at their start two texts share."""
    limit = min(len(one), len(other))
    if one[:limit] == other[:limit]:
        return limit
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
