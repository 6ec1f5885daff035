"""Python's strings, comments and brackets, read line by line.

Owns: the tokenizer for Python as `lexing` describes it. It must not know cells or markers, and it
never fails: what is not Python is read as if it were.

Knows string prefixes, raw strings, f-strings and t-strings with quotes nested in replacement fields
as Python 3.12 allows, format specifications, backslash continuation, and the lines IPython gives to
a shell or a magic, which are not Python. A string in single quotes ends with its line, closed or
not: so an f-string whose replacement field spans lines (Python 3.12) is read as broken off, for the
sake of all the lines below one that really is.
"""

from __future__ import annotations

import re

_QUOTE = r"(?P<prefix>\b[a-zA-Z]{1,2})?(?P<quote>'''|\"\"\"|'|\")"
_IN_CODE = re.compile(rf"#|{_QUOTE}")
_IN_BRACKETS = re.compile(rf"#|[()\[\]{{}}]|{_QUOTE}")
_IN_FIELD = re.compile(rf"#|[()\[\]{{}}:]|{_QUOTE}")
_IN_SPEC = re.compile(r"[{}]|'''|\"\"\"|'|\"")
_NOT_PYTHON = re.compile(r"\s*(?:%{1,3}[A-Za-z]|![^=\s]|!!)")
_STRING = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'", '"', "'''", '"""')}
_FORMATTED = {
    quote: re.compile(rf"\\N\{{[^}}]*\}}|\\[^{{}}]|\{{\{{|\{{|{quote}", re.DOTALL)
    for quote in ("'", '"', "'''", '"""')
}
_CLOSES = {")": "(", "]": "[", "}": "{"}
_FORMAT_PREFIXES = frozenset({"f", "rf", "fr", "t", "rt", "tr"})

# The parts of a state, in addition to quotes with or without a leading "f":
_FIELD = "{f"  # a replacement field
_SPEC = ":f"  # its format specification
_JOIN = "\\"  # the line ended in a backslash


class PythonLexer:
    """Reads Python; with ``brackets`` also which brackets and joined lines are open."""

    def __init__(self, *, brackets: bool) -> None:
        self._brackets = brackets

    def after(self, line: str, state: tuple[str, ...]) -> tuple[str, ...]:
        """Return the state in which the line after ``line`` begins."""
        if not state and line.startswith("#"):
            return state
        if not state and _is_one_line_docstring(line):
            return state
        stack = list(state)
        if stack and stack[-1] == _JOIN:
            stack.pop()
        elif not stack and _NOT_PYTHON.match(line):
            return self._at_end(line, stack)
        at = 0
        comment = False
        while at < len(line) and not comment:
            top = stack[-1] if stack else ""
            if top.lstrip("f") in _STRING:
                at = self._in_string(line, at, stack)
            elif top == _SPEC:
                at = _in_spec(line, at, stack)
            else:
                at, comment = self._in_code(line, at, stack)
        return _at_comment_end(stack) if comment else self._at_end(line, stack)

    def _in_code(self, line: str, at: int, stack: list[str]) -> tuple[int, bool]:
        """Read code up to the next delimiter; return True if it was a comment."""
        in_field = _FIELD in stack
        pattern = _IN_FIELD if in_field else _IN_BRACKETS if self._brackets else _IN_CODE
        found = pattern.search(line, at)
        if found is None:
            return len(line), False
        if found.group() == "#":
            return len(line), True
        if quote := found["quote"]:
            prefix = (found["prefix"] or "").lower()
            stack.append("f" + quote if prefix in _FORMAT_PREFIXES else quote)
        else:
            _bracket(found.group(), stack)
        return found.end(), False

    def _in_string(self, line: str, at: int, stack: list[str]) -> int:
        quote = stack[-1].lstrip("f")
        pattern = (_FORMATTED if stack[-1][0] == "f" else _STRING)[quote]
        while found := pattern.search(line, at):
            at = found.end()
            if found.group() == quote:
                stack.pop()
                return at
            if found.group() == "{":
                stack.append(_FIELD)
                return at
        return len(line)

    def _at_end(self, line: str, stack: list[str]) -> tuple[str, ...]:
        """Close what cannot run over the line's end."""
        joined = line.rstrip("\r\n").endswith("\\")
        if joined and stack and stack[-1].lstrip("f") in {"'", '"'}:
            return tuple(stack)
        _close_short(stack)
        if joined and self._brackets and (not stack or stack[-1].lstrip("f") not in _STRING):
            stack.append(_JOIN)
        return tuple(stack)


def _is_one_line_docstring(line: str) -> bool:
    """Spare the commonest line with quotes the reading of each of them."""
    text = line.strip()
    quote = text[:3]
    return (
        quote in {'"""', "'''"}
        and len(text) >= 6
        and text.find(quote, 3) == len(text) - 3
        and "\\" not in text
    )


def _bracket(character: str, stack: list[str]) -> None:
    """Open or close a bracket, or leave the expression of a replacement field."""
    top = stack[-1] if stack else ""
    if character in "([{":
        stack.append(character)
    elif character == ":":
        if top == _FIELD:
            stack[-1] = _SPEC
    elif character == "}" and _FIELD in stack:
        # A field ends here even where a bracket in it was left open.
        while stack[-1] not in {"{", _FIELD}:
            stack.pop()
        stack.pop()
    elif top == _CLOSES[character]:
        stack.pop()


def _in_spec(line: str, at: int, stack: list[str]) -> int:
    """Read a format specification: text, save for nested fields and its string's end."""
    found = _IN_SPEC.search(line, at)
    if found is None:
        return len(line)
    if found.group() == "{":
        stack.append(_FIELD)
    elif found.group() == "}":
        stack.pop()
    elif len(stack) > 1 and found.group() == stack[-2].lstrip("f"):
        del stack[-2:]
    return found.end()


def _at_comment_end(stack: list[str]) -> tuple[str, ...]:
    _close_short(stack)
    return tuple(stack)


def _close_short(stack: list[str]) -> None:
    """Take strings that must end on their line as ended, with all that was opened in them."""
    for index, item in enumerate(stack):
        if item.lstrip("f") in {"'", '"'}:
            del stack[index:]
            return
