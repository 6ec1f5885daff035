"""The names that a Python text binds, read line by line.

Owns a quick reading that replaces an analysis which takes too long: a name that was defined a
screen above must be offered at once, in a script of any length. Pure; it never fails, and it may
miss names or take one for bound that is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cellbridge.core.code_info import Candidate, Source

_WORDS = re.compile(r"[^\W\d]\w*")
_TOP = re.compile(
    r"""^(?:
        (?:async[ ]+)?def[ ]+(?P<function>\w+)
      | class[ ]+(?P<class>\w+)
      | (?:from[ ]+[\w.]+[ ]+)?import[ ]+(?P<import>[^#\n]+)
      | (?P<target>[^\W\d][\w, ]*?)[ ]*(?::[^=\n]+)?(?:[-+*/]?=(?!=))
      | (?:async[ ]+)?for[ ]+(?P<loop>[\w, ]+?)[ ]+in\b
      | (?:async[ ]+)?with[ ].*\bas[ ]+(?P<with>\w+)
    )""",
    re.MULTILINE | re.VERBOSE,
)
_DEF = re.compile(r"(\s*)(?:async\s+)?def\s+\w+\s*\((.*)")
_PARAMETER = re.compile(r"(?:^|,)\s*\*{0,2}([^\W\d]\w*)")
_LOCAL_LINES = 500
"""Lines above the cursor that are searched for the function around it."""


def candidates(content: str, line: int, start: int, end: int) -> list[Candidate]:
    """Return the names bound at the top of ``content`` and in the function around ``line``.

    They replace the columns from ``start`` to ``end`` of that line.
    """
    found: dict[str, str] = {}
    for name, kind in (*_top(content), *_local(content.split("\n"), line)):
        found.setdefault(name, kind)
    return [Candidate(name, start, end, found[name], "", Source.STATIC) for name in found]


def _top(content: str) -> Iterator[tuple[str, str]]:
    for match in _TOP.finditer(content):
        kind = str(match.lastgroup)
        if kind != "import":
            shown = kind if kind in {"function", "class"} else "statement"
            yield from ((word, shown) for word in _WORDS.findall(match[kind]))
            continue
        for part in match[kind].strip(" ()\\").split(","):
            # ``import a.b`` binds a; ``import a.b as c`` binds c alone.
            path, _, alias = part.partition(" as ")
            words = _WORDS.findall(alias or path)
            yield from ((word, "") for word in words[:1])


def _local(lines: list[str], line: int) -> Iterator[tuple[str, str]]:
    """Return the parameters of the function around a line, and what it has assigned above."""
    if line >= len(lines):
        return
    indent = _indent(lines[line])
    assigned: list[str] = []
    for above in range(line - 1, max(-1, line - _LOCAL_LINES), -1):
        text = lines[above]
        if not text.strip():
            continue
        if _indent(text) < indent and (head := _DEF.match(text)):
            yield from ((name, "param") for name in _PARAMETER.findall(head[2]))
            yield from ((name, "statement") for name in assigned)
            return
        if not text[0].isspace():
            return
        if match := _TOP.match(text.lstrip()):
            kind = str(match.lastgroup)
            assigned += _WORDS.findall(match[kind]) if kind != "import" else []


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
