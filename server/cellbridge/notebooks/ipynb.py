"""Notebook files: JSON in, JSON out, with as few changed lines as can be.

Owns: reading any notebook as one of nbformat 4.5, reporting the errors of one that cannot be
read, and writing it the way it was written: the same indentation, the same order of keys, and every
cell that did not change to the byte. It must not know scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from cellbridge.core.json_depth import LEVELS, too_deep
from cellbridge.core.percent.notebook_values import NBFORMAT, IdGenerator, source_of
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.json_spans import Scan, scan
from cellbridge.notebooks.notebook_validation import check, check_whole


@dataclass(frozen=True, slots=True)
class Layout:
    """The style of a notebook file."""

    indent: str | None = " "
    """Of one level; None for all on one line."""
    separators: tuple[str, str] = (",", ": ")
    ascii_only: bool = False
    end: str = "\n"
    sorts: bool = False
    """True to sort all keys, as nbformat does for a file of its own."""
    cells: Mapping[int, tuple[Any, str]] = field(default_factory=dict[int, tuple[Any, str]])
    """Cells as they are written, by the identity of their values (kept alive here)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook that was read."""

    notebook: dict[str, Any]
    """nbformat 4.5, as plain JSON values; sources and texts may be lists of lines.

    Invariant: its cells are never changed in place, as `Layout.cells` knows them by identity.
    """
    layout: Layout


_TOO_DEEP = (
    f"{{}} cannot be read: its values are nested deeper than {LEVELS} levels. "
    "Clear the output that is, in the program that wrote it."
)


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
    major = found.values.get("nbformat")
    if not isinstance(major, int) or isinstance(major, bool):
        raise FileError(f"{shown} is not a notebook: it is JSON without a number nbformat.")
    if major > NBFORMAT[0]:
        raise FileError(
            f"{shown} is a notebook of version {major}; this cellbridge reads up to version "
            f"{NBFORMAT[0]}. Save it in an older version, or update cellbridge."
        )
    if major < NBFORMAT[0]:
        return Document(_add_ids(_upgrade(text, shown)), _layout(text, {}))
    check(found.values, shown)
    notebook = _add_ids(found.values)
    check_whole(notebook, shown)
    cells = cast("list[Any]", notebook["cells"])
    raw = {
        id(cell): (cell, text[start:end])
        for cell, original, (start, end) in zip(
            cells, cast("list[Any]", found.values["cells"]), found.cells, strict=True
        )
        if cell is original
    }
    return Document(notebook, _layout(text, raw))


def _scan(text: str, shown: str) -> Scan:
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


def _upgrade(text: str, shown: str) -> dict[str, Any]:
    import nbformat as untyped  # noqa: PLC0415  # only old notebooks need it

    nbformat: Any = untyped
    try:
        old = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
        return json.loads(json.dumps(nbformat.convert(old, NBFORMAT[0])))
    except Exception as error:  # Boundary: nbformat has many exceptions for broken old notebooks.
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise FileError(
            f"{shown} is an old notebook that cannot be brought up to date: {reason}."
        ) from None


def _add_ids(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook as nbformat 4.5, where each cell has an id of its own."""
    minor = notebook.get("nbformat_minor")
    has_ids = isinstance(minor, int) and minor >= NBFORMAT[1]
    generator = IdGenerator(str(cell["id"]) for cell in notebook["cells"] if "id" in cell)
    seen: set[str] = set()
    cells: list[Any] = []
    for cell in notebook["cells"]:
        identity = cell.get("id")
        if not has_ids or not isinstance(identity, str) or identity in seen:
            identity = generator.new(source_of(cell))
            cells.append(_with_id(cell, identity))
        else:
            cells.append(cell)
        seen.add(identity)
    return {
        **notebook,
        "cells": cells,
        "nbformat_minor": minor if has_ids else NBFORMAT[1],
    }


def _with_id(cell: Mapping[str, Any], identity: str) -> dict[str, Any]:
    """Return a cell with an id, where nbformat puts it: among its sorted keys."""
    made: dict[str, Any] = {}
    for key, value in cell.items():
        if "id" not in made and key > "id":
            made["id"] = identity
        made[key] = value
    made["id"] = identity
    return made


# --- Writing --------------------------------------------------------------------------------------


def write(notebook: Mapping[str, Any], layout: Layout | None = None) -> bytes:
    """Return a notebook's file."""
    layout = layout or Layout(sorts=True)
    parts = [f"{_key(key, layout)}{_value(key, value, layout)}" for key, value in notebook.items()]
    if layout.indent is None:
        text = "{" + layout.separators[0].join(parts) + "}"
    else:
        inner = (",\n" + layout.indent).join(parts)
        text = "{\n" + layout.indent + inner + "\n}"
    return (text + layout.end).encode("utf-8", "backslashreplace")


def _key(key: str, layout: Layout) -> str:
    return json.dumps(key, ensure_ascii=layout.ascii_only) + layout.separators[1]


def _value(key: str, value: Any, layout: Layout) -> str:
    if key != "cells" or not value:
        return _dump(value, layout, 1)
    cells = [_cell(cell, layout) for cell in value]
    if layout.indent is None:
        return "[" + layout.separators[0].join(cells) + "]"
    step = "\n" + layout.indent * 2
    return f"[{step}{(',' + step).join(cells)}\n{layout.indent}]"


def _cell(cell: dict[str, Any], layout: Layout) -> str:
    known = layout.cells.get(id(cell))
    return known[1] if known is not None else _dump(_in_lines(cell), layout, 2)


def _dump(value: Any, layout: Layout, depth: int) -> str:
    text = json.dumps(
        value,
        indent=layout.indent,
        separators=layout.separators,
        ensure_ascii=layout.ascii_only,
        sort_keys=layout.sorts,
    )
    return text if layout.indent is None else text.replace("\n", "\n" + layout.indent * depth)


def _in_lines(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell with its texts as lists of lines, as nbformat writes them."""
    made = {**cell, "source": _lines(cell.get("source", ""))}
    if "outputs" in cell:
        made["outputs"] = [_output_in_lines(output) for output in cell["outputs"]]
    return made


def _output_in_lines(output: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(output)
    if output.get("output_type") == "stream":
        made["text"] = _lines(output.get("text", ""))
    if isinstance(data := output.get("data"), dict):
        bundle = cast("dict[str, Any]", data)
        made["data"] = {kind: _bundle_lines(kind, value) for kind, value in bundle.items()}
    return made


def _bundle_lines(kind: str, value: Any) -> Any:
    is_text = kind.startswith("text/") or kind in {"application/javascript", "image/svg+xml"}
    return _lines(value) if is_text else value


def _lines(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    lines = re.split(r"(?<=\n)", text)
    return lines[:-1] if not lines[-1] else lines


def _layout(text: str, cells: Mapping[int, tuple[Any, str]]) -> Layout:
    end = text[len(text.rstrip()) :].replace("\r\n", "\n")
    ascii_only = text.isascii() and "\\u" in text and _escapes_letters(text)
    found = re.match(r"\s*\{[ \t]*\r?\n([ \t]+)", text)
    if found is None:
        separators = (", ", ": ") if re.match(r'\s*\{\s*"[^"]*": ', text) else (",", ":")
        return Layout(None, separators, ascii_only, end, cells=cells)
    return Layout(found[1], (",", ": "), ascii_only, end, cells=cells)


def _escapes_letters(text: str) -> bool:
    """Return whether characters beyond ASCII that need no escape have one."""
    return re.search(r"\\u00[a-f][0-9a-f]|\\u0[1-9a-f]|\\u[1-9a-f]", text) is not None
