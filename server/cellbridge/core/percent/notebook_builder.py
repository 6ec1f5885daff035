"""The notebook of a script: built from the script alone, or merged with its companion.

Owns: the shape of new cells, the contents that a companion keeps because text cannot
hold them, and finding the script's deviations from the usual style. It must not know files.

A cell whose text is the text of its companion *is* its companion, untouched. Any other recognised
cell keeps its id, its outputs, its attachments, and the metadata that a marker does not hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cellbridge.core.document.cell import Cell, CellKind
from cellbridge.core.document.cells import Cells
from cellbridge.core.document.identity import recognise
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Text
from cellbridge.core.percent import script
from cellbridge.core.percent.cell_reader import Piece, read_text
from cellbridge.core.percent.kernel_metadata import (
    KERNEL_KEYS,
    KernelLabel,
    not_in_script,
    with_kernel,
)
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.core.percent.notebook_values import (
    NBFORMAT,
    IdGenerator,
    JsonObject,
    in_file_order,
    mapping,
    source_of,
)
from cellbridge.core.percent.prologue import in_header
from cellbridge.core.percent.script import ParsedScript, ScriptParts
from cellbridge.core.percent.source_ends import shows
from cellbridge.core.percent.source_style import SourceStyle, digest


def build_notebook(
    reading: ParsedScript, companion: Mapping[str, Any] | None, kernel: KernelLabel | None
) -> JsonObject:
    """Return the notebook of a script; ``companion`` adds the contents that text cannot hold."""
    made = _new_notebook(reading) if companion is None else _merge_notebook(reading, companion)
    made["metadata"] = _metadata_with_kernel(made["metadata"], reading, companion, kernel)
    _record_style(made, reading)
    return made


def _new_notebook(reading: ParsedScript) -> JsonObject:
    """Return the notebook that a script alone makes."""
    generator = IdGenerator()
    made: list[JsonObject] = []
    if reading.front is not None:
        made.append({**reading.front, "id": generator.new(str(reading.front["source"]))})
    made += [_new_cell(piece, generator.new(piece.text)) for piece in reading.pieces]
    metadata = dict(reading.prologue.metadata)
    if not reading.prologue.has_jupyter:
        metadata["jupytext"] = _bare_script(reading) | metadata.get("jupytext", {})
    return {
        "cells": made,
        "metadata": metadata,
        "nbformat": NBFORMAT[0],
        "nbformat_minor": NBFORMAT[1],
    }


def _metadata_with_kernel(
    metadata: JsonObject,
    reading: ParsedScript,
    companion: Mapping[str, Any] | None,
    kernel: KernelLabel | None,
) -> JsonObject:
    """Return the metadata with the kernel's; a companion has the ones that its notebook needs."""
    spec = metadata.get("kernelspec")
    known = mapping(companion and companion.get("metadata"))
    lacks_names = spec is not None and not mapping(spec).get("display_name")
    # The companion is a valid notebook, so that what it has needs no names.
    if companion is None or (lacks_names and spec != known.get("kernelspec")):
        return with_kernel(metadata, kernel, reading.cells.language)
    return metadata | {key: known[key] for key in KERNEL_KEYS if key in known.keys() - metadata}


def _bare_script(reading: ParsedScript) -> JsonObject:
    """Return what keeps a script without header without one, in jupytext's own words."""
    keys = {key for piece in reading.pieces for key in piece.metadata} - SPACING
    return {
        "cell_metadata_filter": ",".join([*sorted(keys), "-all"]),
        "main_language": reading.cells.language.name,
        "notebook_metadata_filter": "-all",
    }


def _new_cell(piece: Piece, identity: str) -> JsonObject:
    """Return a notebook's cell, with the keys in the order in which nbformat writes them."""
    made: JsonObject = {"cell_type": piece.kind.value, "id": identity}
    if piece.kind is CellKind.CODE:
        made = {"cell_type": piece.kind.value, "execution_count": None, "id": identity}
    # A marker with another order is a deviation from the usual style, which is recorded.
    made["metadata"] = in_file_order(piece.metadata)
    if piece.kind is CellKind.CODE:
        made["outputs"] = []
    made["source"] = piece.source
    return made


# --- With a companion -----------------------------------------------------------------------------


def _merge_notebook(reading: ParsedScript, companion: Mapping[str, Any]) -> JsonObject:
    """Return the notebook of a script, with all that its companion holds beyond text."""
    language = reading.cells.language
    known: list[JsonObject] = list(companion["cells"])
    written = script.write(companion, language)
    stored = [(str(index), text) for index, text in enumerate(written.slices) if text]
    has_front = len(known) > len(stored)
    generator = IdGenerator([str(cell.get("id")) for cell in known])
    made: list[JsonObject] = []
    if reading.front is not None:
        made.append(_merge_front(reading.front, known[0] if has_front else None, generator))
    whose = _companions(reading, stored)
    for piece, index in zip(reading.pieces, whose, strict=True):
        if index is None:
            made.append(_new_cell(piece, generator.new(piece.text)))
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
    cells = tuple(Cell(tuple(Text.of(piece.text).lines), language) for piece in reading.pieces)
    names = recognise(stored, Cells(language, cells), lambda: "")
    return [int(name) if name else None for name in names]


def _merge_front(
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
    is_shown = piece.source == held.source or shows(piece.text, piece.source, source_of(known))
    if not same_kind or not is_shown:
        made["source"] = _source(piece.source, known)
    if same_kind:
        return made
    fresh = _new_cell(piece, identity)
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


# --- Style ----------------------------------------------------------------------------------------


def _record_style(made: dict[str, Any], reading: ParsedScript) -> None:
    """Store a script's deviations from the usual style in its new notebook."""
    content = "".join([cell.slice for cell in reading.cells])
    language = reading.cells.language
    added = not_in_script(made["metadata"], reading.prologue.metadata, language)
    spelling = SourceStyle(_ending(content), _lead(reading, language), added=added)
    usual = script.write(made, language, spelling)
    shown = made["cells"][1:] if reading.front is not None else made["cells"]
    slices = usual.slices[1:] if reading.front is not None else usual.slices
    texts = {
        cell["id"]: piece.text
        for cell, piece, text in zip(shown, reading.pieces, slices, strict=True)
        if piece.text != text
    }
    head = reading.head if reading.head != usual.head else None
    if not texts and head is None:
        spelling.store_in(made["metadata"])
        return
    exact = replace(spelling, head=head, texts=texts)
    exact.store_in(made["metadata"])
    if script.write(made, language).text != content:
        # Rare: cells that read otherwise on their own than next to one another.
        whole = replace(spelling, whole=(digest(usual.text), content))
        whole.store_in(made["metadata"])


def _ending(content: str) -> str:
    """Return the line ending that most lines have."""
    pairs = content.count("\r\n")
    found = {
        "\n": content.count("\n") - pairs,
        "\r\n": pairs,
        "\r": content.count("\r") - pairs,
    }
    return max(found, key=lambda ending: found[ending])


def _lead(reading: ParsedScript, language: Language) -> str | None:
    """Return what most markers begin with; None if it is the usual."""
    pattern = re.compile(rf"{re.escape(language.comment)}\s*%%(?=[%\s]|$)")
    found = Counter(
        match.group() for piece in reading.pieces if (match := pattern.match(piece.text))
    )
    lead = found.most_common(1)[0][0] if found else None
    return None if lead == f"{language.comment} %%" else lead
