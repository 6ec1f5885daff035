"""Notebooks that deviate from the format, read wherever their meaning is plain.

Owns: the meaning of such notebooks and cells, and the list of what was mended. It must not know
files or scripts.

Other programs, generators and language models write notebooks that nbformat's schema refuses:
without ``outputs``, with ``"*"`` as a count, with an id twice. Every reader of notebooks in
Cellbridge gets them through `repair`, which returns a valid nbformat 4.5 value. Valid cells are
returned as the same objects, so that they keep their bytes when the notebook is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, cast

from cellbridge.core.percent.notebook_values import NBFORMAT, JsonObject, mapping, source_of
from cellbridge.notebooks.cell_ids import repair_ids
from cellbridge.notebooks.metadata_repair import repair_cell_metadata, repair_notebook_metadata
from cellbridge.notebooks.output_repair import (
    insert,
    is_empty,
    is_text,
    repair_bundle,
    repair_outputs,
    to_count,
    to_text,
    unchanged,
)

_SHOWN_CELLS = 4
_KINDS = ("code", "markdown", "raw")
_OTHER_KINDS = {
    "md": "markdown",
    "text": "markdown",
    "html": "markdown",
    "heading": "markdown",
    "rawnbconvert": "raw",
    "raw nbconvert": "raw",
    "python": "code",
    "source": "code",
}
_WITHOUT_IDS = NBFORMAT[1] - 1
_CELL_KEYS = {"cell_type", "id", "metadata", "source"}
_OWN_KEYS = {
    "code": _CELL_KEYS | {"outputs", "execution_count"},
    "markdown": _CELL_KEYS | {"attachments"},
    "raw": _CELL_KEYS | {"attachments"},
}
_NOTEBOOK_KEYS = {"cells", "metadata", "nbformat", "nbformat_minor"}
_EARLIER_KEYS = {"input", "prompt_number", "language", "level", "execution_count"}
"""Keys of version 3 or of another kind of cell, whose values have been read or are of no use."""


class UnreadableError(Exception):
    """The meaning of a notebook is not plain; the text completes "… is not a valid notebook:"."""


@dataclass(slots=True)
class RepairLog:
    """The keys that were mended, by the number of the cell; 0 is the notebook."""

    found: dict[int, list[str]] = field(default_factory=dict[int, list[str]])

    def add(self, number: int, key: str) -> None:
        """Report that a key was mended."""
        keys = self.found.setdefault(number, [])
        if key not in keys:
            keys.append(key)

    def sentence(self, shown: str) -> str:
        """Return what was mended, as one sentence; empty if nothing was."""
        if not self.found:
            return ""
        places = [
            f"{f'cell {number}' if number else 'the notebook'} ({', '.join(sorted(keys))})"
            for number, keys in sorted(self.found.items())
        ]
        if (more := len(places) - _SHOWN_CELLS) > 0:
            places[_SHOWN_CELLS:] = [f"{more} more cell{'s' if more > 1 else ''}"]
        listed = " and ".join(filter(None, (", ".join(places[:-1]), places[-1])))
        return (
            f"{shown} deviates from the notebook format and was mended while it was read, in "
            f"{listed}; the mended form is kept when the notebook is written next."
        )


@dataclass(frozen=True, slots=True)
class Repaired:
    """A notebook as nbformat 4.5 has it."""

    notebook: JsonObject
    log: RepairLog
    minor: int
    """The minor version for its file."""


def major_version(values: Mapping[str, Any]) -> int | None:
    """Return the major version of a notebook; None for an object that is none."""
    given = values.get("nbformat")
    version = to_count(given)
    if version is None and is_empty(given):
        version = NBFORMAT[0] if "cells" in values else 3 if "worksheets" in values else None
    if version in {2, 3} and isinstance(values.get("cells"), list) and "worksheets" not in values:
        return NBFORMAT[0]  # Those versions have worksheets.
    return version


def has_worksheets_only(values: Mapping[str, Any]) -> bool:
    """Return whether the cells are in worksheets, as in version 3."""
    return not values.get("cells") and isinstance(values.get("worksheets"), list)


def flatten_worksheets(values: Mapping[str, Any]) -> JsonObject:
    """Return a notebook of version 3 with its cells in one list; their keys stay as they are."""
    cells: list[Any] = []
    for sheet in values["worksheets"]:
        held = cast("JsonObject", sheet).get("cells") if isinstance(sheet, dict) else None
        cells += cast("list[Any]", held) if isinstance(held, list) else []
    rest = {key: value for key, value in values.items() if key not in {"worksheets", "cells"}}
    return {**rest, "cells": cells, "nbformat": NBFORMAT[0], "nbformat_minor": _WITHOUT_IDS}


def repair(values: JsonObject, log: RepairLog | None = None) -> Repaired:
    """Return a notebook of version 4 as a valid one, with the mended keys.

    Raises:
        UnreadableError: the meaning is not plain, with the cell and the key.
    """
    log = log or RepairLog()
    given = values.get("cells")
    if not isinstance(given, list):
        raise UnreadableError("it has no list of cells")
    # A later minor version may have keys that are unknown here.
    is_later = (to_count(values.get("nbformat_minor")) or 0) > NBFORMAT[1]
    before = cast("list[object]", given)
    cells = [
        _repair_cell(cell, number, log, is_later=is_later) for number, cell in enumerate(before, 1)
    ]
    minor = _minor_version(values, cells)
    cells = repair_ids(cells, lambda number: log.add(number, "id"))
    made = {**values, "nbformat": NBFORMAT[0], "nbformat_minor": minor}
    made = _repair_top(made, log, is_later=is_later)
    for key in {**values, **made}:
        if key != "metadata" and (key not in made or made[key] is not values.get(key)):
            log.add(0, key)
    return Repaired({**made, "cells": cells, "nbformat_minor": max(minor, NBFORMAT[1])}, log, minor)


def _minor_version(values: Mapping[str, Any], cells: Sequence[JsonObject]) -> int:
    given = values.get("nbformat_minor")
    minor = given if type(given) is int and given >= 0 else to_count(given)
    has_ids = any("id" in cell for cell in cells)
    if minor is None or (minor < NBFORMAT[1] and has_ids):
        # Ids are valid from 4.5 on.
        return NBFORMAT[1] if has_ids else _WITHOUT_IDS
    return minor


def _repair_top(values: JsonObject, log: RepairLog, *, is_later: bool) -> JsonObject:
    """Return a notebook with valid metadata, and no other keys than the format has."""
    given = values.get("metadata")
    if not isinstance(given, dict) and not is_empty(given):
        raise UnreadableError("its metadata is not an object")
    metadata = dict(mapping(given)) if not isinstance(given, dict) else cast("JsonObject", given)
    if metadata is not given:
        log.add(0, "metadata")
    if not is_later:
        values, metadata = _without_other_keys(values, metadata, _NOTEBOOK_KEYS)
    metadata = repair_notebook_metadata(metadata, lambda key: log.add(0, f"metadata.{key}"))
    return _set(values, "metadata", metadata)


# --- Cells ----------------------------------------------------------------------------------------


def _repair_cell(value: object, number: int, log: RepairLog, *, is_later: bool) -> JsonObject:
    if not isinstance(value, dict):
        raise UnreadableError(f"cell {number} is not an object")
    cell = cast("JsonObject", value)
    kind = _kind(cell, number)
    inner: dict[str, list[str]] = {"metadata": [], "outputs": []}
    made = cell if cell.get("cell_type") == kind else {**cell, "cell_type": kind}
    made = _set(made, "source", _source(cell, number))
    if kind == "code":
        made = _repair_code(made, inner["outputs"].append)
    elif "attachments" in made:
        made = _repair_attachments(made)
    metadata = _metadata(made, number)
    if not is_later:
        made, metadata = _without_other_keys(made, metadata, _OWN_KEYS[kind])
    metadata = repair_cell_metadata(metadata, kind, inner["metadata"].append)
    made = _set(made, "metadata", metadata)

    def report(key: str) -> None:
        for one in inner.get(key) or [""]:
            log.add(number, f"{key}.{one}" if one not in {"", key} else key)

    return unchanged(made, cell, report)


def _set(cell: JsonObject, key: str, value: Any) -> JsonObject:
    if key in cell:
        return cell if cell[key] is value else {**cell, key: value}
    return insert(cell, key, value)


def _kind(cell: Mapping[str, Any], number: int) -> str:
    given = cell.get("cell_type")
    if isinstance(given, str):
        word = given.strip().lower()
        if word in _KINDS or word in _OTHER_KINDS:
            return _OTHER_KINDS.get(word, word)
    elif is_empty(given) and ("outputs" in cell or "execution_count" in cell):
        return "code"
    if given is None:
        raise UnreadableError(f"cell {number} has no cell_type, such as code, markdown or raw")
    raise UnreadableError(
        f"cell {number} has the cell_type {given!r:.40} instead of code, markdown or raw"
    )


def _source(cell: Mapping[str, Any], number: int) -> Any:
    given = cell.get("source", cell.get("input"))
    if isinstance(given, dict):
        raise UnreadableError(f"cell {number} has a source that is not text")
    source = given if is_text(given) else to_text(given)
    if str(cell.get("cell_type")).strip().lower() != "heading":
        return source
    level = to_count(cell.get("level"))
    title = " ".join(source_of({"source": source}).splitlines())
    return f"{'#' * min(max(level or 1, 1), 6)} {title}"


def _metadata(cell: Mapping[str, Any], number: int) -> JsonObject:
    given = cell.get("metadata")
    if isinstance(given, dict):
        return cast("JsonObject", given)
    if is_empty(given):
        return {}
    raise UnreadableError(f"cell {number} has metadata that are not an object")


def _repair_code(cell: JsonObject, mend: Callable[[str], None]) -> JsonObject:
    given = cell.get("execution_count", cell.get("prompt_number"))
    count = given if given is None or (type(given) is int and given >= 0) else to_count(given)
    cell = _set(cell, "execution_count", count)
    return _set(cell, "outputs", repair_outputs(cell.get("outputs"), count, mend))


def _repair_attachments(cell: JsonObject) -> JsonObject:
    given = cell["attachments"]
    if not isinstance(given, dict):
        return {key: value for key, value in cell.items() if key != "attachments"}
    files = cast("JsonObject", given)
    made = {name: repair_bundle(bundle) for name, bundle in files.items()}
    return (
        cell
        if all(made[name] is files[name] for name in files)
        else _set(cell, "attachments", made)
    )


def _without_other_keys(
    values: JsonObject, metadata: JsonObject, known: AbstractSet[str]
) -> tuple[JsonObject, JsonObject]:
    """Return an object with the known keys only; the values of others go into its metadata."""
    others = {key: value for key, value in values.items() if key not in known}
    if not others:
        return values, metadata
    kept = {
        key: value
        for key, value in others.items()
        if not is_empty(value) and key not in _EARLIER_KEYS
    }
    made = {key: value for key, value in values.items() if key in known}
    return made, {**kept, **metadata} if kept else metadata
