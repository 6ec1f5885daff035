"""Marker lines as they are written: title, type and metadata.

Owns: how a marker expresses the kind of a cell, in jupytext's words. It must not know sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cellbridge.core.document.languages import Language
from cellbridge.core.document.markers import CODE_WORD, UNREADABLE, CellKind, grammar_of
from cellbridge.core.percent.metadata_filters import Filter, marker_filter
from cellbridge.core.percent.notebook_values import mapping

_ODD_TITLE = re.compile(r"[={]|(?:^|\s)\.\S*$")
"""A title that jupytext takes for metadata, wholly or in part."""


@dataclass(frozen=True, slots=True)
class Style:
    """A script's choices among equivalent ways to write it."""

    language: Language
    lead: str
    """The beginning of markers: ``# %%`` or ``#%%``."""
    chosen: Filter = field(default_factory=lambda: marker_filter(None))
    """The metadata that markers hold."""
    as_json: bool = False
    """True if metadata are written as one JSON object."""


def style_of(metadata: Mapping[str, Any], language: Language, lead: str | None = None) -> Style:
    """Return how a notebook with these metadata wants to be written."""
    options = mapping(metadata.get("jupytext"))
    return Style(
        language,
        lead or f"{language.comment} %%",
        marker_filter(options.get("cell_metadata_filter")),
        options.get("cell_metadata_json") is True,
    )


def marker_line(metadata: Mapping[str, Any], kind: CellKind, style: Style) -> str:
    """Return a marker with the type and the metadata: the plainest that reads as itself."""
    if not metadata and kind is CellKind.CODE:
        return _close_comment(style.lead, style)
    rest = dict(metadata)
    title = rest.pop("title", "")
    depth = rest.pop("cell_depth", 0)
    word = f"[{kind.value}]" if kind is not CellKind.CODE else ""
    if kind is CellKind.MARKDOWN and rest.pop("region_name", None) == "md":
        word = "[md]"
    if kind is CellKind.CODE and rest.get("region_name") == CODE_WORD:
        word = f"[{rest.pop('region_name')}]"
    if not rest and not title and not depth:
        return _close_comment(f"{style.lead} {word}", style)
    signs = "%" * depth if isinstance(depth, int) and 0 < depth < 100 else ""
    for options in _options(title, word, rest, style):
        line = _close_comment(f"{style.lead}{signs} {options}".rstrip(), style)
        if signs and not options:
            line = _close_comment(f"{style.lead}{signs} ", style)
        if _reads_as(line, metadata, kind, style.language):
            return line
    title = " ".join(title.split()) if isinstance(title, str) else ""
    plain = " ".join(part for part in (title, word, _pairs(rest)) if part)
    return _close_comment(f"{style.lead}{signs} {plain}", style)


def _options(title: object, word: str, rest: dict[str, Any], style: Style) -> Iterator[str]:
    """Yield the ways to write title, type and metadata, the preferred one first."""
    text = title if isinstance(title, str) else ""
    head = " ".join(part for part in (text, word) if part)
    both = {**({"title": title} if title else {}), **rest}
    is_plain = isinstance(title, str) and not _ODD_TITLE.search(title)
    if is_plain and not style.as_json:
        yield f"{head} {_pairs(rest)}".strip()
    if is_plain:
        yield f"{head} {json.dumps(rest, ensure_ascii=False) if rest else ''}".strip()
    if not style.as_json:
        yield f"{word} {_pairs(both)}".strip()
    yield f"{word} {json.dumps(both, ensure_ascii=False)}".strip()


def _pairs(metadata: Mapping[str, Any]) -> str:
    words: list[str] = []
    for key, value in metadata.items():
        if key == UNREADABLE:
            words.append(str(value))
        else:
            words.append(f"{key}={json.dumps(value)}")
    return " ".join(words)


def _reads_as(line: str, metadata: Mapping[str, Any], kind: CellKind, language: Language) -> bool:
    grammar = grammar_of(language)
    if "\n" in line or "\r" in line or not grammar.opens_cell(line):
        return False
    marker = grammar.read(line)
    found: dict[str, Any] = dict(marker.metadata)
    if marker.title:
        found["title"] = marker.title
    if marker.depth:
        found["cell_depth"] = marker.depth
    if marker.type_word in {"md", CODE_WORD}:
        found["region_name"] = marker.type_word
    return found == metadata and marker.kind is kind


def _close_comment(marker: str, style: Style) -> str:
    return f"{marker} {style.language.suffix}" if style.language.suffix else marker
