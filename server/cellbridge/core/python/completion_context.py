# Size: one reader and the four questions put to it, which share its tokens.
"""The completion context of a cursor in Python code: a name, an attribute, a key or an argument.

Owns the reading of unfinished code into a `CursorContext`. Pure, and it never fails: code that
cannot be read is `ContextKind.OTHER`. It must not know objects: only the kernel can resolve the
expressions.

    df.groupby("key").ag|          ATTRIBUTE  receiver: df.groupby("key")
    df.loc[:, ["a", "b|            STRING     brackets: a list, in df.loc[…] at position 1
    plot(data, col|                NAME       brackets: the call of plot at position 1
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from keyword import iskeyword
from typing import NamedTuple

READ_LIMIT = 20_000
"""Characters before the cursor that are read; of a longer cell the last ones."""
BRACKET_LIMIT = 8
"""Open brackets around the cursor that are returned."""

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>(?:\b[rRbBuUfFtT]{1,2})?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}
        |\"(?!\"\")(?:\\.|[^\\\n"])*\"|'(?!'')(?:\\.|[^\\\n'])*'))
  | (?P<open_string>(?:\b[rRbBuUfFtT]{1,2})?(?:\"{3}|'{3}|\"|'))
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<opening>[(\[{])
  | (?P<closing>[)\]}])
  | (?P<newline>\n)
  | (?P<other>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_MAGIC = re.compile(r"\s*(?:%|!)|\s*[\w., ()\[\]]+=\s*[%!][^=]|\s*%%")
_STATEMENT = re.compile(r"^[^\W\d]", re.MULTILINE)
_DEF = re.compile(r"\s*(?:async\s+)?def\s+\w+\s*\(")


class ContextKind(StrEnum):
    """The kind of construct being written."""

    NAME = "name"
    ATTRIBUTE = "attribute"
    STRING = "string"
    OTHER = "other"
    """A comment, a magic, a number, or what cannot be read."""


class OpenBracket(NamedTuple):
    """One open bracket around the cursor."""

    kind: str
    """``call``, ``subscript``, or ``literal`` for a list, tuple, set or dictionary."""
    expression: str
    """The called or subscripted expression; empty for a literal."""
    position: int
    """Commas between the bracket and the cursor."""
    keyword: str = ""
    """The argument's name, where one is written."""


