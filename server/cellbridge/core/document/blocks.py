"""Cells that Python's statements run over, such as those below ``if __name__ == "__main__":``.

Owns: which cells belong to one statement, and the code to run for a cell that is a part of one. It
must not parse Python, since the code may be broken.

    import sys
    if __name__ == "__main__":
        # %% one
        print("one")

Invariant: line k of the code to run is line k of the cell's source, or of the lines below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .cell import Cell, CellKind
from .cells import Cells
from .languages import PYTHON
from .lexing import CODE, State, lexer_for, states
from .text import without_ending

_HEADER = re.compile(
    r"(?:if|elif|else|for|while|with|try|except|finally|def|class|async|match|case)\b"
    r"(?:[^#\"']|\"[^\"]*\"|'[^']*')*:\s*(?:#.*)?$"
)
_QUOTES = frozenset({"'", '"', "'''", '"""'})
_CLAUSE = re.compile(r"(?:elif|else|except|finally|case)\b")


def statements(cells: Cells, indexes: Sequence[int]) -> list[list[int]]:
    """Return ``indexes`` of code cells in groups, each of which makes whole statements."""
    groups: list[list[int]] = []
    state, last = CODE, ""
    for index in indexes:
        cell = cells[index]
        # A bracket, or a decorated definition, may be unfinished at a cell's end.
        if groups and (state or last.startswith("@") or _continues(cell)):
            groups[-1].append(index)
        else:
            groups.append([index])
        state, last = _end_of(cell, state, last) if _is_python(cell) else (CODE, "")
    return groups


def joined_source(cells: Cells, first: int, last: int) -> str:
    """Return the code of the cells from ``first`` to ``last``, with their markers as comments."""
    parts = [cells[first].source]
    for index in range(first + 1, last + 1):
        cell = cells[index]
        if cell.kind is CellKind.CODE and cell.body_offset:
            parts += [without_ending(cell.lines[0]), *cell.source.split("\n")]
        else:
            parts += map(without_ending, cell.lines)
    return "\n".join(parts)


def code_to_run(cells: Cells, index: int) -> tuple[str, int]:
    """Return the code to run for one cell, and the last cell that it is from.

    A cell inside a block runs without its indentation. A cell that ends with the header of a block
    runs with the cells of the block; only an ``if`` runs on its own, so that they can run one by
    one.
    """
    cell = cells[index]
    source = cell.source
    if not _is_python(cell):
        return source, index
    below = (k for k in range(index + 1, len(cells)) if cells[k].kind is CellKind.CODE)
    first = next(below, None)
    # Most cells are not followed by indented code; then a header need not be searched.
    followed = first is not None and _is_deeper(cells[first], "")
    header = _last_header(source) if followed else None
    if header is None or first is None or not _is_deeper(cells[first], header):
        return (dedent(source), index) if _continues(cell) else (source, index)
    if header.lstrip().startswith("if "):
        source = f"{source.rstrip()}\n{header[: _indentation(header)]}    pass"
        return (dedent(source), index) if _continues(cell) else (source, index)
    last = first
    for number in below:
        if not _is_deeper(cells[number], header):
            break
        last = number
    source = joined_source(cells, index, last)
    return (dedent(source), last) if _continues(cell) else (source, last)


def dedent(source: str) -> str:
    """Return code without the indentation of its first line, as far as each line has it.

    Lines inside strings are kept as they are.
    """
    lines = source.split("\n")
    margin: int | None = None
    shown: list[str] = []
    for line, state in zip(lines, states(lines, PYTHON, brackets=True), strict=True):
        if state and state[-1].lstrip("f") in _QUOTES:
            shown.append(line)
            continue
        indentation = _indentation(line)
        if not state and _is_code(line):
            margin = indentation if margin is None else min(margin, indentation)
        known = margin if margin is not None else _first_indentation(lines)
        shown.append(line[min(known, indentation) :])
    return "\n".join(shown)


def _continues(cell: Cell) -> bool:
    """Return whether a cell's code begins inside a block, or with a clause of one."""
    if not _is_python(cell):
        return False
    line = next(_code_lines(cell.source), "")
    return line[:1] in {" ", "\t"} or _CLAUSE.match(line) is not None


def _end_of(cell: Cell, state: State, last: str) -> tuple[State, str]:
    """Return the state and the last line of code after a cell, from those before it."""
    lexer = lexer_for(cell.language, brackets=True)
    for line in cell.source.split("\n"):
        if not state and _is_code(line):
            last = line.lstrip()
        state = lexer.after(f"{line}\n", state)
    return state, last


def _last_header(source: str) -> str | None:
    """Return the line of the block's header that ends the code; None if none does."""
    last = None
    lines = source.split("\n")
    for line, state in zip(lines, states(lines, PYTHON, brackets=True), strict=True):
        if _is_code(line):
            last = line if not state and _HEADER.match(line.lstrip()) else None
    return last


def _is_deeper(cell: Cell, header: str) -> bool:
    line = next(_code_lines(cell.source), "")
    return _is_python(cell) and _indentation(line) > _indentation(header)


def _is_python(cell: Cell) -> bool:
    # A cell in another language by its metadata has no line for its marker.
    is_own = cell.body_offset == cell.marker_lines
    return cell.language.syntax.python and cell.kind is CellKind.CODE and is_own


def _code_lines(source: str) -> Iterator[str]:
    return (line for line in source.split("\n") if _is_code(line))


def _is_code(line: str) -> bool:
    text = line.lstrip()
    return bool(text) and not text.startswith("#")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _first_indentation(lines: Sequence[str]) -> int:
    return next((_indentation(line) for line in lines if _is_code(line)), 0)
