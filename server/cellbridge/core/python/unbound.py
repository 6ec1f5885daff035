"""Names that a script reads and binds nowhere, and cells that are not Python.

Owns that reading, which uses the text alone. The kernel's names are unknown here: a name that is
unbound here may well exist there. It never fails.

Scopes are Python's own: its symbol table has the names a cell binds and reads globally, its
bytecode the places where they are read. Annotations are not read, as most are never evaluated.

Invariant: by default a name counts as bound. A user who is shown one false report turns all off.
Nothing is reported in these cases (`opaque`): a star import, ``exec`` and its like, and magics not
known to bind nothing. A cell that cannot be read may bind every word that is in it.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from types import CodeType
from typing import NamedTuple

from cellbridge.core.document.magics import mask
from cellbridge.core.python.guarded_names import guarded_lines
from cellbridge.core.python.harmless_magics import magic_words, split_words

READ_LIMIT = 30_000
"""Characters of a cell beyond which it is not read: about a thousand lines, or 30 ms."""
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | __future__.annotations.compiler_flag
_WORD = re.compile(r"[^\W\d]\w*")
_OURS = re.compile(r"_+|__\w+__|_i*\d*")
"""Names that Python or IPython keeps for itself: ``__name__``, ``_``, ``_i``, ``_12``."""
_BUILTINS = frozenset(dir(builtins)) | {
    "WindowsError",
    "get_ipython", "display", "exit", "quit", "In", "Out", "_dh", "_oh", "_ih", "_ii", "_iii",
}  # fmt: skip
_CAN_BIND = split_words(
    "exec execfile globals locals vars dir get_ipython builtins __builtins__ __dict__ modules "
    "_getframe currentframe f_globals f_locals f_builtins user_ns run_line_magic run_cell_magic "
    "run_cell run_path run_module runpy var init_session inject_variable pylab global_enum "
    "_convert_"
)
"""Names after which the text alone does not show which names are bound."""
_READS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS"})


class SyntaxProblem(NamedTuple):
    """The place where a cell stops being Python. Lines and columns count from 0, in code points."""

    message: str
    line: int
    column: int
    end: int
    """In the same line; at least one column further."""


class Use(NamedTuple):
    """A place where a name is read. Lines and columns count from 0, in code points."""

    name: str
    line: int
    column: int
    end: int


class NameUsage(NamedTuple):
    """The names in the text of one cell."""

    bound: frozenset[str]
    reads: frozenset[str]
    """Global names that it reads, its own included."""
    opaque: bool = False
    """It may bind any name."""
    fault: SyntaxProblem | None = None


def find_unbound(found: Collection[NameUsage]) -> frozenset[str]:
    """Return the names that the cells of one script read and that none of them binds."""
    if any(one.opaque for one in found):
        return frozenset()
    bound = _BUILTINS.union(*(one.bound for one in found))
    reads = frozenset[str]().union(*(one.reads for one in found))
    return frozenset(name for name in reads - bound if not _OURS.fullmatch(name))


def is_interactive_name(name: str) -> bool:
    """Return whether Python or IPython defines a name in every kernel, such as ``display``."""
    return name in _BUILTINS or _OURS.fullmatch(name) is not None


def known_names(sources: Sequence[str]) -> list[str]:
    """Return the names that a script may use: its own and Python's."""
    return sorted(_BUILTINS.union(*(read_names(source).bound for source in sources)))


def find_uses(source: str, names: frozenset[str]) -> tuple[Use, ...]:
    """Return where a cell reads some of ``names`` for certain, in the order of the text.

    Left out is what may be read in a class's own namespace, and what is guarded against the name's
    absence.
    """
    if not names & read_names(source).reads:
        return ()
    code, text = _compile_cell(source)
    if code is None:
        return ()
    lines = text.split("\n")
    guarded = guarded_lines(text)
    found = {
        Use(name, line, _points(lines[line], start), _points(lines[line], end))
        for name, line, start, end in _places(code, names)
        if line < len(lines) and line not in guarded
    }
    # In f-strings of several lines some versions of Python miss the place.
    found = {use for use in found if lines[use.line][use.column : use.end] == use.name}
    return tuple(sorted(found, key=lambda use: (use.line, use.column)))


