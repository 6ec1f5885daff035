# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: the lines of a cell, and of IPython's translation of it.

Owns the alignment of the two, so that each line keeps its number. It must run on Python 3.9, must
not import cellbridge, and knows text only.
"""

import ast
import difflib


def split(text):
    """Return the lines of a text; unlike with splitlines, only line feeds separate them."""
    return text.rstrip("\n").split("\n")


def realign(raw, new):
    """Return the translated lines ``new`` with blank lines inserted, so that each keeps its line.

    IPython drops leading blank lines and joins magics that span several lines.
    """
    blank = next((at for at, line in enumerate(raw) if line.strip()), len(raw))
    if new and new[0].strip():
        new = [""] * blank + new
    if len(new) >= len(raw):
        return new
    lines = []
    matcher = difflib.SequenceMatcher(None, raw, new, autojunk=False)
    for _, raw_start, raw_end, new_start, new_end in matcher.get_opcodes():
        lines += new[new_start:new_end]
        lines += [""] * ((raw_end - raw_start) - (new_end - new_start))
    return lines


def is_python(source):
    """Return True if ``source`` is valid Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
