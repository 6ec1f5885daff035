"""The names a piece of Python defines, found without parsing it.

Owns: a scan for classes, functions and assignments that works on broken code. It must not know
cells. Nothing is resolved: it reads how lines begin and how far they are indented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .languages import PYTHON
from .lexing import states

_DEFINITION = re.compile(r"(?P<indent>\s*)(?:async\s+)?(?P<word>def|class)\s+(?P<name>[^\W\d]\w*)")
_ASSIGNMENT = re.compile(r"(?P<names>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*(?::[^=\n]+)?=(?!=)")
_TYPE = re.compile(r"type\s+(?P<names>[^\W\d]\w*)\s*(?:\[.*\]\s*)?=(?!=)")
_NAME = re.compile(r"[^\W\d]\w*")


class NameKind(StrEnum):
    """The kind of object a name is bound to, by the first word of its binding."""

    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    VARIABLE = "variable"


@dataclass(slots=True)
class Name:
    """A name and the lines of what defines it."""

    name: str
    kind: NameKind
    line: int
    """Among the lines that were given."""
    column: int
    last_line: int
    children: list[Name] = field(default_factory=list["Name"])


def names(lines: Sequence[str]) -> list[Name]:
    """Return the classes (with their methods), functions and variables that ``lines`` define.

    A variable is named once, where it is first bound.
    """
    found: list[Name] = []
    open_blocks: list[tuple[int, Name]] = []
    seen: set[str] = set()
    last_full = -1
    begins = states(lines, PYTHON, brackets=True)
    for number, (line, state) in enumerate(zip(lines, begins, strict=True)):
        text = line.strip()
        if state or not text or text[0] == "#":
            last_full = number if text and (state or open_blocks) else last_full
            continue
        indent = len(line) - len(line.lstrip())
        while open_blocks and indent <= open_blocks[-1][0]:
            open_blocks.pop()[1].last_line = last_full
        for name in _bound(line, number):
            inside = open_blocks[-1][1] if open_blocks else None
            if name.kind is NameKind.VARIABLE:
                if inside or name.name in seen:
                    continue
                seen.add(name.name)
            else:
                open_blocks.append((indent, name))
            _place(name, inside, found)
        last_full = number
    for _, name in open_blocks:
        name.last_line = last_full
    return found


def _place(name: Name, inside: Name | None, found: list[Name]) -> None:
    """Put a name below its parent; names local to a function are left out."""
    if inside is None:
        found.append(name)
    elif inside.kind is NameKind.CLASS:
        if name.kind is NameKind.FUNCTION:
            name.kind = NameKind.METHOD
        inside.children.append(name)


def _bound(line: str, number: int) -> Iterator[Name]:
    if definition := _DEFINITION.match(line):
        kind = NameKind.CLASS if definition["word"] == "class" else NameKind.FUNCTION
        yield Name(definition["name"], kind, number, definition.start("name"), number)
    elif assignment := _ASSIGNMENT.match(line) or _TYPE.match(line):
        start = assignment.start("names")
        for name in _NAME.finditer(assignment["names"]):
            yield Name(name.group(), NameKind.VARIABLE, number, start + name.start(), number)