@lru_cache(maxsize=2048)
def read_names(source: str) -> NameUsage:
    """Return the names in the text of a cell's source."""
    if len(source) > READ_LIMIT or source.lstrip("\n")[:1] in {" ", "\t"}:
        return _unreadable_usage(source)  # IPython takes the indentation of a whole cell away.
    code, text = _compile_cell(source)
    words = magic_words(source) if text != source else frozenset[str]()
    if words is None:
        return NameUsage(frozenset(), frozenset(), opaque=True)
    if code is None:
        return _unreadable_usage(source)._replace(fault=_syntax_problem(text))
    try:
        table = symtable.symtable(text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _unreadable_usage(source)
    opaque = _binds_anything(code)
    return NameUsage(frozenset(_bound(table)) | words, frozenset(_read(table)), opaque)


def _unreadable_usage(source: str) -> NameUsage:
    opaque = magic_words(source) is None
    return NameUsage(frozenset(_WORD.findall(source)), frozenset(), opaque)


@lru_cache(maxsize=64)
def _compile_cell(source: str) -> tuple[CodeType | None, str]:
    """Return a cell's code, None if it has none, and the Python that it is of."""
    text = source
    # Text that is valid Python holds no magic, whatever its lines look like.
    for text in dict.fromkeys((source, mask(source))):
        try:
            return _compile(text), text
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None, text


def _compile(text: str, flags: int = _FLAGS) -> CodeType:
    with warnings.catch_warnings():
        # Only the kernel warns of odd escapes and comparisons in the user's code.
        warnings.simplefilter("ignore")
        return compile(text, "<cell>", "exec", flags, dont_inherit=True, optimize=0)


def _syntax_problem(text: str) -> SyntaxProblem | None:
    """Return the reason why a cell is not Python; None if that is not certain."""
    try:
        # Annotations that are kept as text have rules of their own.
        _compile(text, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        lines = text.split("\n")
        line = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
        width = len(lines[line])
        start = min(max((error.offset or 1) - 1, 0), max(width - 1, 0))
        one_line = error.end_lineno in {None, error.lineno}
        end = error.end_offset - 1 if one_line and error.end_offset else width
        return SyntaxProblem(
            error.msg or "invalid syntax", line, start, max(min(end, width), start + 1)
        )
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


# --- names ----------------------------------------------------------------------------------------


def _bound(table: symtable.SymbolTable, *, top: bool = True) -> Iterator[str]:
    """Return the names that a scope and those inside it bind in the module's."""
    for name in table.get_symbols():
        binds = name.is_assigned() or name.is_imported() or name.is_namespace()
        if binds and (top or name.is_declared_global()):
            yield name.get_name()
    for child in table.get_children():
        yield from _bound(child, top=False)


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    """Return the names that are read from the module's scope, here and in what is nested."""
    top = table.get_type() == "module"
    for name in table.get_symbols():
        if name.is_referenced() and (top or name.is_global()):
            yield name.get_name()
    for child in table.get_children():
        yield from _read(child)


def _binds_anything(code: CodeType) -> bool:
    return any(
        not _CAN_BIND.isdisjoint(one.co_names) or ("*",) in one.co_consts for one in _codes(code)
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _places(code: CodeType, names: frozenset[str]) -> Iterator[tuple[str, int, int, int]]:
    """Yield name, line from 0, and the first and last column in bytes of each read."""
    # The module dis takes long to import, and is not needed for most scripts.
    from dis import get_instructions  # noqa: PLC0415

    for one in _codes(code):
        if names.isdisjoint(one.co_names) or _is_class(one):
            continue
        for instruction in get_instructions(one):
            at = instruction.positions
            if instruction.opname in _READS and instruction.argval in names and at is not None:
                line, start, end = at.lineno, at.col_offset, at.end_col_offset
                if line is not None and start is not None and end is not None:
                    yield instruction.argval, line - 1, start, end


def _is_class(code: CodeType) -> bool:
    """Return whether code is a class's body, whose namespace a metaclass may have filled."""
    return "__qualname__" in code.co_names and "__module__" in code.co_names


def _points(line: str, count: int) -> int:
    """Return how many characters the first ``count`` bytes of a line in UTF-8 are."""
    return len(line.encode("utf-8", "surrogatepass")[:count].decode("utf-8", "ignore"))
