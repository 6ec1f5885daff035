r"""The text that a terminal would show of a stream, while the stream grows.

Owns the difference that each part of a stream makes to the
text. It must not know streams or outputs.

A stream is a terminal with `ROWS` rows on which a program can move the cursor, so that progress
bars are the lines that remain, and not ten thousand; rows that have left it at the top are final.
Colours stay as they are, links are their text, and all other sequences have no effect. The result
does not depend on the parts in which a stream arrives. Plain text, which is most of all output,
never reaches the screen: it is remembered as text, and written on the screen when the first
sequence comes that could change it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cellbridge.core.output import control_effects
from cellbridge.core.output.control_sequences import ControlParser
from cellbridge.core.output.screen import Screen
from cellbridge.core.output.text_style import PLAIN, STYLE_ESCAPE, Style, style_after

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
        self._recent: list[str] = []
        """The last plain text, while there is no screen."""
        self._length, self._most = 0, _KEPT
        """Its length, and the length at which it is reduced."""
        self._style: Style = PLAIN
        """The style before that text."""
        self._within_line = False
        """True if the text begins within a line."""
        self._screen: Screen | None = None
        self._shown = ""
        """The text of the screen after the last part."""
        self._saved = Screen(rows, columns).saved

    def feed(self, part: str) -> Edit:
        """Write the next part of the stream; return the change of its text."""
        if self._screen is None and self._parser.at_rest:
            plain = part.replace("\r\n", "\n") if "\r" in part else part
            if _is_plain(plain):
                self._remember(plain)
                return Edit(0, 0, plain)
        screen, before = self._open_screen()
        control_effects.write(screen, self._parser, part)
        shown = screen.render()
        after = "".join((*screen.left, shown))
        self._settle(screen, shown)
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
                break
        if cut < 0:
            # Few, long lines: the screen finds the rows in which they continue.
            self._recent = [whole]
            screen, _ = self._open_screen()
            self._settle(screen, screen.render())
        else:
            self._keep(whole[cut + 1 :], style_after(self._style, whole[: cut + 1]))

    def _keep(self, text: str, style: Style, *, within_line: bool = False) -> None:
        self._recent, self._length, self._most = [text], len(text), len(text) + _KEPT
        self._style, self._within_line = style, within_line

    def _open_screen(self) -> tuple[Screen, str]:
        """Return the screen, and the text whose change the next part makes."""
        if self._screen is not None:
            return self._screen, self._shown
        self._screen = screen = Screen(*self._size, self._style, within_line=self._within_line)
        text = "".join(self._recent)
        control_effects.write(screen, ControlParser(), text)
        screen.saved = self._saved
        self._recent, self._length = [], 0
        return screen, text

    def _settle(self, screen: Screen, shown: str) -> None:
        """Keep the state after a part: as plain text if nothing on the screen needs more."""
        screen.left.clear()
        self._saved = screen.saved
        if self._parser.at_rest and screen.is_plain():
            within_line = screen.rows[0].joined
            self._keep(screen.raw_text(), screen.edge, within_line=within_line)
            self._screen, self._shown = None, ""
        else:
            self._shown = shown


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
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
