"""Databricks' source format: ``# COMMAND ----------``, ``# MAGIC`` and ``# DBTITLE`` lines.

Owns: reading the body of such a cell. The separator itself is a marker and `markers` knows it. It
must not know cells.

    # COMMAND ----------
    # DBTITLE 1,Where the data comes from
    # MAGIC %md
    # MAGIC Some *text*, or ``%sql``, ``%sh`` … for a whole cell in another language

In a cell that also holds code, ``MAGIC`` lines are comments, as for Python. Other comments of a
cell become comments of the cell's language, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .languages import Language, language_named
from .markdown import MarkdownLine

_MAGIC = re.compile(r"\s*MAGIC(?: |\s*$)")
_TITLE = re.compile(r"\s*DBTITLE [01],(?P<title>.*)")
_FIRST_LINE = re.compile(r"\s*Databricks notebook source\s*$")
_WORD = re.compile(r"%(?P<word>[\w-]+)\s*")
_TEXT = frozenset({"md", "md-sandbox"})
_CELL_MAGICS = {"sh": "bash", "sql": "sql", "scala": "scala", "r": "R", "html": "html"}
"""The languages Databricks names with one percent sign, and the cell magic each has in IPython."""
_COMMENT_SIGNS = {"sql": "--", "scala": "//"}


def title(lines: Sequence[str], language: Language) -> str:
    """Return the cell's title; empty without one."""
    for line in lines[:3]:
        if found := _TITLE.match(line.removeprefix(language.comment)):
            return found["title"].strip() if line.startswith(language.comment) else ""
    return ""


def may_hold_magics(lines: Sequence[str]) -> bool:
    """Return False if a cell certainly has no ``MAGIC`` lines; most scripts have none."""
    return any("MAGIC" in line for line in lines)


def is_markdown(lines: Sequence[str], language: Language) -> bool:
    """Return whether a cell's ``MAGIC`` lines begin with ``%md``, and it holds no code."""
    if not may_hold_magics(lines):
        return False
    first = next((text for line in lines if (text := _magic(line, language))), "")
    found = _WORD.match(first)
    return found is not None and found["word"] in _TEXT and not _holds_code(lines, language)


def markdown_lines(lines: Sequence[str], language: Language) -> list[MarkdownLine]:
    """Return the text of a markdown cell with its positions."""
    found: list[MarkdownLine] = []
    is_first = True
    for number, line in enumerate(lines):
        text = _magic(line, language)
        if text is None:
            if note := _comment(line, language):
                found.append(MarkdownLine(number, len(language.comment), _in_html(note)))
            continue
        if is_first and (word := _WORD.match(text)):
            is_first = False
            text = text[word.end() :]
            if not text:
                continue
        found.append(MarkdownLine(number, len(line) - len(text), text))
    return found


def uncomment_magics(lines: Sequence[str], language: Language) -> list[str] | None:
    """Return the code a kernel is sent, as many lines; None for a cell without ``MAGIC`` lines.

    None, too, for a cell that also holds code.
    """
    if not may_hold_magics(lines):
        return None
    magics = [_magic(line, language) for line in lines]
    start = next((number for number, text in enumerate(magics) if text is not None), None)
    if start is None or _holds_code(lines, language):
        return None
    first = _first(magics[start] or "", language)
    if not first.startswith("%%"):
        magics[start] = first
        return [line if text is None else text for line, text in zip(lines, magics, strict=True)]
    # A cell magic must come first, so the comments that Databricks puts above it go below it.
    shown = [
        _in_language(_comment(line, language), first) if text is None else text
        for line, text in zip(lines, magics, strict=True)
    ]
    if any(shown[:start]):
        return [first, *shown[:start], *shown[start + 1 :]]
    return [*shown[:start], first, *shown[start + 1 :]]


def _holds_code(lines: Sequence[str], language: Language) -> bool:
    return any(line.strip() and not line.lstrip().startswith(language.comment) for line in lines)


def _comment(line: str, language: Language) -> str:
    """Return the text of a comment that the user wrote; empty for any other line."""
    text = line.strip()
    bare = text.removeprefix(language.comment)
    is_theirs = _TITLE.match(bare) or _FIRST_LINE.match(bare)
    return "" if bare == text or is_theirs else bare.strip()


def _in_html(text: str) -> str:
    return f"<!-- {text.replace('--', '- -')} -->"


def _in_language(text: str, cell_magic: str) -> str:
    """Return a comment's text as a comment of the language that a cell magic names."""
    if not text:
        return ""
    word = cell_magic.removeprefix("%%").split()[0]
    return _in_html(text) if word == "html" else f"{_COMMENT_SIGNS.get(word, '#')} {text}"


def _magic(line: str, language: Language) -> str | None:
    if not line.startswith(language.comment):
        return None
    text = line.removeprefix(language.comment)
    found = _MAGIC.match(text)
    return text[found.end() :] if found else None


def _first(text: str, language: Language) -> str:
    found = _WORD.match(text)
    if found is None:
        return text
    word, rest = found["word"], text[found.end() :]
    if language_named(word) == language:
        return rest
    cell_magic = _CELL_MAGICS.get(word)
    return f"%%{cell_magic} {rest}".rstrip() if cell_magic else text
