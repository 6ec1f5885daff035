"""A conversion that changes nothing makes no diff; a change of one cell stays within its lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.core.document.cells import parse
from cellbridge.core.document.text import Text
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.percent import convert
from cellbridge.core.percent import script as percent
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks import file_conversion, ipynb, sync
from cellbridge.notebooks.cell_documents import EditedCell, open_document, write_document
from support import near_schema

Layout = Callable[[Any], str]


def dump(**options: Any) -> Layout:
    return lambda value: json.dumps(value, **options)


def by_hand(value: dict[str, Any]) -> str:
    """Return a notebook as a language model writes it."""
    cells = ",\n    ".join(json.dumps(cell) for cell in value["cells"])
    metadata, minor = json.dumps(value["metadata"]), value["nbformat_minor"]
    return (
        f'{{ "nbformat" :4, "nbformat_minor": {minor},\n  "metadata": {metadata},\n'
        f'  "cells": [\n    {cells}\n  ] }}'
    )


LAYOUTS: Mapping[str, Layout] = {
    "nbformat": dump(indent=1, ensure_ascii=False, sort_keys=True),
    "two": dump(indent=2),
    "four": dump(indent=4, ensure_ascii=False),
    "tabs": dump(indent="\t"),
    "none": dump(indent=0),
    "one line": dump(),
    "compact": dump(separators=(",", ":"), ensure_ascii=False),
    "colons": dump(indent=2, separators=(",", " : ")),
    "by hand": by_hand,
    "CRLF": lambda value: json.dumps(value, indent=1).replace("\n", "\r\n"),
}
layouts = st.sampled_from(sorted(LAYOUTS))
ends = st.sampled_from(["\n", "", "\n\n", "\r\n"])


def as_edited(cell: dict[str, Any]) -> EditedCell:
    """Return a cell as an editor sends it, with its outputs and other line endings."""
    source = source_of(cell).replace("\r\n", "\n")
    outputs = cell.get("outputs")
    return EditedCell(
        cell["id"], cell["cell_type"], source, {}, cell.get("execution_count"), outputs
    )


def as_run(output: dict[str, Any]) -> Output:
    """Return an output as a kernel sends it again."""
    match output:
        case {"output_type": "stream", "name": name, "text": text}:
            joined = "".join(text)
            return Stream(name, joined, chars=len(joined), lines=joined.count("\n"))
        case {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": traceback}:
            return Failure(ename, evalue, tuple(traceback))
        case _:
            data = {
                kind: "".join(value) if isinstance(value, list) else value
                for kind, value in output["data"].items()
            }
            return Display(data, output["metadata"], count=output.get("execution_count"))


def check_no_diff(data: bytes) -> None:
    """Check all ways to write a notebook in which nothing has changed."""
    document = ipynb.read(data, "a.ipynb")
    made, layout = document.notebook, document.layout
    assert ipynb.write(made, layout) == data
    language = convert.language_in(made)
    cells = parse(Text.of(convert.to_script(made, language)), language)
    assert ipynb.write(convert.to_notebook(cells, made), layout) == data
    opened = open_document(data, "a.ipynb")
    edited = [as_edited(cell) for cell in opened.notebook["cells"]]
    assert write_document(opened, edited, "a.ipynb") == data
    reading = percent.read(cells)
    first = int(reading.front is not None)
    executed = {
        index: ExecutedCell([as_run(output) for output in cell["outputs"]], cell["execution_count"])
        for index, cell in zip(reading.indexes, made["cells"][first:], strict=True)
        if cell["cell_type"] == "code"
    }
    assert ipynb.write(convert.notebook(cells, executed, None, made), layout) == data


@given(near_schema.notebooks(), layouts, ends)
@settings(max_examples=300, deadline=None)
def test_what_changes_nothing_makes_no_diff(notebook: Any, layout: str, end: str) -> None:
    check_no_diff((LAYOUTS[layout](notebook) + end).encode())


@given(near_schema.notebooks(), layouts, st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_change_of_one_cell_stays_within_its_lines(notebook: Any, layout: str, at: int) -> None:
    if at >= len(notebook["cells"]):
        return
    data = LAYOUTS[layout](notebook).encode()
    opened = open_document(data, "a.ipynb")
    cells = [as_edited(cell) for cell in opened.notebook["cells"]]
    cells[at] = EditedCell(cells[at].id, cells[at].kind, "changed = 1", {})
    made = write_document(opened, cells, "a.ipynb").decode()
    held = notebook["cells"][at]
    held["source"] = ["changed = 1"] if isinstance(held["source"], list) else "changed = 1"
    assert made == LAYOUTS[layout](notebook)


def test_a_file_makes_no_diff_by_conversion_and_sync(tmp_path: Path) -> None:
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    for minor in range(6):
        cell = {"cell_type": "code", "execution_count": 2, "metadata": {}, "outputs": []}
        cells = [{**cell, "source": source} for source in ("x = 1", ["y\n", "z\n"], [])]
        if minor == 5:
            cells = [{**cell, "id": str(at)} for at, cell in enumerate(cells)]
        whole = {"metadata": {}, "nbformat": 4, "nbformat_minor": minor, "cells": cells}
        data = json.dumps(whole, indent="\t").encode()
        notebook.write_bytes(data)
        file_conversion.convert_file(notebook, script)
        file_conversion.convert_file(script, notebook)
        assert notebook.read_bytes() == data
        sync.sync(script)
        synced = notebook.read_bytes()
        assert json.loads(synced) == {**whole, "metadata": json.loads(synced)["metadata"]}
        before, after = data.splitlines(), synced.splitlines()
        assert [line for line in before if line not in after] == [b'\t"metadata": {},']
        sync.sync(script)
        sync.sync(notebook)
        assert notebook.read_bytes() == synced


@pytest.mark.parametrize("minor", [4, 5])
def test_new_cells_in_an_old_notebook(tmp_path: Path, minor: int) -> None:
    """They have no ids if the file has none, and all others keep their lines."""
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["words"]}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": minor}
    notebook.write_text(json.dumps(whole, indent=1) + "\n")
    file_conversion.convert_file(notebook, script)
    script.write_text(script.read_text() + "\n#%% \nx=1\n")
    file_conversion.convert_file(script, notebook)
    made = json.loads(notebook.read_text())
    assert made["nbformat_minor"] == minor
    assert made["cells"][0] == cell
    assert ("id" in made["cells"][1]) == (minor == 5)
    once = script.read_text()
    script.unlink()
    file_conversion.convert_file(notebook, script)
    assert script.read_text() == once, "its style is remembered by the text's own id"


def test_a_mended_notebook_keeps_the_lines_of_its_other_cells(tmp_path: Path) -> None:
    good = '  {"cell_type" : "raw",   "id":"a", "metadata":{}, "source":"\\u00e9"}'
    metadata = '"metadata": {"k": [1 ,2], "tags": "t"}'
    bad = f'  {{"cell_type": "code", "id": "b",\n    {metadata},  "source": "x"}}'
    top = ' "nbformat": 4, "nbformat_minor": 5, "metadata": {"a":{}} }'
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    notebook.write_text(f'{{ "cells": [\n{good},\n{bad}\n ],\n{top}')
    file_conversion.convert_file(notebook, script)
    file_conversion.convert_file(script, notebook)
    mended = bad.replace('"t"', '["t"]').replace(
        '"source"', '"execution_count": null,  "outputs": [],  "source"'
    )
    assert json.loads(notebook.read_text())["cells"][1] == json.loads(mended)
    lines = notebook.read_text().splitlines()
    assert lines[:2] == ['{ "cells": [', f"{good},"]
    assert lines[-1] == top
    assert '"metadata": {"k": [1 ,2], "tags": ["t"]}' in lines[3]
