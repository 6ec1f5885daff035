"""Notebook files: JSON in, JSON out, with as few changed lines as can be.

Owns: reading any notebook as one of nbformat 4.5, and reporting the errors of one that cannot be
read. `notebook_repair` owns the meaning of notebooks that deviate from the format, and
`notebook_writing` the way back into the file. It must not know scripts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cellbridge.core.json_depth import LEVELS, too_deep
from cellbridge.core.percent.notebook_values import NBFORMAT, JsonObject
from cellbridge.notebooks import notebook_repair
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.json_spans import ObjectSpans, scan
from cellbridge.notebooks.json_splice import JsonStyle
from cellbridge.notebooks.notebook_repair import Repaired, RepairLog, UnreadableError
from cellbridge.notebooks.notebook_validation import check_surrogates, check_whole
from cellbridge.notebooks.notebook_writing import Layout, write

__all__ = ["Document", "Layout", "read", "write"]


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook that was read."""

    notebook: dict[str, Any]
    """nbformat 4.5, as plain JSON values; sources and texts may be lists of lines.

    Invariant: its cells are never changed in place, as `Layout.cells` knows them by identity.
    """
    layout: Layout
    repairs: RepairLog
    """The places that were mended."""
    shown: str = ""

    @property
    def note(self) -> str:
        """The places that were mended, in a sentence; empty for a valid notebook."""
        return self.repairs.sentence(self.shown)


_TOO_DEEP = (
    f"{{}} cannot be read: its values are nested deeper than {LEVELS} levels. "
    "Clear the output that is, in the program that wrote it."
)
_MARK = b"\xef\xbb\xbf"


def read(data: bytes, shown: str) -> Document:
    """Return the notebook that a file holds.

    Raises:
        FileError: it is none, with the place.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{shown} is not a notebook: byte {error.start} is not UTF-8.") from None
    if not text.strip():
        raise FileError(f"{shown} is not a notebook: it is empty. An empty notebook has cells: [].")
    if too_deep(data):
        raise FileError(_TOO_DEEP.format(shown))
    found = _scan(text, shown)
    values = found.values
    major = notebook_repair.major_version(values)
    if major is None:
        raise FileError(f"{shown} is not a notebook: it is JSON without a number nbformat.")
    if major > NBFORMAT[0]:
        raise FileError(
            f"{shown} is a notebook of version {major}; this cellbridge reads up to version "
            f"{NBFORMAT[0]}. Save it in an older version, or update cellbridge."
        )
    log = RepairLog()
    if data.startswith(_MARK):
        log.add(0, "byte order mark")
    is_old = major < NBFORMAT[0] or notebook_repair.has_worksheets_only(values)
    repaired = _repair(_upgrade(values, major, log, shown) if is_old else values, log, shown)
    notebook = repaired.notebook
    check_surrogates(notebook, text, shown)
    check_whole(notebook, shown)
    if is_old:
        end = text[len(text.rstrip()) :].replace("\r\n", "\n")
        return Document(notebook, Layout(JsonStyle.of(text), end), log, shown)
    return Document(notebook, _layout(text, found, notebook, repaired.minor), log, shown)


def _repair(values: JsonObject, log: RepairLog, shown: str) -> Repaired:
    try:
        return notebook_repair.repair(values, log)
    except UnreadableError as error:
        raise FileError(f"{shown} is not a valid notebook: {error}.") from None


def _layout(text: str, found: ObjectSpans, notebook: JsonObject, minor: int) -> Layout:
    style = JsonStyle.of(text)
    array = found.cells
    items = array.items if array is not None else ()
    cells: dict[int, tuple[JsonObject, int]] = {}
    unchanged: set[int] = set()
    keeps_missing = found.values.get("nbformat_minor") == minor
    for index, (cell, item) in enumerate(zip(notebook["cells"], items, strict=True)):
        cells[id(cell)] = (cell, index)
        if cell is item.value or (keeps_missing and _lacks_only_id(item.value, cell)):
            unchanged.add(index)
    return Layout(style, "", text, found, minor, cells, frozenset(unchanged))


def _lacks_only_id(before: JsonObject, cell: JsonObject) -> bool:
    return (
        "id" not in before
        and cell.keys() == {"id", *before}
        and all(cell[key] is value for key, value in before.items())
    )


def _scan(text: str, shown: str) -> ObjectSpans:
    try:
        found = scan(text)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip())
        what = "it ends too early, so a part of it is missing" if ended else error.msg.lower()
        raise FileError(
            f"{shown} is not valid JSON on line {error.lineno}, column {error.colno}: {what}."
        ) from None
    except RecursionError:
        raise FileError(_TOO_DEEP.format(shown)) from None
    if found is None:
        raise FileError(f"{shown} is not a notebook: its JSON is not an object.")
    return found


def _upgrade(values: JsonObject, major: int, log: RepairLog, shown: str) -> JsonObject:
    """Return a notebook of an earlier version as one of version 4."""
    if major < NBFORMAT[0]:
        import nbformat as untyped  # noqa: PLC0415  # only old notebooks need it

        nbformat: Any = untyped
        try:
            old = nbformat.reads(json.dumps(values), as_version=nbformat.NO_CONVERT)
            return json.loads(json.dumps(nbformat.convert(old, NBFORMAT[0])))
        except Exception as error:  # Boundary: nbformat has many exceptions for old notebooks.
            reason = str(error).partition("\n")[0] or type(error).__name__
            if not isinstance(values.get("worksheets"), list):
                raise FileError(
                    f"{shown} is an old notebook that cannot be brought up to date: {reason}."
                ) from None
    log.add(0, "worksheets")
    return notebook_repair.flatten_worksheets(values)