@dataclass(frozen=True, slots=True)
class CursorContext:
    """The construct being written at a cursor."""

    kind: ContextKind
    start: int
    """The offset where the word, or the string's content, begins."""
    prefix: str = ""
    """From there to the cursor."""
    receiver: str = ""
    """The expression before the dot."""
    brackets: tuple[OpenBracket, ...] = ()
    """The open brackets, innermost first."""
    local: bool = False
    """The receiver begins with a name of the function around: no kernel knows it."""
    assigned: bool = False
    """The receiver begins with a name that this very code assigns above."""
    importing: bool = False
    """It is a name in an import statement."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def context_at(  # noqa: PLR0911 - one return for each kind
    code: str, offset: int, *, in_frame: bool = False
) -> CursorContext:
    """Return what is being written at ``offset`` (code points) of a cell's code.

    ``in_frame`` is True if the kernel knows the local names of the function around.
    """
    code = code[:offset]
    line = code[code.rfind("\n") + 1 :]
    if _MAGIC.match(line) or code.lstrip().startswith("%%"):
        return CursorContext(ContextKind.OTHER, offset)
    tokens = _statement(_tokens(code))
    if tokens and tokens[-1].kind == "comment":
        return CursorContext(ContextKind.OTHER, offset)
    if tokens and tokens[-1].kind == "open_string":
        return _in_string(code, tokens, in_frame=in_frame)
    word = tokens[-1] if tokens and _touches(tokens[-1], offset) else None
    if word is not None and word.kind in {"number", "string"}:
        return CursorContext(ContextKind.OTHER, offset)
    start, prefix = offset, ""
    if word is not None and word.kind == "name":
        tokens, start, prefix = tokens[:-1], word.start, word.text
    if tokens and tokens[-1].text == "." and tokens[-1].kind == "other":
        receiver = _primary(code, tokens[:-1])
        if not receiver:
            return CursorContext(ContextKind.OTHER, offset)
        return _placed(CursorContext(ContextKind.ATTRIBUTE, start, prefix, receiver), code, tokens)
    importing = bool(tokens) and tokens[0].text in {"import", "from"} and not _ended(tokens)
    return CursorContext(
        ContextKind.NAME, start, prefix, brackets=_open_brackets(code, tokens), importing=importing
    )


def _ended(tokens: Sequence[_Token]) -> bool:
    return any(token.text == ";" for token in tokens)


def in_magic(code: str, offset: int) -> bool:
    """Return whether ``offset`` is in a magic, a shell line or a question to IPython."""
    start = code.rfind("\n", 0, offset) + 1
    line = code[start:].partition("\n")[0]
    return bool(_MAGIC.match(line)) or code.lstrip().startswith("%%") or line.rstrip()[-1:] == "?"


def expression_at(code: str, offset: int) -> CursorContext | None:
    """Return the expression whose last name the cursor touches, as a place with the whole prefix.

    ``receiver`` holds the expression; None if the cursor touches no name.
    """
    end = offset
    while end < len(code) and (code[end].isalnum() or code[end] == "_"):
        end += 1
    found = context_at(code, end)
    if not found.prefix or found.kind not in {ContextKind.NAME, ContextKind.ATTRIBUTE}:
        return None
    dotted = found.kind is ContextKind.ATTRIBUTE
    if not dotted and iskeyword(found.prefix):
        return None
    text = f"{found.receiver}.{found.prefix}" if dotted else found.prefix
    return _placed(
        CursorContext(found.kind, found.start, found.prefix, text), code[: found.start], []
    )


def is_name_at(code: str, offset: int) -> bool:
    """Return whether there is a name, a keyword, a magic or text in a string at ``offset``.

    The end of a name counts if a blank or the end of the line follows. Punctuation and numbers are
    not names: help on them would be about their syntax, or about the call around them.
    """
    char = code[offset : offset + 1]
    if char == "%" and not code[code.rfind("\n", 0, offset) + 1 : offset].strip(" %"):
        return True
    start = offset
    while start and (code[start - 1].isalnum() or code[start - 1] == "_"):
        start -= 1
    if char.isalnum() or char == "_" or (start < offset and (not char or char.isspace())):
        return not code[start].isdigit()
    return context_at(code, offset).kind is ContextKind.STRING and char not in {'"', "'"}


def key_at(code: str, offset: int, *, in_frame: bool = False) -> CursorContext | None:
    """Return the whole string in brackets that the cursor is in, as a place; None if in none.

    ``prefix`` holds the text between the quotes. A string with escapes is not read as a key.
    """
    inside = context_at(code, offset, in_frame=in_frame)
    if inside.kind is not ContextKind.STRING or not inside.brackets:
        return None
    line_end = code.find("\n", offset)
    line = code[offset : None if line_end < 0 else line_end]
    rest, quote, _ = line.partition(inside.receiver)
    text = inside.prefix + rest
    if not quote or "\\" in text:
        return None
    return replace(inside, prefix=text)


def word_at(code: str, offset: int) -> str:
    """Return the name that the cursor touches; empty if it touches none."""
    start = end = offset
    while start > 0 and (code[start - 1].isalnum() or code[start - 1] == "_"):
        start -= 1
    while end < len(code) and (code[end].isalnum() or code[end] == "_"):
        end += 1
    return code[start:end]


def call_at(code: str, offset: int) -> tuple[OpenBracket, CursorContext] | None:
    """Return the innermost call around ``offset``, and its function's position; None if none."""
    found = context_at(code, offset)
    holders = found.brackets
    if found.kind is ContextKind.ATTRIBUTE:
        tokens = _statement(_tokens(code[: found.start]))
        holders = _open_brackets(code, tokens)
    for holder in holders:
        if holder.kind == "call":
            callee = CursorContext(ContextKind.NAME, offset, receiver=holder.expression)
            return holder, _placed(callee, code[:offset], [])
    return None


