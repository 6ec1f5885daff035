"""A whole notebook as a script, with the script's own style where it is not the usual one.

Owns: putting prologue and cells together, keeping the exact text of unchanged cells, and making
sure that the script reads as the cells that were written. It must not know how a notebook is made
of a script.

An existing style is kept in three ways, in this order: by the text of a script that exists already;
by the texts that its notebook remembers (metadata ``cellbridge.script``); by the usual style. A
remembered text counts only as long as it still reads as the notebook's cell.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Text
from cellbridge.core.percent import prologue
from cellbridge.core.percent.cell_reader import Piece, read_pieces, read_text
from cellbridge.core.percent.cell_writer import (
    WrittenCell,
    comment_out,
    join_cells,
    source_and_metadata,
    without_fences,
    write_cell,
)
from cellbridge.core.percent.marker_lines import Style, style_of
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.core.percent.notebook_values import mapping, source_of
from cellbridge.core.percent.prologue import Prologue
from cellbridge.core.percent.source_ends import plain, shows
from cellbridge.core.percent.source_style import SourceStyle, digest

_ROUNDS = 1000
"""Cells that may need mending before a script is given up as it is; each needs one round."""


@dataclass(frozen=True, slots=True)
class ParsedScript:
    """A script as it was read."""

    head: str
    """The text above the first piece."""
    prologue: Prologue
    pieces: list[Piece]
    indexes: list[int]
    """The cell of each piece among the document's."""
    cells: Cells

    @property
    def front(self) -> Mapping[str, Any] | None:
        """The raw cell that the header's other keys are."""
        source = self.prologue.front
        return None if source is None else {"cell_type": "raw", "metadata": {}, "source": source}


def read(cells: Cells) -> ParsedScript:
    """Return what a script holds. Never fails."""
    language = cells.language
    first = cells[0]
    found = prologue.read(first.lines, language)
    count = found.line_count
    if first.has_marker:
        return ParsedScript("", Prologue(), *_pieces(cells, 0), cells)
    rest = first.lines[count:]
    if not any(line.strip() for line in rest):
        return ParsedScript(first.slice, found, *_pieces(cells, 1), cells)
    head = "".join(first.lines[:count])
    body = Cells(language, (type(first)(rest, language), *cells.cells[1:]))
    return ParsedScript(head, found, *_pieces(body, 0), cells)


def _pieces(cells: Cells, first: int) -> tuple[list[Piece], list[int]]:
    pieces = read_pieces(cells.cells[first:], cells.language)
    if pieces and not pieces[-1].text and len(pieces) == 1:
        return [], []
    return pieces, list(range(first, len(cells)))


@dataclass(frozen=True, slots=True)
class ScriptParts:
    """A script in parts."""

    head: str
    slices: list[str]
    """One for each cell of the notebook; empty for one that is in the head."""

    @property
    def text(self) -> str:
        """The whole script."""
        return self.head + "".join(self.slices)


def write(
    notebook: Mapping[str, Any],
    language: Language,
    spelling: SourceStyle | None = None,
    existing: ParsedScript | None = None,
) -> ScriptParts:
    """Return a notebook (nbformat 4, as JSON values) as a script.

    ``spelling`` is by default the style that the notebook remembers; ``existing`` is the script as
    it is now, whose text is kept wherever it still reads the same.
    """
    metadata = mapping(notebook.get("metadata"))
    spelling = spelling or SourceStyle.of(metadata)
    notebook_cells: list[Mapping[str, Any]] = list(notebook["cells"])
    front = _front(notebook_cells, language)
    shown = notebook_cells[1:] if front is not None else notebook_cells
    style = style_of(metadata, language, spelling.lead)
    last = len(shown) - 1
    written = [write_cell(cell, style, is_last=at == last) for at, cell in enumerate(shown)]
    head = _with_ending(
        "\n".join([*prologue.write(spelling.in_script(metadata), front, language), ""]),
        spelling.ending,
    )
    head = _known_head(head if head.strip() else "", spelling, existing, language)
    usual = [_with_ending(text, spelling.ending) for text in join_cells(written, language)]
    slices = _reuse_texts(shown, usual, style, spelling, existing)
    if slices is not usual or not all(cell.closed for cell in written):
        slices = _repair(head, slices, shown, written, style, spelling.ending)
    made = ScriptParts(head, ["", *slices] if front is not None else slices)
    if spelling.whole is not None and digest(made.text) == spelling.whole[0]:
        known = read(parse(Text.of(spelling.whole[1]), language))
        if len(known.pieces) == len(shown):
            texts = [piece.text for piece in known.pieces]
            return ScriptParts(known.head, ["", *texts] if front is not None else texts)
    return made


def _front(cells: Sequence[Mapping[str, Any]], language: Language) -> str | None:
    """Return the raw cell that becomes part of the header, if the header gives its text back."""
    if not cells or cells[0].get("cell_type") != "raw":
        return None
    source = source_of(cells[0])
    return source if prologue.is_front(source, language) else None


