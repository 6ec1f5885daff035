"""The Python of a piece: magics masked, and broken lines repaired so that the others can be read.

Owns every change to a text before it is parsed. Lines keep their number, and names their columns,
so that places need no map. It never fails: a text that cannot be repaired is None.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.lexing import states
from cellbridge.core.document.magics import mask

TRIES = 6
"""Repairs of one piece, each of another line."""
REPAIR_LIMIT = 2000
"""Lines of a broken piece beyond which it is not repaired: each try parses all of them."""
_HEADER = re.compile(r"(\s*(?:async\s+)?def\s+|\s*class\s+)([^\W\d]\w*)")
_OPEN_DOT = re.compile(r"(?<=[\w)\]}\"'])\.(?!\s*\w)")
_TYPED = re.compile(
    r"(\s*(?:async\s+def|def|class)\s+\w+\s*)(\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\])"
)
_ALIAS = re.compile(r"(\s*)type(\s+[^\W\d]\w*\s*)(\[[^=]*\])?(\s*=(?!=).*)")
_TYPE_NAME = re.compile(r"(?:(?<=[\[,])|(?<=\*))\s*\*{0,2}([^\W\d]\w*)")
_BEFORE_CODE = frozenset(" \t\f\n#")
_WARNED = re.compile(r"\\|\d[a-zA-Z]")
"""Text that Python may warn of when it is parsed."""


class Parsed(NamedTuple):
    """A tree whose places are those of ``lines``."""

    tree: ast.Module
    lines: Sequence[str]
    type_parameters: dict[int, list[tuple[str, int]]]
    """By line: the names of the type parameters of the definition there, with their columns."""
    lost: dict[int, int]
    """The lines of statements that were replaced: the first one, and the one after the last."""
    masked: bool
    """Magics were masked."""


def parse_piece(lines: Sequence[str]) -> Parsed | None:
    """Parse the lines of a piece, given without their endings; None if they cannot be read."""
    text = "\n".join(lines)
    type_parameters: dict[int, list[tuple[str, int]]] = {}
    if "[" in text or "type " in text:
        lines = _without_type_parameters(lines, type_parameters)
        text = "\n".join(lines)
    lost: dict[int, int] = {}
    unmasked = text
    tree = _parse(text)
    if isinstance(tree, SyntaxError):
        masked = mask(text)
        tree = _parse(masked) if masked != text else tree
        text, lines = masked, masked.split("\n")
    if isinstance(tree, SyntaxError) and len(lines) <= REPAIR_LIMIT:
        tree, lines = _repair(list(lines), tree, lost)
    return (
        Parsed(tree, lines, type_parameters, lost, text != unmasked)
        if isinstance(tree, ast.Module)
        else None
    )


def _parse(text: str) -> ast.Module | SyntaxError | None:
    """Return the tree, the reason why it cannot be read, or None without a place of it."""
    shifted = text[:1] in _BEFORE_CODE and _begins_indented(text)
    if shifted:
        text = "if 1:\n" + text
    try:
        if _WARNED.search(text):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        else:
            tree = ast.parse(text)
    except SyntaxError as error:
        error.lineno = max((error.lineno or 1) - shifted, 1)
        return error
    except (ValueError, RecursionError, MemoryError):
        return None
    if shifted:
        inner = tree.body[0]
        tree = ast.Module([*getattr(inner, "body", []), *tree.body[1:]], [])
        ast.increment_lineno(tree, -1)
    return tree


def _begins_indented(text: str) -> bool:
    first = next((line for line in text.split("\n") if _is_code(line)), "")
    return first[:1] in {" ", "\t"}


def _is_code(line: str) -> bool:
    text = line.lstrip()
    return bool(text) and text[0] != "#"


def _without_type_parameters(
    lines: Sequence[str], found: dict[int, list[tuple[str, int]]]
) -> list[str]:
    """Blank the type parameters, which only newer versions of Python can parse."""
    plain = list(lines)
    for number, line in enumerate(lines):
        if "[" in line and (typed := _TYPED.match(line)):
            inner = typed[2]
            start = typed.start(2)
            found[number] = [
                (name[1], start + name.start(1)) for name in _TYPE_NAME.finditer(inner)
            ]
            plain[number] = line[:start] + " " * len(inner) + line[typed.end(2) :]
        elif "type " in line and (alias := _ALIAS.match(line)):
            blank = " " * len(alias[3] or "")
            plain[number] = f"{alias[1]}0;  {alias[2]}{blank}{alias[4]}"
    return plain


# --- repairs --------------------------------------------------------------------------------------


def _repair(
    lines: list[str], error: SyntaxError, lost: dict[int, int]
) -> tuple[ast.Module | SyntaxError | None, list[str]]:
    """Repair one line after the other until the text can be parsed."""
    tried: dict[int, int] = {}
    tree: ast.Module | SyntaxError | None = error
    dots = [_OPEN_DOT.sub(" ", line) if "." in line else line for line in lines]
    if dots != lines:
        # Only in lines of code: a dot in a string ends nothing.
        lines = dots if isinstance(_parse("\n".join(dots)), ast.Module) else lines
        tree = _parse("\n".join(lines))
    for _ in range(TRIES):
        if not isinstance(tree, SyntaxError):
            break
        number = min((tree.lineno or 1) - 1, len(lines) - 1)
        if isinstance(tree, IndentationError) and "expected an indented block" in str(tree.msg):
            if not _fill_block(lines, number):
                break
        else:
            tries = tried[number] = tried.get(number, 0) + 1
            if tries > 2:
                break
            first, end = _statement_at(lines, number)
            lost[first] = max(end, lost.get(first, 0))
            _replace(lines, first, end, blank=tries == 2 or isinstance(tree, IndentationError))
        tree = _parse("\n".join(lines))
    return tree, lines


def _fill_block(lines: list[str], number: int) -> bool:
    """Give the header above a line a body."""
    above = number if lines[number].rstrip().endswith(":") else number - 1
    while above >= 0 and not _is_code(lines[above]):
        above -= 1
    if above < 0 or not lines[above].partition("#")[0].rstrip().endswith(":"):
        return False
    lines[above] = lines[above].partition("#")[0].rstrip() + " pass"
    return True


def _replace(lines: list[str], first: int, end: int, *, blank: bool) -> None:
    """Put a harmless statement in the place of one."""
    line = lines[first]
    indent = line[: len(line) - len(line.lstrip())]
    below = next((one for one in lines[end:] if _is_code(one)), "")
    opens = len(below) - len(below.lstrip()) > len(indent) and bool(below)
    header = _HEADER.match(line)
    if blank:
        lines[first] = ""
    elif header:
        mark = "()" if "def" in header[1] else ""
        lines[first] = f"{header[1]}{header[2]}{mark}:" + ("" if opens else " pass")
    else:
        lines[first] = indent + ("if 1:" if opens else "pass")
    lines[first + 1 : end] = [""] * (end - first - 1)


def _statement_at(lines: list[str], number: int) -> tuple[int, int]:
    """Return the lines of the statement that holds a line, or that line if it is never closed."""
    begins = [*states(lines, PYTHON, brackets=True), ()]
    first = number
    while first > 0 and begins[first]:
        first -= 1
    end = number + 1
    while end < len(lines) and begins[end]:
        end += 1
    unclosed = end == len(lines) and number + 1 < end
    return first, number + 1 if unclosed else end
