"""Cells of a script as a notebook holds them.

Owns: what becomes of a cell's marker and body: type, source and metadata, as jupytext reads them,
but for prose comments, which stay comments. It must not know notebooks as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cellbridge.core.document.cell import Cell, CellKind, is_active
from cellbridge.core.document.languages import Language, language_named
from cellbridge.core.document.magics import uncomment_lines
from cellbridge.core.document.markdown import find_quoted_text
from cellbridge.core.document.markers import CODE_WORD, Marker, may_hold_escapes, unescape
from cellbridge.core.document.text import Text
from cellbridge.core.percent.blank_lines import blanks_at_end, expected_blanks
from cellbridge.core.percent.magic_lines import MagicReader, may_hold_magics
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.core.percent.notebook_values import as_json
from cellbridge.core.percent.source_ends import BLANKS, ENDINGS, spacing_below, take_endings

UNCLOSED = "ipynb,unclosed"
"""The ``active`` of a code cell that is commented out only because its text would swallow or split
other cells. jupytext reads it as "active in notebooks alone", which is what is meant."""

_QUOTE = re.compile(r"(?P<prefix>[rR]?)(?P<quote>\"\"\"|''')(?P<line>\n?)")
_PLAIN = Marker()


@dataclass(frozen=True, slots=True)
class Piece:
    """One cell of a script, as a notebook holds it."""

    kind: CellKind
    source: str
    metadata: dict[str, Any]
    text: str
    """The script's slice."""

    @property
    def content(self) -> tuple[CellKind, str, dict[str, Any]]:
        """The cell's kind, source and metadata, without its style and spacing."""
        metadata = self.metadata
        if not SPACING.isdisjoint(metadata):
            metadata = {key: value for key, value in metadata.items() if key not in SPACING}
        return self.kind, self.source, metadata


def read_pieces(cells: Sequence[Cell], language: Language) -> list[Piece]:
    """Return consecutive cells of a script; the last one ends the script."""
    return [
        _piece(cell, language, _slices(cells, index) if index < len(cells) else None)
        for index, cell in enumerate(cells, 1)
    ]


def read_text(text: str, language: Language) -> Piece:
    """Return the one cell that ``text`` is the slice of."""
    return _piece(Cell(tuple(Text.of(text).lines), language), language, None)


def may_be_databricks(text: str) -> bool:
    """Return whether a cell may be in Databricks' format, which has types of its own."""
    return "MAGIC" in text or "DBTITLE" in text


def _piece(cell: Cell, language: Language, below: Iterator[str] | None) -> Piece:
    text = cell.slice
    lines = _bare_lines(cell, text)
    marker = cell.marker or _PLAIN
    stated = None
    if marker.metadata:
        stated = spacing_below(marker.metadata, lines[cell.marker_lines :])
    blanks = blanks_at_end(lines) if stated is None else stated
    body = lines[cell.marker_lines : len(lines) - blanks]
    odd = "%%" not in cell.lines[0] and may_be_databricks(text)
    plain = not marker.metadata and marker.title != "md" and not odd
    kind = cell.kind if odd else _kind(marker, body)
    metadata = _metadata(cell, marker, kind, plain=plain)
    if stated is not None:
        del metadata[BLANKS]
    escapes = may_hold_escapes(text)
    if escapes:
        body = [unescape(line, language) for line in body]
    if kind is CellKind.CODE:
        source = _code(cell, body, metadata, odd=odd)
    else:
        source = _prose(cell, body, metadata)
    if ENDINGS in metadata:
        source = take_endings(metadata, source)
    spacing = blanks + (below is None and blanks > 0) if below is not None or blanks else 1
    if spacing != expected_blanks(body or [""], below, language, text):
        metadata["lines_to_next_cell"] = spacing
    return Piece(kind, source, metadata, text)


def _kind(marker: Marker, body: Sequence[str]) -> CellKind:
    """Return a cell's type, as `Cell.kind`; a percent marker, if any, decides alone."""
    if marker.kind is CellKind.CODE:
        if marker.metadata and not is_active(marker.metadata, "ipynb"):
            return CellKind.RAW
        if marker.title == "md" and find_quoted_text(body):  # as PyCharm writes it
            return CellKind.MARKDOWN
    return marker.kind


