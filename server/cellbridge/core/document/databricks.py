"""Databricks' source format: ``# COMMAND ----------``, ``# MAGIC`` and ``# DBTITLE`` lines.

Owns: reading the body of such a cell. The separator itself is a marker and `markers` knows it. It
must not know cells.

    # COMMAND ----------
    # DBTITLE 1,Where the data comes from
    # MAGIC %md
    # MAGIC Some *text*, or ``%sql``, ``%sh`` … for a whole cell in another language
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


def title(lines: Sequence[str], language: Language) -> str:
    """Return the cell's title; empty without one."""
    for line in lines[:3]:
        if found := _TITLE.match(line.removeprefix(language.comment)):
            return found["title"].strip() if line.startswith(language.comment) else ""
    return ""


def is_markdown(lines: Sequence[str], language: Language) -> bool:
    """Return whether a cell's ``MAGIC`` lines begin with ``%md``."""
    for line in lines:
        if text := _magic(line, language):
            found = _WORD.match(text)
            return found is not None and found["word"] in _TEXT
        if line.strip() and not line.startswith(language.comment):
            return False
    return False


def markdown_lines(lines: Sequence[str], language: Language) -> list[MarkdownLine]:
    """Return the text of a markdown cell with its positions."""
    found: list[MarkdownLine] = []
    for number, line in enumerate(lines):
        text = _magic(line, language)
        if text is None:
            continue
        if not found and (word := _WORD.match(text)):
            text = text[word.end() :]
            if not text:
                continue
        found.append(MarkdownLine(number, len(line) - len(text), text))
    return found


def uncomment_magics(lines: Sequence[str], language: Language) -> list[str] | None:
    """Return the code a kernel is sent, as many lines; None for a cell without ``MAGIC`` lines."""
    if not any("MAGIC" in line for line in lines):
        return None
    shown: list[str] = []
    any_magic = False
    for line in lines:
        text = _magic(line, language)
        if text is not None and not any_magic:
            any_magic = True
            text = _first(text, language)
        shown.append(line if text is None else text)
    if not any_magic:
        return None
    # A cell magic must come first, so the comments that Databricks puts above it go.
    start = next(number for number, line in enumerate(lines) if _magic(line, language) is not None)
    return [""] * start + shown[start:] if shown[start].startswith("%%") else shown


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
