"""Notebooks written the way they were: what did not change keeps its bytes.

Owns: finding what changed since a notebook was read, and the form of texts in it: one string or a
list of lines. It must not read notebooks.

A file of version 4.0 to 4.4 stays one, without ids. Where a cell has no id in its file, it gets
none unless its content changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from cellbridge.core.percent.notebook_values import NBFORMAT, JsonObject, mapping, source_of
from cellbridge.notebooks.cell_ids import generated_ids
from cellbridge.notebooks.json_spans import Item, ObjectSpans, scan_object
from cellbridge.notebooks.json_splice import JsonStyle, Splice, base_at, same
from cellbridge.notebooks.output_repair import is_text


@dataclass(frozen=True)
class Layout:
    """The style of a notebook file, and its text."""

    style: JsonStyle = field(default_factory=lambda: JsonStyle(sorts=True))
    end: str = "\n"
    text: str = ""
    """The file; empty if it has another version."""
    top: ObjectSpans | None = None
    minor: int = NBFORMAT[1]
    """The minor version of the file."""
    cells: Mapping[int, tuple[JsonObject, int]] = field(
        default_factory=dict[int, tuple[JsonObject, int]]
    )
    """By the identity of a cell's value (kept alive here), its index in the file."""
    unchanged: frozenset[int] = frozenset()
    """The indexes of the cells that are as they were in the file."""

    @cached_property
    def indexes(self) -> Mapping[str, int]:
        """The index of each cell in the file, by its id."""
        return {str(cell["id"]): index for cell, index in self.cells.values()}

    @cached_property
    def in_strings(self) -> bool:
        """True if the file has its sources as strings, and not as lists of lines."""
        sources = [mapping(cell).get("source") for cell in self.items]
        lists = any(isinstance(source, list) for source in sources)
        return not lists and any(isinstance(source, str) for source in sources)

    @property
    def items(self) -> Sequence[Any]:
        """The cells of the file."""
        array = self.top.cells if self.top is not None else None
        return [item.value for item in array.items] if array is not None else []


def write(notebook: Mapping[str, Any], layout: Layout | None = None) -> bytes:
    """Return a notebook's file."""
    layout = layout or Layout()
    if layout.top is None or layout.top.cells is None:
        cells = [_in_form(cell, in_strings=False) for cell in notebook["cells"]]
        text = layout.style.dump({**notebook, "cells": cells}, "") + layout.end
    else:
        writer = _Writer(layout, layout.top, Splice(layout.text, layout.style))
        text = writer.write(notebook)
    return text.encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class _Writer:
    layout: Layout
    top: ObjectSpans
    splice: Splice

    def write(self, notebook: Mapping[str, Any]) -> str:
        """Return the text of the file."""
        values = dict(notebook)
        if self.layout.minor < NBFORMAT[1]:
            values["nbformat_minor"] = self.layout.minor
            values["metadata"] = _for_generated_ids(notebook)
        cells = values.pop("cells")
        text, top = self.layout.text, self.top
        written = self.splice.members(top, values) | {"cells": self._cells(cells)}
        return text[: top.start] + self.splice.replace(top, written) + text[top.end :]

    def _cells(self, cells: Sequence[JsonObject]) -> str:
        text, array = self.layout.text, self.top.cells
        if array is not None and not cells and not array.items:
            return text[array.start : array.end]
        if array is None or not cells:
            return "[]"
        base = self.splice.member_base(self.top)
        if not array.items:
            inner = None if base is None else base + (self.layout.style.indent or "")
            parts = [self._cell(cell, inner) for cell in cells]
            if inner is None:
                return f"[{self.layout.style.separators[0].join(parts)}]"
            newline = self.layout.style.newline
            return f"[{newline}{inner}{f',{newline}{inner}'.join(parts)}{newline}{base}]"
        opening = text[array.start : array.items[0].start]
        usual = self._separator(array.items, opening)
        made = [opening]
        for number, cell in enumerate(cells):
            index = self._index(cell)
            if number and index:
                made.append(text[array.items[index - 1].end : array.items[index].start])
            elif number:
                made.append(usual)
            made.append(self._cell(cell, base_at(text, array.items[0].start)))
        return "".join([*made, text[array.items[-1].end : array.end]])

    def _separator(self, items: Sequence[Item], opening: str) -> str:
        if len(items) > 1:
            return self.layout.text[items[0].end : items[1].start]
        return f",{opening[1:] or self.layout.style.separators[0][1:]}"

    def _index(self, cell: JsonObject) -> int | None:
        held = self.layout.cells.get(id(cell))
        return held[1] if held is not None else self.layout.indexes.get(str(cell.get("id")))

    def _cell(self, cell: JsonObject, base: str | None) -> str:
        held = self.layout.cells.get(id(cell))
        array = self.top.cells
        if held is not None and array is not None and held[1] in self.layout.unchanged:
            item = array.items[held[1]]
            return self.layout.text[item.start : item.end]
        values = cell
        if self.layout.minor < NBFORMAT[1]:
            values = {key: value for key, value in cell.items() if key != "id"}
        index = self._index(cell)
        if index is None or array is None or not isinstance(array.items[index].value, dict):
            return self.layout.style.dump(_in_form(values, in_strings=self.layout.in_strings), base)
        item = array.items[index]
        before = cast("JsonObject", item.value)
        values = _in_form_of(values, before, in_strings=self.layout.in_strings)
        if (
            "id" not in before
            and index in self.layout.unchanged
            and all(same(value, before.get(key)) for key, value in values.items() if key != "id")
        ):
            values = {key: value for key, value in values.items() if key != "id"}
        found = scan_object(self.layout.text, item.start)
        return self.splice.update(found, values)


