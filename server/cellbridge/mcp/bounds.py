"""The limits on the size of answers, and the cuts that keep them.

Owns each limit, the division of an answer's space among its parts, and the pages of a long text.
Pure. It must not know what a text is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ANSWER_BYTES = 8 * 1024
"""UTF-8 bytes of an answer's text."""
NEWS_BYTES = 400
"""UTF-8 bytes of the line on what others did since the last answer."""
CURSOR_BYTES = 40
"""UTF-8 bytes that the line with the cursor needs at most."""
CELL_CHARACTERS = 2_400
"""Characters of one cell in an answer, its source and outputs together."""
PAGE_BYTES = 6 * 1024
"""UTF-8 bytes after which a page of a long text ends, or at the last line end before."""
WAIT_SECONDS = 300
"""Seconds that one call may wait for runs."""
IMAGES = 4
"""Images in an answer."""
IMAGE_PIXELS = 1_024
"""Width and height of an image."""
IMAGE_BYTES = 256 * 1024
"""Bytes of an image's file."""

_LINE_SEARCH = 1024
"""Bytes before the end of a page in which a line end is searched for."""
_CUT_NOTE = 40
"""Bytes for the note at the end of a cut text."""
_CUT = "\n… the rest of this answer is too long; ask for less at a time."


def size(text: str) -> int:
    """Return the number of UTF-8 bytes of a text; halves of characters count as replaced."""
    return len(text) if text.isascii() else len(encode(text))


def encode(text: str) -> bytes:
    """Return a text in UTF-8; halves of characters are replaced."""
    return text.encode("utf-8", "replace")


def head(text: str, chars: int, room: int) -> str:
    """Return the beginning of a text, of at most ``chars`` characters and ``room`` bytes."""
    return encode(text[: max(0, chars)])[: max(0, room)].decode("utf-8", "ignore")


def tail(text: str, chars: int, room: int) -> str:
    """Return the end of a text, of at most ``chars`` characters and ``room`` bytes."""
    kept = encode(text[-chars:]) if chars > 0 else b""
    return kept[-room:].decode("utf-8", "ignore") if room > 0 else ""


def cut(text: str, room: int) -> str:
    """Return a text of at most ``room`` bytes; a cut text names what is missing."""
    if size(text) <= room:
        return text
    kept = head(text, len(text), room - _CUT_NOTE)
    return f"{kept}\n… {len(text) - len(kept):,} more characters"


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide ``room`` among parts: small ones get all they want, the others equal shares."""
    given = [0] * len(wanted)
    left = max(0, room)
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for place, at in enumerate(order):
        given[at] = min(wanted[at], left // (len(order) - place))
        left -= given[at]
    return given


def bound(text: str, footer: str = "") -> str:
    """Return an answer's text within the limit, with ``footer`` whole as its last line.

    A block that is cut is closed, so that the lines after it do not seem to be a part of it.
    """
    end = f"\n{footer}" if footer else ""
    if size(text) + size(end) <= ANSWER_BYTES:
        return text + end
    room = ANSWER_BYTES - size(_CUT) - size(end)
    kept = head(text, room, room)
    while (fence := _open_fence(kept)) and size(kept) + len(fence) + 1 > room:
        kept = head(kept, room, room - len(fence) - 1)
    return f"{kept}\n{fence}{_CUT}{end}" if fence else kept + _CUT + end


def _open_fence(text: str) -> str:
    """Return the fence of the block in which a text ends; empty outside blocks."""
    fence = ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
    return fence


@dataclass(frozen=True, slots=True)
class Pages:
    """A long text, cut into pages that each fit into an answer."""

    content: bytes
    """The text in UTF-8."""

    @classmethod
    def of(cls, text: str) -> Pages:
        """Cut a text into pages."""
        return cls(encode(text))

    @property
    def count(self) -> int:
        """The number of pages; a text without characters has one."""
        return max(1, -(-len(self.content) // PAGE_BYTES))

    def page(self, number: int) -> str:
        """Return a page, counted from 1. All pages, joined, are the text."""
        start, end = self._boundary(number - 1), self._boundary(number)
        return self.content[start:end].decode()

    def _boundary(self, number: int) -> int:
        """Return where the page after ``number`` pages begins."""
        place = number * PAGE_BYTES
        if place >= len(self.content):
            return len(self.content)
        line = self.content.rfind(b"\n", max(0, place - _LINE_SEARCH), place) + 1
        if line:
            return line
        while place > 0 and self.content[place] & 0xC0 == 0x80:
            place -= 1  # Inside a character.
        return max(0, place)


def page_at(place: int) -> int:
    """Return the number of the page on which a text continues after ``place`` bytes."""
    return place // PAGE_BYTES + 1