def _bare_lines(cell: Cell, text: str) -> list[str]:
    """Return a cell's lines without their endings, and without the empty one that ends a file."""
    if "\r" not in text:
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        return lines
    lines = [line.rstrip("\r\n") for line in cell.lines]
    if not cell.lines[-1]:
        lines.pop()
    return lines


def _slices(cells: Sequence[Cell], first: int) -> Iterator[str]:
    for index in range(first, len(cells)):
        yield cells[index].slice


def _metadata(cell: Cell, marker: Marker, kind: CellKind, *, plain: bool) -> dict[str, Any]:
    if plain and (
        marker is _PLAIN or (not marker.title and not marker.depth and "%%" in cell.lines[0])
    ):
        return {"region_name": marker.type_word} if marker.type_word in {"md", CODE_WORD} else {}
    metadata = {key: as_json(value) for key, value in marker.metadata.items()}
    title = marker.title if cell.marker and "%%" in cell.lines[0] else cell.title
    if title and not (title == "md" and kind is not marker.kind):  # PyCharm's way of typing a cell
        metadata["title"] = title
    if marker.depth:
        metadata["cell_depth"] = marker.depth
    if (marker.type_word, kind) in {("md", CellKind.MARKDOWN), (CODE_WORD, CellKind.CODE)}:
        metadata["region_name"] = marker.type_word
    return metadata


def _code(cell: Cell, body: list[str], metadata: dict[str, Any], *, odd: bool) -> str:
    language = cell.language
    if metadata or odd:
        if (foreign := metadata.get("language")) and isinstance(foreign, str):
            return _foreign(foreign, body, metadata, language)
        if not is_active(metadata, language.extension):
            if metadata.get("active") == UNCLOSED:
                del metadata["active"]
            return "\n".join(uncomment_lines(body, language))
        if odd and any("MAGIC" in line for line in body):
            return cell.source.rstrip("\n")
    source = "\n".join(body)
    if not may_hold_magics(source, language):
        return source
    reader = MagicReader(language)
    return "\n".join([reader.read(line) for line in body])


def _foreign(name: str, body: list[str], metadata: dict[str, Any], language: Language) -> str:
    """Return a cell in another language, whose body is commented out, with its cell magic."""
    del metadata["language"]
    if language_named(name) == language:
        return "\n".join(uncomment_lines(body, language))
    arguments = metadata.pop("magic_args", None)
    magic = "#!" if language.name == "csharp" else "%%"
    head = f"{magic}{name} {arguments}" if isinstance(arguments, str) else f"{magic}{name}"
    return "\n".join([head, *uncomment_lines(body, language)])


def _prose(cell: Cell, body: list[str], metadata: dict[str, Any]) -> str:
    """Return the source of a markdown or raw cell."""
    language = cell.language
    typed = cell.marker is not None and cell.marker.kind is not CellKind.CODE
    if not typed and cell.kind is CellKind.MARKDOWN and any("MAGIC" in line for line in body):
        return cell.source
    if not typed and is_active(metadata, language.extension) and cell.kind is CellKind.RAW:
        _forget_inactive(metadata)
        return "\n".join(body)
    _forget_inactive(metadata)
    if language.syntax.python and (held := _quoted("\n".join(body).strip(), metadata)) is not None:
        return held
    return "\n".join(uncomment_lines(body, language))


def _forget_inactive(metadata: dict[str, Any]) -> None:
    if metadata.get("active") == "":
        del metadata["active"]


def _quoted(text: str, metadata: dict[str, Any]) -> str | None:
    """Return the content of one triple-quoted string, and note its quotes; None for another."""
    found = _QUOTE.match(text)
    if found is None:
        return None
    quote = found["quote"]
    start = len(found["prefix"]) + 3
    if not text.endswith(quote) or len(text) < start + 3:
        return None
    text = text[start : len(text) - 3]
    left, right = found["prefix"] + quote, quote
    if text.startswith("\n"):
        text, left = text[1:], left + "\n"
    if text.endswith("\n"):
        text, right = text[:-1], "\n" + right
    own_lines = left.endswith("\n") and right.startswith("\n")
    if own_lines:
        metadata["cell_marker"] = left[:-1]
    elif found["prefix"]:
        metadata["cell_marker"] = f"{left},{right}"
    return text
