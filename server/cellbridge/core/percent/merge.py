"""A script's cells together with the notebook that is paired with them.

Owns: which cell of the notebook each of the script's is, and what it keeps: all that text cannot
hold. It must not know files.

A cell whose text is what its companion would be written as *is* its companion, untouched. Another
one that is recognised keeps its id, its outputs, its attachments, and the metadata that a marker
does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellbridge.core.document.cell import Cell, CellKind
from cellbridge.core.document.cells import Cells
from cellbridge.core.document.identity import recognise
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Text
from cellbridge.core.percent import script
from cellbridge.core.percent.cell_reader import Piece, read_text
from cellbridge.core.percent.cell_writer import source_of
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.core.percent.metadata_values import mapping
from cellbridge.core.percent.new_notebook import NBFORMAT, IdGenerator, JsonObject, new_cell
from cellbridge.core.percent.prologue import in_header
from cellbridge.core.percent.script import ParsedScript, ScriptParts


def merge_with_companion(reading: ParsedScript, companion: Mapping[str, Any]) -> JsonObject:
    """Return the notebook of a script, with all that its companion holds beyond text."""
    language = reading.cells.language
    known: list[JsonObject] = list(companion["cells"])
    written = script.write(companion, language)
    stored = [(str(index), text) for index, text in enumerate(written.slices) if text]
    has_front = len(known) > len(stored)
    generator = IdGenerator([str(cell.get("id")) for cell in known])
    made: list[JsonObject] = []
    if reading.front is not None:
        made.append(_front(reading.front, known[0] if has_front else None, generator))
    whose = _companions(reading, stored)
    for piece, index in zip(reading.pieces, whose, strict=True):
        if index is None:
            made.append(new_cell(piece, generator.new(piece.text)))
        else:
            made.append(
                _merge_cell(piece, known[index], written.slices[index], language, generator)
            )
    return {
        **companion,
        "cells": made,
        "metadata": _merge_metadata(reading, companion, written),
        "nbformat": NBFORMAT[0],
        "nbformat_minor": max(NBFORMAT[1], int(companion.get("nbformat_minor", 0))),
    }


def _companions(reading: ParsedScript, stored: Sequence[tuple[str, str]]) -> list[int | None]:
    """Return for each piece which of the companion's cells it is."""
    if [piece.text for piece in reading.pieces] == [text for _, text in stored]:
        return [int(name) for name, _ in stored]
    if not stored:
        return [None] * len(reading.pieces)
    language = reading.cells.language
    cells = tuple(Cell(Text.of(piece.text).lines, language) for piece in reading.pieces)
    names = recognise(stored, Cells(language, cells), lambda: "")
    return [int(name) if name else None for name in names]


def _front(
    front: Mapping[str, Any], known: JsonObject | None, generator: IdGenerator
) -> JsonObject:
    if known is None:
        return {**front, "id": generator.new(str(front["source"]))}
    if source_of(known) == front["source"] and "id" in known:
        return known
    return {**known, "source": front["source"]}


def _source(source: str, known: Mapping[str, Any]) -> Any:
    """Return a cell's source in the form the companion has it in, where it is the same."""
    given = known.get("source")
    return given if isinstance(given, list) and "".join(given) == source else source  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON


def _merge_cell(
    piece: Piece, known: JsonObject, text: str, language: Language, generator: IdGenerator
) -> JsonObject:
    identity = known.get("id") or generator.new(piece.text)
    if piece.text == text:
        return known if "id" in known else {**known, "id": identity}
    held = read_text(text, language)
    own = mapping(known.get("metadata"))
    kept = {
        key: value
        for key, value in own.items()
        if key in piece.metadata
        or (key not in SPACING and (key not in held.metadata or held.metadata[key] != value))
    }
    made: JsonObject = {**known, "id": identity, "metadata": kept | piece.metadata}
    same_kind = piece.kind.value == known["cell_type"]
    if not same_kind or piece.source != held.source:
        made["source"] = _source(piece.source, known)
    if same_kind:
        return made
    fresh = new_cell(piece, identity)
    if piece.kind is not CellKind.CODE and known["cell_type"] != CellKind.CODE:
        return {**made, "cell_type": piece.kind.value}
    return {**fresh, "metadata": made["metadata"]}


def _merge_metadata(
    reading: ParsedScript, companion: Mapping[str, Any], written: ScriptParts
) -> JsonObject:
    own = dict(mapping(companion.get("metadata")))
    if reading.head == written.head:
        return own
    found = reading.prologue.metadata
    if reading.prologue.has_jupyter:
        in_text = in_header(own, reading.cells.language)
        return {key: value for key, value in own.items() if key not in in_text} | found
    # No header is wanted; the values of an earlier one stay in the notebook.
    said = {"executable", "encoding"}
    jupytext = {k: v for k, v in mapping(own.get("jupytext")).items() if k not in said}
    if reading.front is None and in_header(own, reading.cells.language):
        jupytext["notebook_metadata_filter"] = "-all"
    return own | {"jupytext": {**jupytext, **mapping(found.get("jupytext"))}}
