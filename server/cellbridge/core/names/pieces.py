"""The pieces of a script: statements at the outermost indentation, each read on its own.

Owns where a piece begins, and what is taken for its names when it is not Python. A piece's extent
depends only on the lines from its first on, and its names on its lines alone, so an edit costs the
pieces that it touches. It must not know cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.lexing import CODE, lexer_for
from cellbridge.core.document.symbols import NameKind, names
from cellbridge.core.document.text import without_ending
from cellbridge.core.equal_ends import equal_ends
from cellbridge.core.python.harmless_magics import magic_words

from .model import Binding, BindingKind, PieceNames, Scope, ScopeKind
from .piece_reader import read_tree
from .piece_text import parse_piece

NO_NAMES = PieceNames()
ANY_NAMES = PieceNames(opaque=True)
"""The names of a magic that may bind any."""
CLAUSE = re.compile(r"\s*(?:else|elif|except|finally)\b")
_HAS_CLAUSES = re.compile(r"\s*(?:if|for|while|try|async|else|elif|except|finally)\b")
_STATEMENT = re.compile(
    r"(?:async |def |class |import |from .* import\b|with |while |try:|return\b|raise\b|assert "
    r"|del |global |@\w|[^\W\d][\w.]*(?: *, *[^\W\d]\w*)* += )"
)
"""A line at the left margin that begins a statement even if a bracket above it is open."""
_LEXED = re.compile(r"[\"'(\[{\\]")
_KINDS = {
    NameKind.CLASS: BindingKind.CLASS,
    NameKind.FUNCTION: BindingKind.FUNCTION,
    NameKind.METHOD: BindingKind.METHOD,
    NameKind.VARIABLE: BindingKind.VARIABLE,
}


def cut(
    lines: Sequence[str], start: int = 0, borders: frozenset[int] = frozenset()
) -> Iterator[int]:
    """Yield the line after each piece of ``lines``, from ``start`` on, where a piece begins.

    ``borders`` are lines on which a cell begins: only a block continues there.
    """
    after = lexer_for(PYTHON, brackets=True).after
    state = CODE
    margin: int | None = None
    decorated = in_block = has_clauses = False
    border = -1
    for number in range(start, len(lines)):
        line = lines[number]
        if number in borders:
            state, border = CODE, number
        if state and not line[:1].isspace() and _resets(state) and _STATEMENT.match(line):
            state = CODE
        text = line.lstrip() if not state else ""
        if text and text[0] != "#":
            indent = len(line) - len(text)
            outside = margin is not None and indent <= margin
            continued = has_clauses and CLAUSE.match(line) is not None
            if margin is None:
                margin, has_clauses = indent, _HAS_CLAUSES.match(line) is not None
            elif (outside and not decorated and not continued) or (border >= 0 and not in_block):
                yield border if border >= 0 else number
                margin, has_clauses = indent, _HAS_CLAUSES.match(line) is not None
            if indent <= margin:
                decorated = text[0] == "@"
            in_block = indent > margin or text.rstrip().endswith(":")
            border = -1
        if state or _LEXED.search(line):
            state = after(line, state)
    yield len(lines)


def _resets(state: tuple[str, ...]) -> bool:
    """Return whether only brackets are open."""
    return all(part in {"(", "[", "{", "\\"} for part in state)


class Piece(msgspec.Struct, gc=False, eq=False):
    """Lines of a script and the names in them, which are read when they are first needed.

    The garbage collector does not follow it: a long script has thousands.
    """

    lines: tuple[str, ...]
    before: Piece | None = None
    """The last one before it whose names are known, while its own are not."""
    known: PieceNames | None = None

    def __post_init__(self) -> None:
        """Let go of what ``before`` does not need."""
        self.before = self.before.readable if self.before else None

    @property
    def readable(self) -> Piece | None:
        """This piece if its names are known, else the last one before it whose names are."""
        return self.before if self.known is None else self

    @property
    def is_read(self) -> bool:
        """True if the names are known."""
        return self.known is not None

    @property
    def names(self) -> PieceNames:
        """The names in the piece. If it is not Python, those it had before, or a rough reading."""
        if self.known is None:
            found = _read(self.lines)
            if found is None and self.before is not None:
                found = _keep(self.before, self.lines)
            self.known = _scan(self.lines) if found is None else found
            self.before = None
        return self.known


@lru_cache(maxsize=1024)
def _read(lines: tuple[str, ...]) -> PieceNames | None:
    """Read the names of a piece; None if it cannot be repaired."""
    plain = [without_ending(line) for line in lines]
    if not any(map(str.strip, plain)):
        return NO_NAMES
    parsed = parse_piece(plain)
    if parsed is None:
        return None
    try:
        found = read_tree(parsed, plain)
    except RecursionError:
        return None
    if parsed.masked and magic_words("\n".join(plain)) is None:
        return msgspec.structs.replace(found, opaque=True)
    return found


def _keep(before: Piece, lines: tuple[str, ...]) -> PieceNames:
    """Return the names that a piece had, each on the line where it is now."""
    old = before.lines
    head, tail = equal_ends(old, lines)
    shift = len(lines) - len(old)

    def same(line: int) -> bool:
        return line < head or line >= len(old) - tail

    def moved(line: int) -> int:
        found = line if line < head else max(head, line + shift) if same(line) else head
        return min(found, len(lines) - 1)

    def places(one: Scope | Binding, *fields: str) -> dict[str, int]:
        return {field: moved(getattr(one, field)) for field in fields}

    names, replace = before.names, msgspec.structs.replace
    scopes = [replace(one, **places(one, "line", "last_line", "extent")) for one in names.scopes]
    bindings = [
        replace(one, **places(one, "line", "first_line", "last_line", "from_line"))
        for one in names.bindings
    ]
    uses = [replace(one, line=moved(one.line)) for one in names.uses if same(one.line)]
    attributes = [replace(one, line=moved(one.line)) for one in names.attributes if same(one.line)]
    kept = (tuple(scopes), tuple(bindings), tuple(uses), tuple(attributes))
    also = (names.global_names, names.attribute_names, names.stars, names.opaque)
    return PieceNames(*kept, *also, kept=True)


def _scan(lines: tuple[str, ...]) -> PieceNames:
    """Return the names that a piece defines by the look of its lines."""
    last = len(lines) - 1
    bindings: list[Binding] = []
    for one in names([without_ending(line) for line in lines]):
        end = max(one.last_line, one.line)
        place = (0, one.line, one.column, one.line, end)
        bindings.append(Binding(one.name, _KINDS[one.kind], *place, block_end=end))
    return PieceNames(
        (Scope(ScopeKind.MODULE, 0, last_line=last, extent=last),), tuple(bindings), kept=True
    )