def _tokens(code: str) -> Iterator[_Token]:
    """Yield the tokens that end at or before the end; an unfinished string is the last one."""
    first = _beginning(code)
    for match in _TOKEN.finditer(code, first):
        kind = str(match.lastgroup)
        if kind == "open_string":
            quote = match[0].lstrip("rRbBuUfFtT")
            line_end = code.find("\n", match.end())
            if len(quote) == 1 and line_end >= 0:
                # A quote left open on an earlier line hides nothing but that line.
                yield from _tokens_after(code, line_end)
                return
            yield _Token(kind, match[0], match.start())
            return
        yield _Token(kind, match[0], match.start())


def _statement(tokens: Iterable[_Token]) -> list[_Token]:
    """Return the tokens of the last statement: those after the last line end outside brackets."""
    kept: list[_Token] = []
    depth = 0
    joined = False
    for token in tokens:
        if token.kind == "newline" and not depth and not joined:
            kept.clear()
            continue
        depth = max(0, depth + {"opening": 1, "closing": -1}.get(token.kind, 0))
        joined = token.text == "\\"
        kept.append(token)
    return kept


def _tokens_after(code: str, at: int) -> Iterator[_Token]:
    for token in _tokens(code[at:]):
        yield token._replace(start=token.start + at)


def _beginning(code: str) -> int:
    if len(code) <= READ_LIMIT:
        return 0
    found = _STATEMENT.search(code, len(code) - READ_LIMIT)
    return found.start() if found else len(code) - READ_LIMIT


def _touches(token: _Token, offset: int) -> bool:
    return token.start + len(token.text) == offset


def _primary(code: str, tokens: Sequence[_Token]) -> str:
    """Return the expression that ends ``tokens``, such as ``a.b[0].c("x")``; empty without one.

    f(x) + a . b [ 0 ]
           ▲         ▲ read backwards from here
           begins here
    """
    at = begin = len(tokens)
    while at > 0:
        token = tokens[at - 1]
        if token.kind in {"newline", "comment"}:
            at -= 1
            continue
        if token.kind == "closing":
            opened = _opened(tokens, at - 1)
            if opened is None:
                break
            begin = at = opened
            if at == 0 or not _callable_end(tokens[at - 1]):
                break
            continue
        if token.kind in {"string", "number"}:
            begin = at = at - 1
            break
        if token.kind != "name" or (iskeyword(token.text) and token.text not in _CONSTANTS):
            break
        begin = at = at - 1
        before = _before(tokens, at)
        if before == 0 or tokens[before - 1].text != ".":
            break
        at = before - 1
    if begin >= len(tokens):
        return ""
    last = tokens[_before(tokens, len(tokens)) - 1]
    return code[tokens[begin].start : last.start + len(last.text)].strip()


_CONSTANTS = frozenset({"None", "True", "False"})


def _before(tokens: Sequence[_Token], at: int) -> int:
    """Return the index after the last token before ``at`` that is neither newline nor comment."""
    while at > 0 and tokens[at - 1].kind in {"newline", "comment"}:
        at -= 1
    return at


def _callable_end(token: _Token) -> bool:
    """Return whether a bracket after this token calls or subscripts it."""
    if token.kind == "name":
        return not iskeyword(token.text)
    return token.kind in {"closing", "string"}


def _opened(tokens: Sequence[_Token], closing: int) -> int | None:
    depth = 0
    for at in range(closing, -1, -1):
        if tokens[at].kind == "closing":
            depth += 1
        elif tokens[at].kind == "opening":
            depth -= 1
            if depth == 0:
                return at
    return None


