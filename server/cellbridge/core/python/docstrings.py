'''Results that only repeat a text of the code, such as the docstring of a cell.

Owns the decision which result that is. It must not know outputs, runs or kernels.

    """Prices of the year."""           the result is the text itself: it repeats the code
    "Prices"                            a value, as at a prompt: shown
    text = f"""{count} prices"""; text  a computed value: shown
'''

from __future__ import annotations

import ast

_QUOTES = ('"""', "'''")
_BEFORE = frozenset({"", "r", "R", "u", "U"})
"""Text allowed before the quotes in their line: none, or a prefix that leaves the text as it is."""


def repeats_code(code: str, result: str) -> bool:
    """Return True if ``result``, as Python shows a value, is only the text that ends ``code``.

    The text is a statement of its own in triple quotes, as a docstring is, and without escapes.
    """
    end = code.rstrip().replace("\r\n", "\n")
    # A text cannot be longer than the code that contains it, and each character takes up to ten.
    if not end.endswith(_QUOTES) or result[:1] not in {"'", '"'} or len(result) > 10 * len(end) + 2:
        return False
    try:
        text = ast.literal_eval(result)
    except (ValueError, SyntaxError):
        return False
    quotes = end[-3:]
    literal = f"{quotes}{text}{quotes}"
    return end.endswith(literal) and _line_before(end, len(end) - len(literal)) in _BEFORE


def _line_before(code: str, offset: int) -> str:
    """Return the text before ``offset`` in its line."""
    return code[code.rfind("\n", 0, offset) + 1 : offset]
