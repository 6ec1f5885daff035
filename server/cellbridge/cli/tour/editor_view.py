"""The server's answers, sorted by line for the drawing of a document.

Owns the conversion of the protocol's values to those that render.py draws, and the choice of lines
of a long script. It must not send requests to the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WHOLE = 70
"""The number of lines up to which the whole script is shown."""
_HEAD = 3
"""The number of lines of each cell of a longer script, from its marker."""
_AROUND = 1
"""The number of lines above and below a line with a hint or a problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic on one line, in columns of code points."""

    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A document as an editor shows it."""

    lines: Sequence[str]
    lenses: Mapping[int, Sequence[str]]
    hints: Mapping[int, str]
    problems: Mapping[int, Sequence[Problem]]
    shown: Sequence[int]
    """The numbers of the lines to draw."""


def drawing_of(
    lines: Sequence[str],
    lenses: Iterable[Mapping[str, Any]],
    hints: Iterable[Mapping[str, Any]],
    diagnostics: Iterable[Mapping[str, Any]],
) -> Drawing:
    """Return a document with the server's lenses, hints and diagnostics."""
    lenses_by_line: dict[int, list[str]] = {}
    for lens in lenses:
        line = int(lens["range"]["start"]["line"])
        lenses_by_line.setdefault(line, []).append(str(lens["command"]["title"]))
    hints_by_line = {int(hint["position"]["line"]): _label(hint) for hint in hints}
    problems: dict[int, list[Problem]] = {}
    for diagnostic in diagnostics:
        start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
        line = int(start["line"])
        until = end["character"] if end["line"] == line else len(lines[line])
        problem = Problem(str(diagnostic["message"]), int(start["character"]), int(until))
        problems.setdefault(line, []).append(problem)
    used = len(lines)
    while used > 1 and not lines[used - 1].strip():
        used -= 1
    shown = _visible_lines(used, lenses_by_line, {*hints_by_line, *problems})
    return Drawing(lines, lenses_by_line, hints_by_line, problems, shown)


def _label(hint: Mapping[str, Any]) -> str:
    label = hint["label"]
    return label if isinstance(label, str) else "".join(str(part["value"]) for part in label)


def _visible_lines(count: int, markers: Iterable[int], marked: Iterable[int]) -> list[int]:
    if count <= _WHOLE:
        return list(range(count))
    wanted: set[int] = set()
    for line in markers:
        wanted.update(range(line, line + _HEAD))
    for line in marked:
        wanted.update(range(line - _AROUND, line + _AROUND + 1))
    return sorted(line for line in wanted if 0 <= line < count)
