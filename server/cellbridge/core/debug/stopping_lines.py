"""The lines of a cell at which a debugger can stop, from the text alone.

Owns which lines run. It must not know how a text is run. Magics are masked, and code that is not
valid Python is read by its lines.

All lines count from 0.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cellbridge.core.document.blocks import dedent
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.lexing import states
from cellbridge.core.document.magics import mask
from cellbridge.core.document.python_tree import read_tree


def line_to_stop(source: str, line: int) -> int | None:
    """Return the line at which code stops for a breakpoint on a line; None if none is left.

    It is the line itself or the next one that runs; within the last lines of a statement, it is the
    first line of the statement.
    """
    lines, spans = _stopping_lines(source)
    at = bisect_left(lines, line)
    following = lines[at] if at < len(lines) else None
    if following == line:
        return line
    around = next((span for span in spans if span[0] < line <= span[1]), None)
    if around is not None and (following is None or following > around[1]):
        return around[0]
    return following


def first_line_to_stop(source: str) -> int | None:
    """Return the line at which the code of a source begins; None if it has none."""
    return line_to_stop(source, 0)


def stopping_lines(source: str) -> tuple[int, ...]:
    """Return the lines at which code can stop, in order."""
    return _stopping_lines(source)[0]


@lru_cache(maxsize=64)
def _stopping_lines(source: str) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Return the lines that run, and the first and the last line of each simple statement."""
    tree = _parse(source)
    if tree is None:
        return tuple(_code_lines(source.split("\n"))), ()
    lines: set[int] = set()
    spans: set[tuple[int, int]] = set()
    for node in _nodes(tree):
        lines.update(number - 1 for number in _lines_of(node))
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            spans.add((node.lineno - 1, (node.end_lineno or node.lineno) - 1))
    last = source.count("\n")
    return tuple(sorted(line for line in lines if 0 <= line <= last)), tuple(sorted(spans))


def _parse(source: str) -> ast.Module | None:
    text = mask(source)
    return read_tree(text) or read_tree(dedent(text))


def _nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that have code: neither annotations, nor docstrings, nor parts of strings.

    Before Python 3.12, the lines of the expressions in a string are not known.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        skipped: set[int] = set()
        if isinstance(node, ast.JoinedStr):
            continue
        for name in ("annotation", "returns"):
            skipped.add(id(getattr(node, name, None)))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            skipped.update(map(id, _docstring(node.body)))
        waiting.extend(one for one in ast.iter_child_nodes(node) if id(one) not in skipped)


def _docstring(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    first = body[0] if body else None
    match first:
        case ast.Expr(value=ast.Constant(value=str())):
            yield first
        case _:
            return


def _lines_of(node: ast.AST) -> Iterator[int]:
    """Yield the lines, from 1, on which the code of a node begins."""
    match node:
        case ast.Global() | ast.Nonlocal():
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.lineno
            yield from (decorator.lineno for decorator in node.decorator_list)
        case ast.stmt() | ast.ExceptHandler():
            yield node.lineno
        case ast.match_case():
            yield node.pattern.lineno
        case ast.Name(ctx=ast.Load()) | ast.Call() | ast.Lambda() | ast.Await():
            yield node.lineno
        case _:
            return


def _code_lines(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that contain code, for a text that cannot be parsed."""
    for number, (line, state) in enumerate(zip(lines, states(lines, PYTHON), strict=True)):
        text = line.strip()
        if text and not text.startswith("#") and not state:
            yield number
