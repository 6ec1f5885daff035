"""New notebooks, made from a script's cells.

Owns: the shape of new cells, their ids, and the metadata of a notebook made of a script alone. It
must not know other notebooks.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from cellbridge.core.document.cell import CellKind
from cellbridge.core.percent.cell_reader import Piece
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.core.percent.script import ParsedScript

NBFORMAT = (4, 5)
"""The version of the notebook format that is written."""

JsonObject = dict[str, Any]


def create_notebook(reading: ParsedScript) -> JsonObject:
    """Return the notebook that a script alone makes."""
    generator = IdGenerator()
    made: list[JsonObject] = []
    if reading.front is not None:
        made.append({**reading.front, "id": generator.new(str(reading.front["source"]))})
    made += [new_cell(piece, generator.new(piece.text)) for piece in reading.pieces]
    metadata = dict(reading.prologue.metadata)
    if not reading.prologue.has_jupyter:
        metadata["jupytext"] = _bare_script(reading) | metadata.get("jupytext", {})
    return {
        "cells": made,
        "metadata": metadata,
        "nbformat": NBFORMAT[0],
        "nbformat_minor": NBFORMAT[1],
    }


def _bare_script(reading: ParsedScript) -> JsonObject:
    """Return what keeps a script without header without one, in jupytext's own words."""
    keys = {key for piece in reading.pieces for key in piece.metadata} - SPACING
    return {
        "cell_metadata_filter": ",".join([*sorted(keys), "-all"]),
        "main_language": reading.cells.language.name,
        "notebook_metadata_filter": "-all",
    }


def new_cell(piece: Piece, identity: str) -> JsonObject:
    """Return a notebook's cell, with the keys in the order in which nbformat writes them."""
    made: JsonObject = {"cell_type": piece.kind.value, "id": identity}
    if piece.kind is CellKind.CODE:
        made = {"cell_type": piece.kind.value, "execution_count": None, "id": identity}
    made["metadata"] = piece.metadata
    if piece.kind is CellKind.CODE:
        made["outputs"] = []
    made["source"] = piece.source
    return made


class IdGenerator:
    """Makes ids of texts; equal texts get different ones, the same each time."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._seen: Counter[str] = Counter()
        self._taken = set(taken)

    def new(self, text: str) -> str:
        """Return an id that was not given before."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        while True:
            self._seen[digest] += 1
            count = self._seen[digest]
            identity = digest if count == 1 else f"{digest}-{count}"
            if identity not in self._taken:
                return identity
