"""A file's bytes as cells for an editor of notebooks, and edited cells as the file's bytes.

Owns: finding the editor's changes. It must not know the origin of outputs, nor read or write files.

Invariant: `open_document` and then `write_document` without a change return the file, to the byte;
and an untouched cell keeps its slice of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.header import header_of
from cellbridge.core.document.languages import Language, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert, script
from cellbridge.core.percent.cell_reader import read_text
from cellbridge.core.percent.notebook_values import IdGenerator, JsonObject, source_of
from cellbridge.core.percent.script import ParsedScript
from cellbridge.core.percent.source_style import SourceStyle
from cellbridge.notebooks import ipynb, script_files
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.file_conversion import NOTEBOOK
from cellbridge.notebooks.ipynb import Layout


@dataclass(frozen=True, slots=True)
class EditedCell:
    """A cell as an editor has it."""

    id: str
    """The id that it had in the file; empty for a new one."""
    kind: str
    """``code``, ``markdown`` or ``raw``."""
    source: str
    metadata: JsonObject
    """Taken over for cells that the file does not hold."""
    count: int | None = None
    outputs: Sequence[JsonObject] | None = None
    """In notebooks' own form; None for those that the file holds."""


@dataclass(frozen=True, slots=True)
class Script:
    """The text and the style of a script."""

    content: str
    reading: ParsedScript
    has_mark: bool
    """It begins with a byte order mark."""


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A file that was taken apart."""

    data: bytes
    notebook: JsonObject
    language: Language
    written: Layout | Script
    """The style of the file."""
    note: str = ""
    """The places that were mended, in a sentence; empty without any."""


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a notebook's cell in a script."""

    index: int
    """The script's cell, counted from 0."""
    line: int
    """The script's line that holds the first line of the cell's source."""


def open_document(data: bytes, name: str) -> OpenedDocument:
    """Return the cells of the file ``name``, a script or a notebook by its ending.

    Raises:
        FileError: the file is none of the two, with the place.
    """
    if name.endswith(f".{NOTEBOOK}"):
        document = ipynb.read(data, name)
        language = convert.language_in(document.notebook)
        note = document.repairs.sentence("The notebook")
        return OpenedDocument(data, document.notebook, language, document.layout, note)
    text = script_files.decode(data, name)
    language = language_of(name)
    cells = parse(Text.of(text.content), language)
    if other := header_of(cells[0].lines, language).other_format:
        raise FileError(
            f"{name} is in jupytext's {other} format; convert it with cellbridge convert first."
        )
    written = Script(text.content, script.read(cells), text.has_mark)
    return OpenedDocument(data, convert.to_notebook(cells), language, written)


def write_document(opened: OpenedDocument, cells: Sequence[EditedCell], name: str) -> bytes:
    """Return the file with the cells as they were edited.

    Raises:
        FileError: a script's text cannot be written in its encoding.
    """
    made = apply_edits(opened, cells)
    if _is_unchanged(opened, made):
        return opened.data
    if isinstance(opened.written, Layout):
        return ipynb.write(made, opened.written)
    return script_files.encode(_text(opened, made), name, has_mark=opened.written.has_mark)


def as_script(
    opened: OpenedDocument, cells: Sequence[EditedCell]
) -> tuple[str, list[Place | None]]:
    """Return the edited cells as the text of a script, and the position of each in it.

    A cell without a place of its own, such as the one that becomes the script's header, has None.
    """
    made = apply_edits(opened, cells)
    text = _text(opened, made)
    return text, _places(parse(Text.of(text), opened.language), len(made["cells"]))


def apply_edits(opened: OpenedDocument, cells: Sequence[EditedCell]) -> JsonObject:
    """Return the notebook with the edited cells; untouched ones are the same objects."""
    known: dict[str, JsonObject] = {str(cell.get("id")): cell for cell in opened.notebook["cells"]}
    generator = IdGenerator([*known, *(cell.id for cell in cells)])
    used: set[str] = set()
    made: list[JsonObject] = []
    for cell in cells:
        held = known.get(cell.id)
        # A copy has the id of what it is a copy of.
        identity = cell.id if cell.id and cell.id not in used else generator.new(cell.source)
        used.add(identity)
        made.append(_updated_cell(cell, held, identity))
    return {**opened.notebook, "cells": made}