def _open_brackets(code: str, tokens: Sequence[_Token]) -> tuple[OpenBracket, ...]:
    """Return the brackets open at the end of ``tokens``, innermost first."""
    found: list[OpenBracket] = []
    depth = commas = 0
    keyword = ""
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.kind == "closing":
            depth += 1
        elif token.kind == "opening" and depth:
            depth -= 1
        elif token.kind == "opening":
            found.append(_open_bracket(code, tokens, at, (commas, keyword)))
            commas, keyword = 0, ""
            if len(found) == BRACKET_LIMIT:
                break
        elif not depth and token.text == ",":
            commas += 1
        elif not depth and token.text == "=" and not commas and at and not keyword:
            keyword = tokens[at - 1].text if tokens[at - 1].kind == "name" else ""
    return tuple(found)


def _open_bracket(
    code: str, tokens: Sequence[_Token], at: int, within: tuple[int, str]
) -> OpenBracket:
    commas, keyword = within
    opening = tokens[at].text
    if opening != "{" and at and _callable_end(tokens[at - 1]):
        expression = _primary(code, tokens[:at])
        kind = "call" if opening == "(" else "subscript"
        if expression and not _is_definition(tokens, at):
            return OpenBracket(kind, expression, commas, keyword if kind == "call" else "")
    return OpenBracket("literal", "", commas)


def _is_definition(tokens: Sequence[_Token], at: int) -> bool:
    return at > 1 and tokens[at - 2].text in {"def", "class"}


def _in_string(code: str, tokens: list[_Token], *, in_frame: bool) -> CursorContext:
    opening = tokens[-1]
    quote = opening.text.lstrip("rRbBuUfFtT")
    marks = opening.text[: -len(quote)].lower()
    start = opening.start + len(opening.text)
    if "f" in marks or "t" in marks or "b" in marks or len(quote) == 3:
        return CursorContext(ContextKind.OTHER, len(code))
    holders = _open_brackets(code, tokens[:-1])
    known = holders if in_frame else _of_kernel(code, holders)
    return CursorContext(ContextKind.STRING, start, code[start:], receiver=quote, brackets=known)


def _of_kernel(code: str, holders: Sequence[OpenBracket]) -> tuple[OpenBracket, ...]:
    """Return the brackets up to the first that asks a name of the function around."""
    roots = (re.match(r"[^\W\d]\w*", holder.expression) for holder in holders)
    local = (root is not None and _bound(code, root[0])[0] for root in roots)
    known = takewhile(lambda pair: not pair[1], zip(holders, local, strict=True))
    return tuple(holder for holder, _ in known)


def _placed(place: CursorContext, code: str, _: Sequence[_Token]) -> CursorContext:
    root = re.match(r"[^\W\d]\w*", place.receiver)
    if root is None:
        return place
    local, assigned = _bound(code, root[0])
    return CursorContext(
        place.kind, place.start, place.prefix, place.receiver, place.brackets, local, assigned
    )


def _bound(code: str, name: str) -> tuple[bool, bool]:
    """Return whether ``name`` is local to the function around the end, and whether code binds it.

    Read line by line, by indentation: unfinished code has no tree.
    """
    if name not in code[: code.rfind("\n") + 1] and "def " not in code:
        return False, False
    lines = code.split("\n")
    binds = re.compile(
        rf"^\s*(?:\(?[\w\s,*]*\b{name}\b[\w\s,*]*\)?(?:\s*:[^=\n]+)?=(?!=)"
        rf"|(?:async\s+)?for\b.*\b{name}\b.*\bin\b|(?:with|except|import|from)\b.*\b{name}\b"
        rf"|(?:def|class)\s+{name}\b)"
    )
    indent = _indent(lines[-1])
    bound_here = False
    for line in reversed(lines[:-1]):
        if not line.strip():
            continue
        around = _DEF.match(line) is not None and _indent(line) < indent
        if around and (bound_here or re.search(rf"[(,*\s]{name}\b\s*[,:=)]", line)):
            return True, True
        bound_here = bound_here or binds.match(line) is not None
        indent = min(indent, _indent(line))
    return False, bound_here


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