def _for_generated_ids(notebook: Mapping[str, Any]) -> Any:
    """Return the metadata for a file without ids, whose reader makes them of the cells' texts.

    Texts that are remembered by a cell's id must be found by that one.
    """
    metadata = notebook["metadata"]
    ours = mapping(mapping(metadata).get("cellbridge"))
    script = mapping(ours.get("script"))
    texts = mapping(script.get("cells"))
    if not texts:
        return metadata
    cells = notebook["cells"]
    names = {
        str(cell.get("id")): name for cell, name in zip(cells, generated_ids(cells), strict=True)
    }
    renamed = {names.get(name, name): text for name, text in texts.items()}
    script = {**script, "cells": dict(sorted(renamed.items()))}
    return {**metadata, "cellbridge": {**ours, "script": script}}


# --- Texts ----------------------------------------------------------------------------------------


def _in_form(cell: Mapping[str, Any], *, in_strings: bool) -> JsonObject:
    """Return a cell with its texts in one form: strings, or the lists of lines of nbformat."""
    made = {**cell, "source": _text(cell.get("source", ""), in_strings=in_strings)}
    if "outputs" in cell:
        made["outputs"] = [_output_in_form(one, in_strings=in_strings) for one in cell["outputs"]]
    return made


def _in_form_of(cell: JsonObject, before: JsonObject, *, in_strings: bool) -> JsonObject:
    """Return a cell with its texts in the form that they had in the file."""
    made = _in_form(cell, in_strings=isinstance(before.get("source"), str))
    held = before.get("source")
    if is_text(held) and source_of(before) == source_of(cell):
        made["source"] = held
    if "outputs" not in cell:
        return made
    given = before.get("outputs")
    old = cast("list[Any]", given) if isinstance(given, list) else []
    strings = _outputs_in_strings(old, in_strings=in_strings)
    made["outputs"] = [
        _output_of(one, old[number] if number < len(old) else None, in_strings=strings)
        for number, one in enumerate(cell["outputs"])
    ]
    return made


def _output_of(output: JsonObject, old: object, *, in_strings: bool) -> JsonObject:
    """Return an output in the form of the one that was in its place, if it is the same."""
    if isinstance(old, dict):
        held = cast("JsonObject", old)
        if same(_output_in_form(held, in_strings=True), _output_in_form(output, in_strings=True)):
            return held
    return _output_in_form(output, in_strings=in_strings)


def _outputs_in_strings(outputs: Sequence[Any], *, in_strings: bool) -> bool:
    texts: list[Any] = []
    for output in map(mapping, outputs):
        texts.append(output.get("text"))
        texts += [value for kind, value in mapping(output.get("data")).items() if _holds_text(kind)]
    if any(isinstance(text, list) for text in texts):
        return False
    return in_strings or any(isinstance(text, str) for text in texts)


def _output_in_form(output: Mapping[str, Any], *, in_strings: bool) -> JsonObject:
    made = dict(output)
    if output.get("output_type") == "stream" and "text" in output:
        made["text"] = _text(output["text"], in_strings=in_strings)
    if isinstance(data := output.get("data"), dict):
        bundle = cast("JsonObject", data)
        made["data"] = {
            kind: _text(value, in_strings=in_strings) if _holds_text(kind) else value
            for kind, value in bundle.items()
        }
    return made


def _holds_text(kind: str) -> bool:
    return kind.startswith("text/") or kind in {"application/javascript", "image/svg+xml"}


def _text(text: Any, *, in_strings: bool) -> Any:
    if in_strings:
        return source_of({"source": text}) if is_text(text) else text
    if not isinstance(text, str):
        return text
    lines = re.split(r"(?<=\n)", text)
    return lines[:-1] if not lines[-1] else lines