def _updated_cell(cell: EditedCell, held: JsonObject | None, identity: str) -> JsonObject:
    if held is not None and held.get("id") == identity and _is_same(held, cell):
        return held
    metadata = cell.metadata if held is None else held.get("metadata", {})
    made: JsonObject = {"cell_type": cell.kind, "id": identity, "metadata": metadata}
    if held is not None and held["cell_type"] == cell.kind:
        made = {**held, "id": identity}
    elif cell.kind == "code":
        made = {"cell_type": cell.kind, "execution_count": None, "id": identity}
        made |= {"metadata": metadata, "outputs": []}
    if held is None or _lines(source_of(held)) != _lines(cell.source):
        made["source"] = cell.source
    elif "source" not in made:
        made["source"] = held["source"]
    if cell.kind == "code" and cell.outputs is not None:
        made |= {"execution_count": cell.count, "outputs": list(cell.outputs)}
    return made


def _is_same(held: JsonObject, cell: EditedCell) -> bool:
    """Return whether a cell of the file has the same content as the edited one."""
    same = held["cell_type"] == cell.kind and _lines(source_of(held)) == _lines(cell.source)
    if not same or cell.kind != "code" or cell.outputs is None:
        return same
    return held.get("outputs") == cell.outputs and held.get("execution_count") == cell.count


def _lines(source: str) -> str:
    """Return a source with one kind of line ending, as editors show it."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _text(opened: OpenedDocument, made: JsonObject) -> str:
    """Return a notebook as a script, in which untouched cells keep their text."""
    written = opened.written
    if not isinstance(written, Script):
        return convert.to_script(made, opened.language)
    if _is_unchanged(opened, made):
        return written.content
    reading, before = written.reading, opened.notebook["cells"]
    spelling = replace(SourceStyle.of(made["metadata"]), head=reading.head, texts={}, whole=None)
    usual = script.write(made, opened.language, spelling)
    spelling = replace(spelling, texts=_cell_texts(opened, reading, made, usual.slices))
    slices = script.write(made, opened.language, spelling)
    first = before[0] if before else None
    if reading.front is not None and (not made["cells"] or made["cells"][0] is not first):
        return slices.text
    # The header keeps its text: only its own cell can be edited.
    return replace(slices, head=reading.head).text


def _cell_texts(
    opened: OpenedDocument, reading: ParsedScript, made: JsonObject, usual: Sequence[str]
) -> dict[str, str]:
    """Return the text of each cell that the script holds, by its id.

    As it was; where it was edited, with its own marker line; and with other blank lines below where
    it has become the last one, or is it no more.
    """
    before = opened.notebook["cells"]
    own = before[1:] if reading.front is not None else before
    held = {cell["id"]: (cell, piece) for cell, piece in zip(own, reading.pieces, strict=True)}
    found: dict[str, str] = {}
    for cell, text in zip(made["cells"], usual, strict=True):
        old, piece = held.get(cell["id"], (None, None))
        if old is None or piece is None:
            continue
        spelt = piece.text
        if old is not cell:
            spelt = "".join([*Text.of(piece.text).lines[:1], *Text.of(text).lines[1:]])
        moved = (old is own[-1]) != (cell is made["cells"][-1])
        below = text if moved and old is cell else piece.text
        known = _bare(spelt) + below[len(_bare(below)) :]
        # A marker may have to state blank lines that were added to the cell's end, or removed.
        if old is cell or read_text(known, opened.language).source == source_of(cell):
            found[cell["id"]] = known
    return found


def _bare(text: str) -> str:
    return text.rstrip("\r\n")


def _is_unchanged(opened: OpenedDocument, made: JsonObject) -> bool:
    before, after = opened.notebook["cells"], made["cells"]
    return len(before) == len(after) and all(
        one is other for one, other in zip(before, after, strict=True)
    )


def _places(cells: Cells, count: int) -> list[Place | None]:
    reading = script.read(cells)
    places: list[Place | None] = [None] if reading.front is not None else []
    # Text below the header, in the header's cell, begins after it.
    head = len(Text.of(reading.head).lines) - 1 if reading.head else 0
    for index in reading.indexes:
        cell = cells[index]
        above = cell.body_offset if cell.has_marker else head
        places.append(Place(index, cells.first_line(index) + above))
    # Rarely, cells read otherwise than they were written: no place is better than a wrong one.
    return places if len(places) == count else [None] * count
