"""The probe's facts about an object, as Markdown made for a hover.

Owns the order and the wording: value or call first, then type and measures, then documentation.
Pure. Any field may be missing or of another type than it should be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from cellbridge.core import units

VALUE_LIMIT = 2_000
"""Characters of a value in one description."""
DOC_LIMIT = 6_000
"""Characters of documentation in one description."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,90000}={0,2}")


def object_markdown(facts: Mapping[str, Any], *, pictures: bool = False) -> str:
    """Return an object's facts as Markdown; empty without any.

    ``pictures`` is True if the client draws images which are written into the text.
    """
    parts: list[str] = []
    picture = facts.get("picture")
    if pictures and isinstance(picture, str) and _BASE64.fullmatch(picture):
        parts.append(f"![](data:image/png;base64,{picture})")
    signature, value, table = facts.get("signature"), facts.get("value"), facts.get("table")
    if isinstance(signature, str) and signature:
        prefix = "class " if facts.get("kind") == "class" else "def "
        parts.append(fenced(prefix + signature, "python", VALUE_LIMIT))
    elif isinstance(table, Mapping):
        parts.append(_table(cast("Mapping[str, Any]", table)))
    elif isinstance(value, str) and value:
        parts.append(fenced(value, "text", VALUE_LIMIT))
    if facts.get("kind") == "column":
        parts.append(_column(facts))
    elif not signature and (measures := _measures(facts)):
        parts.append(measures)
    documentation = facts.get("doc")
    if isinstance(documentation, str) and documentation:
        parts.append(fenced(documentation, "text", DOC_LIMIT))
    return "\n\n".join(parts)


def fenced(text: str, language: str, limit: int) -> str:
    """Return ``text`` as a code block of at most about ``limit`` characters."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    # A fence longer than any in the text cannot be closed by it.
    longest = max(map(len, re.findall(r"`{3,}", shown)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _measures(facts: Mapping[str, Any]) -> str:
    words = [f"*{facts.get('type') or 'object'}*"]
    shape, length, size = facts.get("shape"), facts.get("length"), facts.get("bytes")
    scalar = shape == []
    if isinstance(shape, list) and not scalar:
        words.append(" × ".join(str(one) for one in cast("list[Any]", shape)))
    elif isinstance(length, int):
        words.append(f"length {length}")
    if (dtype := facts.get("dtype")) and not scalar:
        words.append(str(dtype))
    if isinstance(size, int) and not scalar:
        words.append(units.size(size))
    if facts.get("kind") == "promised":
        words.append("what a call or an attribute would make; nothing was run to find out")
    table = facts.get("table")
    if isinstance(table, Mapping):
        words += _table_notes(cast("Mapping[str, Any]", table))
    return " · ".join(words)


def _table_notes(table: Mapping[str, Any]) -> list[str]:
    """Return notes for a table that is not shown whole."""
    shape, heads = _list(table.get("shape")), _list(table.get("heads"))
    words: list[str] = []
    shown = len(heads) - (1 if heads[:1] == [""] else 0)
    if len(shape) == 2 and isinstance(shape[1], int) and shape[1] > shown:
        words.append(f"the first {shown} of {shape[1]:,} columns")
    elif len(shape) == 2 and shape[0] is None:
        words.append(f"{shape[1]:,} columns")
    note = table.get("note")
    return [*words, note] if isinstance(note, str) else words


def _column(facts: Mapping[str, Any]) -> str:
    """Return a column in two lines: what it is, and what its values are like."""
    words = [f"column of *{_cell(facts.get('of') or 'a frame')}*", _cell(facts.get("dtype") or "?")]
    rows, nulls, distinct = (facts.get(name) for name in ("rows", "nulls", "distinct"))
    if isinstance(rows, int):
        words.append("1 row" if rows == 1 else f"{rows:,} rows")
    if isinstance(nulls, int):
        words.append(f"{nulls:,} missing" if nulls else "none missing")
    if isinstance(distinct, int):
        words.append(f"{distinct:,} distinct")
    if isinstance(facts.get("note"), str):
        words.append(str(facts["note"]))
    values = [f"{name} {_cell(facts[name])}" for name in ("min", "mean", "max") if facts.get(name)]
    if top := _list(facts.get("top")):
        values.append("most often " + ", ".join(map(_cell, top)))
    lines = [" · ".join(words), " · ".join(values)]
    return "  \n".join(line for line in lines if line)


def _table(table: Mapping[str, Any]) -> str:
    """Return the head of a frame as a Markdown table."""
    heads = [_cell(head) for head in _list(table.get("heads"))]
    types = [f"*{_cell(kind)}*" if kind else "" for kind in _list(table.get("types"))]
    rows = [[_cell(cell) for cell in _list(row)] for row in _list(table.get("rows"))]
    lines = [heads, ["---"] * len(heads), types, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: object) -> str:
    """Return a text that cannot end its cell of a table, nor begin anything else."""
    return re.sub(r"([\\|`*_<>\[\]])", r"\\\1", str(text)).replace("\n", " ")


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