def _known_head(
    usual: str, spelling: SourceStyle, existing: ParsedScript | None, language: Language
) -> str:
    """Return the head in its present style, if it reads the same as the head in the usual style."""
    candidates = [existing.head if existing is not None else None, spelling.head]
    wanted = prologue.read(Text.of(usual).lines, language)
    for head in candidates:
        if head is not None and head != usual:
            said = prologue.read(Text.of(head).lines, language)
            same = said.same_header(wanted)
            # All of it must be prologue: blank lines and comments beyond it would be a cell.
            if same and not "".join(Text.of(head).lines[said.line_count :]).strip():
                return head
    return usual


def _with_ending(text: str, ending: str) -> str:
    return text if ending == "\n" else text.replace("\n", ending)


def _reuse_texts(
    shown: Sequence[Mapping[str, Any]],
    usual: list[str],
    style: Style,
    spelling: SourceStyle,
    existing: ParsedScript | None,
) -> list[str]:
    """Return the slices, with known texts wherever these read the same as the usual ones."""
    if not spelling.texts and existing is None:
        return usual
    there: dict[tuple[str, str], deque[Piece]] = defaultdict(deque)
    for piece in existing.pieces if existing is not None else ():
        there[piece.kind.value, plain(piece.source)].append(piece)
    slices: list[str] = []
    for index, cell in enumerate(shown):
        identity = cell.get("id")
        texts: list[str] = []
        if found := there.get((cell["cell_type"], plain(source_of(cell)))):
            texts.append(found.popleft().text)
        if isinstance(identity, str) and identity in spelling.texts:
            texts.append(spelling.texts[identity])
        place = (index == 0, index == len(shown) - 1)
        slices.append(_first_equivalent(texts, cell, usual[index], style, place))
    return slices


def _first_equivalent(
    texts: Sequence[str],
    cell: Mapping[str, Any],
    usual: str,
    style: Style,
    place: tuple[bool, bool],
) -> str:
    """Return the first of ``texts`` that reads as the cell; the usual text without one."""
    is_first, is_last = place
    own = style.chosen.apply(mapping(cell.get("metadata")))
    for text in texts:
        if text == usual:
            return usual
        cells = parse(Text.of(text), style.language)
        if len(cells) != 1 or (not is_first and not cells[0].has_marker):
            continue
        content = read_text(text, style.language).content
        if (
            _is_equivalent(text, content, cell, own)
            or content == read_text(usual, style.language).content
        ):
            return text if is_last or text.endswith(("\n", "\r")) else f"{text}\n"
    return usual


def _is_equivalent(
    text: str,
    content: tuple[str, str, dict[str, Any]],
    cell: Mapping[str, Any],
    own: Mapping[str, Any],
) -> bool:
    """Return whether a text reads as a cell: it holds all that its marker should, and no more."""
    kind, source, metadata = content
    if kind != cell["cell_type"] or not shows(text, source, source_of(cell)):
        return False
    held = mapping(cell.get("metadata"))
    return all(key in held and held[key] == value for key, value in metadata.items()) and all(
        key in metadata or value == [] for key, value in own.items() if key not in SPACING
    )


def _repair(
    head: str,
    slices: list[str],
    shown: Sequence[Mapping[str, Any]],
    written: Sequence[WrittenCell],
    style: Style,
    ending: str,
) -> list[str]:
    """Comment out cells that, seen together, hide or split another one.

    The meaning of a string or a fence that is never closed depends on the text that follows, so a
    cell cannot be checked on its own.
    """
    if not _may_run_on("".join(slices), style.language):
        return slices
    slices = list(slices)
    for _ in range(_ROUNDS):
        broken = _first_broken(head, slices, style.language)
        if broken is None:
            break
        cell = shown[broken]
        if cell["cell_type"] == "code":
            safe = comment_out(*source_and_metadata(cell, style), style)
        else:
            safe = without_fences(written[broken], style.language)
        below = "" if broken == len(slices) - 1 else "\n"
        safe = replace(safe, spacing=written[broken].spacing)
        mended = _with_ending(join_cells([safe], style.language)[0] + below, ending)
        if mended == slices[broken]:
            break
        slices[broken] = mended
    return slices


def _may_run_on(text: str, language: Language) -> bool:
    """Return whether anything in a script can hide a marker: a long string, or a fence."""
    if "```" in text or "~~~" in text:
        return True
    if language.syntax.python:
        return '"""' in text or "'''" in text or "\\\n" in text or "\\\r" in text
    return any(opener in text for opener, _ in language.syntax.spans)


def _first_broken(head: str, slices: Sequence[str], language: Language) -> int | None:
    """Return the cell whose text runs over the next marker, or holds one; None if all is well."""
    if not slices:
        return None
    cells = parse(Text.of(head + "".join(slices)), language)
    read_slices = [cell.slice for cell in cells]
    wanted = list(slices)
    if head and read_slices and read_slices[0] == head:
        read_slices.pop(0)
    elif head:
        wanted[0] = head + wanted[0]
    if read_slices == wanted:
        return None
    for index, (one, other) in enumerate(zip(wanted, read_slices, strict=False)):
        if one != other:
            return index
    return min(len(wanted), len(slices)) - 1 if len(wanted) <= len(slices) else None
