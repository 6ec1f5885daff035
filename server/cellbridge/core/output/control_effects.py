"""The effect of each control sequence on a screen.

Owns the table of the sequences that have one; all others are ignored.

Sources: ECMA-48, 8.3; "XTerm Control Sequences" for scrolling, saving and restoring.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.output.control_sequences import Command, Control, ControlParser
from cellbridge.core.output.screen import Screen
from cellbridge.core.output.text_style import STYLE_ESCAPE

_MOST = 1 << 16
"""The largest number in a sequence; no screen has more rows or columns."""


def write(screen: Screen, parser: ControlParser, part: str) -> None:
    """Write the next part of a text on the screen."""
    for token in parser.feed(part):
        match token:
            case str():
                screen.write(token)
            case Control(name):
                _CONTROL_EFFECTS.get(name, _ignore)(screen)
            case Command(final, parameters):
                _obey(screen, final, parameters)


def _obey(screen: Screen, final: str, parameters: str) -> None:
    if final == "m":
        escape = f"\x1b[{parameters}m"
        if STYLE_ESCAPE.fullmatch(escape):
            screen.set_style(escape, parameters)
    elif final in _EFFECTS and all(map(_is_number, parts := parameters.split(";"))):
        first, second = (*(min(int(part or 0), _MOST) for part in parts), 0, 0)[:2]
        _EFFECTS[final](screen, first, second)


def _is_number(part: str) -> bool:
    return not part or part.isdecimal()


def _ignore(_screen: Screen) -> None: ...


def _erase_in_line(screen: Screen, how: int, _second: int) -> None:
    match how:
        case 0:
            screen.erase_columns(screen.x, None)
        case 1:
            screen.erase_columns(0, screen.x + 1)
        case 2:
            screen.erase_columns(0, None)
        case _:
            pass


def _erase_in_display(screen: Screen, how: int, _second: int) -> None:
    match how:
        case 0:
            screen.erase_columns(screen.x, None)
            screen.erase_rows(screen.y + 1, _MOST)
        case 1:
            screen.erase_rows(0, screen.y)
            screen.erase_columns(0, screen.x + 1)
        case 2:
            screen.erase_rows(0, _MOST)
        case _:
            pass


_CONTROL_EFFECTS: dict[str, Callable[[Screen], object]] = {
    "\n": Screen.line_feed,
    "\v": Screen.line_feed,
    "\f": Screen.line_feed,
    "\r": lambda screen: screen.go_to(x=0),
    "\b": lambda screen: screen.go_to(x=screen.x - 1),
    "\t": Screen.tab,
    "\x1bD": Screen.index,
    "\x1bE": Screen.line_feed,
    "\x1bM": Screen.reverse_index,
    "\x1b7": Screen.save,
    "\x1b8": Screen.restore,
    "\x1bc": Screen.reset,
}
"""The control characters and short sequences that have an effect."""

_EFFECTS: dict[str, Callable[[Screen, int, int], object]] = {
    "A": lambda screen, n, _: screen.move_rows(-max(n, 1)),
    "B": lambda screen, n, _: screen.move_rows(max(n, 1)),
    "C": lambda screen, n, _: screen.go_to(x=screen.x + max(n, 1)),
    "D": lambda screen, n, _: screen.go_to(x=screen.x - max(n, 1)),
    "E": lambda screen, n, _: (screen.move_rows(max(n, 1)), screen.go_to(x=0)),
    "F": lambda screen, n, _: (screen.move_rows(-max(n, 1)), screen.go_to(x=0)),
    "G": lambda screen, n, _: screen.go_to(x=n - 1),
    "`": lambda screen, n, _: screen.go_to(x=n - 1),
    "a": lambda screen, n, _: screen.go_to(x=screen.x + max(n, 1)),
    "d": lambda screen, n, _: screen.go_to(y=n - 1),
    "e": lambda screen, n, _: screen.move_rows(max(n, 1)),
    "H": lambda screen, row, column: screen.go_to(x=column - 1, y=row - 1),
    "f": lambda screen, row, column: screen.go_to(x=column - 1, y=row - 1),
    "J": _erase_in_display,
    "K": _erase_in_line,
    "X": lambda screen, n, _: screen.erase_columns(screen.x, screen.x + max(n, 1)),
    "@": lambda screen, n, _: screen.insert_columns(max(n, 1)),
    "P": lambda screen, n, _: screen.delete_columns(max(n, 1)),
    "L": lambda screen, n, _: screen.insert_rows(screen.y, max(n, 1)),
    "M": lambda screen, n, _: screen.delete_rows(screen.y, max(n, 1)),
    "S": lambda screen, n, _: screen.scroll_up(max(n, 1)),
    "T": lambda screen, n, _: screen.scroll_down(max(n, 1)),
    "r": lambda screen, top, bottom: screen.set_margins(max(top, 1) - 1, (bottom or _MOST) - 1),
    "s": lambda screen, _n, _: screen.save(),
    "u": lambda screen, _n, _: screen.restore(),
}
"""The control sequences that have an effect, by their final character."""
