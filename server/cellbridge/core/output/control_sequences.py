r"""The control sequences in the text for a terminal, also over the borders of its parts.

Owns the grammar. It must not know the effect of a sequence. Anything that is not text, a control
character or a complete sequence is left out, so that no part of an escape is ever shown.

Source: ECMA-48, 5.3 to 5.6 (escape sequences, control sequences and control strings).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE_LIMIT = 256
"""Characters of a control sequence; longer ones have no effect."""
_C1 = re.compile("[\x80-\x9f]")
_STRING_TEXT = re.compile(r"[^\x07\n\x18\x1a\x1b]*")
"""The content of a control string. A line end ends it too, so that no more than a line is lost."""
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]PX^_])"
    r"|(?P<unfinished>\x1b(?:\[[0-?]*)?[ -/]*\Z)"
    r"|\x1b\[[0-?]*[ -/]*"
    r"|\x1b(?P<escape>[ -/]*[0-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|\x1b"
)


@dataclass(frozen=True, slots=True)
class Control:
    """A control character such as BEL, or an escape sequence such as ``ESC M``."""

    name: str
    """The character, or ``ESC`` followed by its characters."""


@dataclass(frozen=True, slots=True)
class Command:
    """A control sequence, such as ``ESC [ 2 K``."""

    final: str
    parameters: str


class ControlParser:
    """A parser of text that arrives in parts."""

    def __init__(self) -> None:
        self._held = ""
        self._in_string = False

    @property
    def at_rest(self) -> bool:
        """True if the text so far has not ended within a sequence."""
        return not self._held and not self._in_string

    def feed(self, part: str) -> Iterator[str | Control | Command]:
        """Yield the printable text and the controls of the next part of a text."""
        if not part.isascii():
            part = _C1.sub(lambda found: "\x1b" + chr(ord(found[0]) - 0x40), part)
        text, self._held = self._held + part, ""
        at = 0
        while at < len(text):
            if self._in_string:
                at = self._leave_string(text, at)
                continue
            found = _TOKEN.match(text, at)
            if found is None:
                return  # Every character is matched by one of the alternatives.
            at = found.end()
            match found.lastgroup:
                case "text":
                    yield found["text"]
                case "final":
                    if not found["between"] and len(found[0]) <= SEQUENCE_LIMIT:
                        yield Command(found["final"], found["parameters"])
                case "string":
                    self._in_string = True
                case "unfinished":
                    self._hold(found["unfinished"])
                case "escape":
                    yield Control("\x1b" + found["escape"])
                case "control":
                    yield Control(found["control"])
                case _:
                    pass

    def _leave_string(self, text: str, at: int) -> int:
        """Return the place at which the control string ends."""
        found = _STRING_TEXT.match(text, at)
        end = found.end() if found else at
        if end < len(text):
            self._in_string = False
            # An ESC begins a sequence of its own, which is ST (ESC \) if the string is well formed.
            end += text[end] == "\x07"
        return end

    def _hold(self, sequence: str) -> None:
        if len(sequence) > SEQUENCE_LIMIT:
            # Its end decides how it continues, and its length that it will have no effect.
            begin = "\x1b[" if sequence[1] == "[" else "\x1b"
            sequence = begin + sequence[len(begin) - SEQUENCE_LIMIT :]
        self._held = sequence
