"""The styles of terminal text, as set by ``Select Graphic Rendition``.

Owns the effect of each code on a style, and the escape sequences that lead from one style to
another. It must not know where the text is.

Sources: ECMA-48, 8.3.117; ISO 8613-6 for indexed and direct colours.
"""

from __future__ import annotations

import re
from functools import lru_cache

Style = tuple[tuple[str, str], ...]
"""The attributes that are on, sorted by name, each with the code that has turned it on."""

PLAIN: Style = ()
STYLE_ESCAPE = re.compile(r"\x1b\[([0-9;:]{0,250})m")

_ON = {
    "1": "bold", "2": "dim", "3": "italic", "4": "underline", "5": "blink", "6": "blink",
    "7": "inverse", "8": "hidden", "9": "strike", "21": "underline", "53": "overline",
    **{str(code): "foreground" for code in (*range(30, 38), *range(90, 98))},
    **{str(code): "ground" for code in (*range(40, 48), *range(100, 108))},
}  # fmt: skip
_OFF = {
    "22": ("bold", "dim"), "23": ("italic",), "24": ("underline",), "25": ("blink",),
    "27": ("inverse",), "28": ("hidden",), "29": ("strike",), "39": ("foreground",),
    "49": ("ground",), "55": ("overline",), "59": ("underline colour",),
}  # fmt: skip
_COLOURS = {"38": "foreground", "48": "ground", "58": "underline colour"}
_MARKS_BLANKS = {"ground", "inverse", "underline", "strike", "overline"}


@lru_cache(maxsize=1024)
def apply_codes(style: Style, parameters: str) -> Style:
    """Return the style after one escape sequence with these parameters."""
    on = dict(style)
    codes = parameters.split(";")
    at = 0
    while at < len(codes):
        code, *details = codes[at].split(":")
        code, length = code.lstrip("0"), 1
        if not code:
            on.clear()
        elif code in _COLOURS:
            length = 1 if details else {"5": 3, "2": 5}.get("".join(codes[at + 1 : at + 2]), 2)
            if details or len(codes) - at >= length:
                on[_COLOURS[code]] = ";".join(codes[at : at + length])
        elif code == "4" and details == ["0"]:
            on.pop("underline", None)
        elif code in _ON:
            on[_ON[code]] = codes[at]
        for attribute in _OFF.get(code, ()):
            on.pop(attribute, None)
        at += length
    return tuple(sorted(on.items()))


def style_after(style: Style, text: str) -> Style:
    """Return the style at the end of a text that begins with ``style``."""
    if "\x1b" in text:
        for parameters in STYLE_ESCAPE.findall(text):
            style = apply_codes(style, parameters)
    return style


def transition(before: Style, after: Style) -> str:
    """Return the escape sequences that change one style into another."""
    if before == after:
        return ""
    kept = set(before) <= set(after)
    codes = [code for attribute, code in after if not kept or (attribute, code) not in before]
    reset = "" if kept else "\x1b[0m"
    return f"{reset}\x1b[{';'.join(codes)}m" if codes else reset


def marks_blanks(style: Style) -> bool:
    """Return True if a blank in this style is visible."""
    return any(attribute in _MARKS_BLANKS for attribute, _ in style)
