"""The name of a cell in one line, where it has no title of its own.

Owns: which line of a cell's text names it. Options, comments for tools, magics, and whatever in
markdown is not prose name nothing. It must not know a cell's neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .cell import Cell, CellKind
from .header import header_lines
from .markdown import prose

_LONGEST_NAME = 60
_SIGNS = "#%/;-"
_FOR_TOOLS = re.compile(
    r"\||!|-\*-|.{0,20}coding[:=]|(?:noqa|type|fmt|pylint|ruff|mypy|pyright|isort|flake8|black|pytype"
    r"|pragma|yapf|nosec|nbqa|cspell|spell-checker|sourcery|skip|export|exporti|hide|default_exp"
    r"|vim?|jupyter|eslint\S*|ts-\w+|@ts-\S+|region|endregion)\b\s*(?:[:=\[]|$)|(?:end)?region\b\s*$"
    r"|(?:noqa|pragma|nosec)\b",
    re.IGNORECASE,
)
_MAGIC = re.compile(r"(?:#\s*)?(?:%%?[A-Za-z]\w*|[!?])")
_SCRIPT_BLOCK = re.compile(r"#\s*///")
_TAGS = re.compile(r"<[^>]*>")
_IMAGE = re.compile(r"!\[(?P<text>[^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?(?:\{[^}]*\})?")
_NO_PROSE = re.compile(
    r"\||:{3,}|\.\. |\{%|\\(?:begin|end)\b|\[[^\]]+\]:|\[(?:TOC|\[TOC\])\]|\+{3}|\([\w-]+\)=$|\$\$"
)


def name_of(cell: Cell) -> str:
    """Return what to call a cell: its title, its heading, or how its text begins."""
    if cell.title:
        return _short(cell.title)
    if cell.headings:
        return _short(cell.headings[0].text)
    texts = _in_code(cell) if cell.kind is CellKind.CODE else _in_text(cell)
    return _short(next((text for text in texts if any(map(str.isalnum, text))), ""))


def _in_code(cell: Cell) -> Iterator[str]:
    """Yield the lines that may name a code cell, the best first."""
    skipped = 0 if cell.has_marker else header_lines(cell.lines, cell.language)
    lines = list(_without_script_block(cell.source.split("\n")[skipped:]))
    magics: list[str] = []
    for line in lines:
        text = line.strip()
        bare = text.lstrip(_SIGNS).strip()
        is_comment = text.startswith(cell.language.comment)
        if is_comment and _FOR_TOOLS.match(bare):
            continue
        if _MAGIC.match(text) and not text.startswith(("!", "#!")):
            magics.append(bare)
            continue
        yield bare
    yield from magics


def _without_script_block(lines: Sequence[str]) -> Iterator[str]:
    """Leave out the metadata of the script itself (PEP 723), and its first lines."""
    inside = False
    for number, line in enumerate(lines):
        if _SCRIPT_BLOCK.match(line):
            inside = not inside
        elif not inside and not (number == 0 and line.startswith("#!")):
            yield line
        elif inside and not line.startswith("#"):
            inside = False
            yield line


def _in_text(cell: Cell) -> Iterator[str]:
    """Yield the lines that may name a markdown or raw cell, the best first."""
    images: list[str] = []
    for entry in prose(cell.markdown):
        text = entry.text.strip()
        images += [found["text"] for found in _IMAGE.finditer(text)]
        text = _TAGS.sub("", _IMAGE.sub("", text)).strip()
        if not _NO_PROSE.match(text):
            yield text.lstrip(_SIGNS + ">*+").strip()
    yield from images


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…"
