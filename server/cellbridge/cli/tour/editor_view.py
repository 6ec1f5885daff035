"""An editor's answers from the server, put by line, as a document is drawn.

Owns the way from the protocol's values to what render.py draws, and which lines of a long script
are shown. It must not talk to the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WHOLE = 70
"""Lines up to which a script is shown whole."""
_HEAD = 3
"""Lines shown of each cell of a longer script, from its marker."""
_AROUND = 1
"""Lines shown around what an editor shows on a line."""


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
    """Numbers of the lines that are drawn."""


def drawing(
    lines: Sequence[str],
    lenses: Iterable[Mapping[str, Any]],
    hints: Iterable[Mapping[str, Any]],
    diagnostics: Iterable[Mapping[str, Any]],
) -> Drawing:
    """Return a document with what the server says of it."""
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
    shown = _shown(used, lenses_by_line, {*hints_by_line, *problems})
    return Drawing(lines, lenses_by_line, hints_by_line, problems, shown)


def _label(hint: Mapping[str, Any]) -> str:
    label = hint["label"]
    return label if isinstance(label, str) else "".join(str(part["value"]) for part in label)


def _shown(count: int, markers: Iterable[int], marked: Iterable[int]) -> list[int]:
    if count <= _WHOLE:
        return list(range(count))
    wanted: set[int] = set()
    for line in markers:
        wanted.update(range(line, line + _HEAD))
    for line in marked:
        wanted.update(range(line - _AROUND, line + _AROUND + 1))
    return sorted(line for line in wanted if 0 <= line < count)
