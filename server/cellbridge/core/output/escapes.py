"""Untrusted text, made harmless for terminals and for an editor's labels and messages.

Owns what counts as an escape sequence and which other characters a screen obeys. Text from kernels,
records, files and names passes one of these functions before a terminal or an editor shows it. They
must not know where the text is shown.
"""

from __future__ import annotations

import re

_STRING = r"\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\x1b?\Z)"
"""OSC, DCS, SOS, PM and APC: up to their end, or that of the text."""
_CSI = r"\x1b\[[0-?]*[ -/]*(?:[@-~]|\Z)"
_OTHER = r"\x1b[ -/]*(?:[0-~]|\Z)"

_ANSI = re.compile(f"{_STRING}|{_CSI}|{_OTHER}")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_BLANKS = re.compile(r"\r\n|[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_TURNS_AND_TAGS = r"\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f"
"""Signs that turn the direction of what follows, halves of characters, and invisible copies of
ASCII characters, which only programs read."""
_FLAG = r"(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)"
"""A flag, the only text for readers that has such copies."""
_OBEYED = re.compile(rf"{_FLAG}|[\x00-\x1f\x7f-\x9f{_TURNS_AND_TAGS}]")
_BLOCK_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(rf"{_FLAG}|[\u2028\u2029{_TURNS_AND_TAGS}]")
_STOOD_FOR = "�"


def strip_ansi(text: str) -> str:
    """Return ``text`` without terminal escape sequences."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def label(text: str) -> str:
    """Return ``text`` for a label, a message or a column: one line without anything to obey."""
    if text.isascii() and text.isprintable():
        return text
    return _replace(_OBEYED, _BLANKS.sub(" ", strip_ansi(text)))


def lines(text: str) -> str:
    """Return ``text`` for a message of several lines; see `label`."""
    return "\n".join(map(label, text.replace("\r\n", "\n").split("\n")))


def terminal_text(text: str) -> str:
    """Return what a cell printed, for a terminal: colours, ends of lines, tabs and backspaces stay.

    An escape sequence that has not ended by the end of ``text`` is left out: more may come.
    """
    if "\x1b" in text:
        text = _ANSI.sub(lambda found: found[0] if _COLOURS.fullmatch(found[0]) else "", text)
        # The rest of an ESC begins one of the colours, or is not a sequence that stays.
        return "".join(
            part if _COLOURS.fullmatch(part) else _CONTROLS.sub("", part)
            for part in re.split(r"(\x1b\[[0-9;:]*m)", text)
        )
    return _CONTROLS.sub("", text)


def plain_block(text: str) -> str:
    """Return ``text`` as plain lines, without anything to obey; line ends and tabs stay."""
    text = strip_ansi(text).replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and _BLOCK_CONTROLS.search(text) is None:
        return text
    return _replace(_UNSEEN, _BLOCK_CONTROLS.sub("", text))


def _replace(signs: re.Pattern[str], text: str) -> str:
    """Return ``text`` with a sign in place of each of these, except for flags."""
    return signs.sub(lambda found: found[1] or _STOOD_FOR, text)
