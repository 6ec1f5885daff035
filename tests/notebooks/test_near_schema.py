"""Notebooks that deviate from the format, read wherever their meaning is plain."""

# Size: one table for each part of a notebook; apart they would need the same helpers.

from __future__ import annotations

import copy
import json
import re
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import nbformat.validator
import pytest
from hypothesis import given, settings

from cellbridge.core.document.cells import parse
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks import file_conversion, ipynb, sync
from cellbridge.notebooks.cell_documents import open_document, write_document
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.notebook_writing import Layout
from support import near_schema

CASES = Path(__file__).with_name("cases")
VALIDATOR: Any = nbformat.validator
STRICT: Any = VALIDATOR.get_validator(4, 5)
CODE: dict[str, Any] = {
    "cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [],
    "source": "x = 1",
}  # fmt: skip
TEXT = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "words"}
STREAM = {"name": "stdout", "output_type": "stream", "text": "out"}
ERROR = {"ename": "E", "evalue": "v", "output_type": "error", "traceback": ["t"]}
RESULT = {
    "data": {"text/plain": "1"}, "execution_count": 1, "metadata": {},
    "output_type": "execute_result",
}  # fmt: skip
GONE = object()


def changed(base: dict[str, Any], **values: Any) -> dict[str, Any]:
    made = {**base, **values}
    return {key: value for key, value in made.items() if value is not GONE}


code, text, stream, error, result = (
    partial(changed, base) for base in (CODE, TEXT, STREAM, ERROR, RESULT)
)


def file_of(*cells: Any, **top: Any) -> bytes:
    whole = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(changed(whole, **top), indent=1) + "\n").encode()


def check_valid(data: bytes) -> None:
    """Check that a file is what nbformat calls valid, without a warning but for missing ids."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", VALIDATOR.MissingIDFieldWarning)
        nbformat.validate(nbformat.from_dict(json.loads(data)))


def check_read(data: bytes) -> ipynb.Document:
    """Check that a notebook is valid when read, when written, and after a conversion."""
    document = ipynb.read(data, "a.ipynb")
    made = document.notebook
    is_later = made["nbformat_minor"] > 5
    assert is_later or [error.message for error in STRICT.iter_errors(made)] == []
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids)
    before = copy.deepcopy(made)
    written = ipynb.write(made, document.layout)
    check_valid(written)
    again = ipynb.read(written, "a.ipynb")
    assert again.note == "", "what was mended is not mended again"
    assert ipynb.write(again.notebook, again.layout) == written
    language = convert.language_in(made)
    back = convert.to_notebook(parse(Text.of(convert.to_script(made)), language), made)
    assert ipynb.write(back, document.layout) == written, "nothing has changed"
    assert made == before
    return document


def texts(document: ipynb.Document) -> list[tuple[Any, str]]:
    return [(cell["id"], source_of(cell)) for cell in document.notebook["cells"]]


# --- The cases ------------------------------------------------------------------------------------

MENDED = {
    "collapsed_null": "cell 1 (metadata.collapsed)",
    "count_is_a_star": "cell 1 (execution_count)",
    "heading_cell_in_v4": "cell 1 (cell_type, level, source)",
    "id_empty": "cell 1 (id)",
    "id_too_long": "cell 1 (id)",
    "id_twice": "cell 2 (id)",
    "id_with_a_blank": "cell 1 (id)",
    "metadata_missing": "cell 1 (metadata)",
    "metadata_null": "cell 1 (metadata)",
    "name_empty": "cell 1 (metadata.name)",
    "no_execution_count": "cell 1 (execution_count)",
    "no_outputs": "cell 1 (outputs)",
    "old_44_without_ids": "",
    "output_without_metadata": "cell 1 (outputs.metadata)",
    "scrolled_a_word": "cell 1 (metadata.scrolled)",
    "source_missing": "cell 1 (source)",
    "stream_without_name": "cell 1 (outputs.name)",
    "tag_twice": "cell 1 (metadata.tags)",
    "tag_with_a_comma": "cell 1 (metadata.tags)",
    "texts_ending_in_blank_lines": "",
}


def test_all_cases_are_here() -> None:
    assert {path.stem for path in CASES.iterdir()} == {*MENDED, "lone_surrogate"}


@pytest.mark.parametrize("name", MENDED)
def test_a_case_is_read_alike_everywhere_and_mended_once(name: str, tmp_path: Path) -> None:
    data = (CASES / f"{name}.ipynb").read_bytes()
    document = check_read(data)
    place = MENDED[name]
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    said = f"{notebook} deviates from the notebook format and was mended while it was read, in "
    said = f"{said}{place}; the mended form is kept when the notebook is written next."
    notebook.write_bytes(data)
    assert file_conversion.convert_file(notebook, script).note == (said if place else "")
    assert file_conversion.convert_file(script, notebook).note == (said if place else "")
    check_valid(notebook.read_bytes())
    assert (notebook.read_bytes() == data) == (not place)
    assert file_conversion.convert_file(script, notebook).note == ""
    assert texts(ipynb.read(notebook.read_bytes(), "")) == texts(document)
    notebook.write_bytes(data)
    assert sync.sync(script).note == (said if place else "")
    assert sync.sync(script).note == ""
    opened = open_document(data, "notebook.ipynb")
    assert opened.note == (said.replace(str(notebook), "The notebook") if place else "")
    assert opened.notebook["cells"] == document.notebook["cells"]
    assert write_document(opened, [], "notebook.ipynb") != data


def test_half_a_surrogate_pair_is_refused_with_its_place() -> None:
    data = (CASES / "lone_surrogate.ipynb").read_bytes()
    with pytest.raises(FileError) as caught:
        ipynb.read(data, "a.ipynb")
    assert "line 1 of the source of cell 1 has half a surrogate pair (\\udcc3)" in str(caught.value)
    assert "coding" not in str(caught.value)
    output = file_of(code(outputs=[stream(text="a\udcc3")], source="'\U0001f600'"))
    assert check_read(output).note == "", "outputs never become text of a script"


# --- Their siblings -------------------------------------------------------------------------------

CELLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (code(execution_count="[7]"), code(execution_count=7)),
    (code(execution_count=7.0), code(execution_count=7)),
    (code(execution_count=-1), CODE),
    (code(execution_count=True), CODE),
    (code(execution_count=GONE, prompt_number=7), code(execution_count=7)),
    (code(source=GONE, input=["x", "1"], language="python"), code(source=["x", "1"])),
    (code(source=None), code(source="")),
    (code(source=["x", [" = ", None], 1]), CODE),
    (code(source=1), code(source="1")),
    (code(id=7), code(id="7")),
    (code(id="é b/c\n"), code(id="b-c")),
    (code(cell_type="Code"), CODE),
    (code(cell_type=GONE), CODE),
    (code(metadata=[]), CODE),
    (code(outputs={}), CODE),
    (code(outputs=STREAM), code(outputs=[STREAM])),
    (code(outputs="out"), code(outputs=[STREAM])),
    (code(outputs=[None, STREAM]), code(outputs=[STREAM])),
    (code(collapsed=False, custom=[1]), code(metadata={"collapsed": False, "custom": [1]})),
    (text(outputs=[], execution_count=None), TEXT),
    (text(outputs=[STREAM]), text(metadata={"outputs": [STREAM]})),
    (text(attachments=None), TEXT),
    (text(attachments={"a": {"text/plain": 1}}), text(attachments={"a": {"text/plain": "1"}})),
    (code(attachments={"a": {}}), code(metadata={"attachments": {"a": {}}})),
    (text(cell_type="md"), TEXT),
    (text(cell_type="heading", source=["a\n", "b"]), text(source="# a b")),
]  # fmt: skip
METADATA: list[tuple[str, Any, Any]] = [
    ("collapsed", "true", True), ("collapsed", 0, False), ("collapsed", "no", GONE),
    ("scrolled", "AUTO", GONE), ("scrolled", "auto", "auto"), ("scrolled", None, GONE),
    ("name", 7, "7"), ("name", "a\nb", "a b"), ("name", None, GONE), ("name", [], GONE),
    ("tags", "a, b", ["a", "b"]), ("tags", None, GONE), ("tags", ["a", "", None, 1], ["a", "1"]),
    ("tags", {"a": 1}, ["a"]), ("tags", [], []), ("tags", 3.5, ["3.5"]),
    ("jupyter", None, GONE), ("jupyter", "x", GONE), ("execution", {"a": 1, "b": None}, {"a": "1"}),
]  # fmt: skip
OUTPUTS: list[tuple[Any, Any]] = [
    (stream(name=None), STREAM),
    (stream(name=GONE, stream="stderr"), stream(name="stderr")),
    (stream(output_type=GONE), STREAM),
    (stream(output_type="stdout"), STREAM),
    (stream(text=None), stream(text="")),
    (stream(text=["a", 1, None]), stream(text="a1")),
    (stream(metadata={}), STREAM),
    (error(ename=GONE, traceback=GONE), error(ename="Error", traceback=[])),
    (error(traceback="a\nb", evalue=None), error(traceback=["a", "b"], evalue="")),
    (error(output_type="pyerr"), ERROR),
    (result(metadata=None, execution_count="*"), result(execution_count=None)),
    (result(output_type="pyout", execution_count=GONE, prompt_number=1), RESULT),
    (result(data=GONE, text="1", output_type="pyout"), RESULT),
    (result(output_type=GONE), RESULT),
    (result(data="1"), RESULT),
    (result(data={"text/plain": 1, "text/html": None}), RESULT),
    (result(data={"text/plain": {"a": 1}}), result(data={"text/plain": '{"a": 1}'})),
    (result(data={"a/b": 1, "a/json": 1}), result(data={"a/b": "1", "a/json": "1"})),
    (result(data=None, transient={}), result(data={})),
    (result(custom=1), result(metadata={"custom": 1})),
    (
        {"output_type": "table", "rows": [1]},
        result(
            data={"text/plain": '{"rows": [1]}'}, metadata={"output_type": "table"},
            output_type="display_data", execution_count=GONE,
        ),
    ),
    (
        {"output_type": "update_display_data", "data": {"text/plain": "1"}},
        result(output_type="display_data", execution_count=GONE),
    ),
]  # fmt: skip


def check_cell(before: dict[str, Any], after: dict[str, Any], *, same: bool = False) -> None:
    """Check that a cell is read as another one, and that the user is informed of a change."""
    document = check_read(file_of(before))
    assert document.notebook["cells"] == [after]
    assert ("cell 1 (" in document.note) == (not same)


@pytest.mark.parametrize(("before", "after"), CELLS, ids=range(len(CELLS)))
def test_a_cell_is_mended(before: dict[str, Any], after: dict[str, Any]) -> None:
    check_cell(before, after)


def test_metadata_and_outputs_of_a_cell_are_mended() -> None:
    for key, before, after in METADATA:
        held = code(metadata={key: before})
        made = code(metadata={} if after is GONE else {key: after})
        check_cell(held, made, same=json.dumps(before) == json.dumps(after, default=str))
    check_cell(
        {**TEXT, "cell_type": "raw", "metadata": {"format": None, "collapsed": None}},
        {**TEXT, "cell_type": "raw", "metadata": {"collapsed": None}},
    )
    for before, after in OUTPUTS:
        count = {"execution_count": 1}
        check_cell(code(**count, outputs=[before]), code(**count, outputs=[after]))


PYTHON = {"name": "python3", "display_name": "python3"}
TOPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"metadata": {"kernelspec": {"name": "python3"}}}, {"kernelspec": PYTHON}),
    ({"metadata": {"kernelspec": "python3"}}, {"kernelspec": PYTHON}),
    ({"metadata": {"kernelspec": None, "language_info": []}}, {}),
    (
        {"metadata": {"kernelspec": {"display_name": "R"}, "language_info": {"name": "R"}}},
        {"kernelspec": {"display_name": "R", "name": "R"}, "language_info": {"name": "R"}},
    ),
    (
        {"metadata": {"language_info": {"version": "3", "codemirror_mode": None}}},
        {"language_info": {"name": "python", "version": "3"}},
    ),
    ({"metadata": {"authors": "A", "title": None}}, {"authors": [{"name": "A"}]}),
    ({"metadata": {"title": ["a"], "orig_nbformat": "x"}}, {"title": '["a"]'}),
    ({"metadata": None}, {}),
    ({"metadata": GONE}, {}),
    ({"nbformat": "4"}, {}),
    ({"nbformat": 4.0, "nbformat_minor": "5"}, {}),
    ({"nbformat": GONE, "nbformat_minor": GONE}, {}),
    ({"nbformat": 3}, {}),
    ({"worksheets": []}, {}),
    ({"signature": "x"}, {"signature": "x"}),
]


@pytest.mark.parametrize(("top", "metadata"), TOPS, ids=range(len(TOPS)))
def test_a_notebook_s_own_keys_are_mended(top: dict[str, Any], metadata: dict[str, Any]) -> None:
    document = check_read(file_of(CODE, **top))
    assert document.notebook["metadata"] == metadata
    assert document.notebook["cells"] == [CODE]
    assert "in the notebook (" in document.note


def test_worksheets_and_a_byte_order_mark_are_read() -> None:
    old = {"cell_type": "code", "input": "x = 1", "prompt_number": 2, "outputs": []}
    data = file_of(cells=GONE, worksheets=[{"cells": [old]}])
    document = ipynb.read(b"\xef\xbb\xbf" + data, "a.ipynb")
    assert [cell["source"] for cell in document.notebook["cells"]] == ["x = 1"]
    assert "the notebook (byte order mark, worksheets)" in document.note
    check_valid(ipynb.write(document.notebook, document.layout))
    with_mark = check_read(b"\xef\xbb\xbf" + file_of(CODE))
    assert ipynb.write(with_mark.notebook, with_mark.layout) == file_of(CODE)


def test_ids_in_a_notebook_of_version_4_4_make_it_one_of_4_5() -> None:
    document = check_read(file_of(CODE, code(id=GONE), nbformat_minor=4))
    written = json.loads(ipynb.write(document.notebook, document.layout))
    assert written["nbformat_minor"] == 5
    assert written["cells"][0] == CODE
    assert written["cells"][1]["id"]


def test_keys_of_a_later_version_stay() -> None:
    data = file_of(code(future=1), nbformat_minor=7, later={"a": 1})
    document = ipynb.read(data, "a.ipynb")
    assert document.note == ""
    assert ipynb.write(document.notebook, document.layout) == data


def test_many_places_are_counted() -> None:
    bad = [code(id=f"c{number}", outputs=GONE) for number in range(9)]
    note = ipynb.read(file_of(*bad), "a.ipynb").note
    assert "cell 4 (outputs) and 5 more cells;" in note
    assert note.count(". ") == 0


# --- Any --------------------------------------------------------------------------------------

PLACE = re.compile(
    r"cell \d+|metadata|old notebook|list of cells|version|number nbformat|object|empty"
)


def check_near(notebook: Any) -> None:
    """Check that a notebook is refused with a place, or is valid and has its texts."""
    data = json.dumps(notebook).encode()
    try:
        document = check_read(data)
    except FileError as refused:
        refusal = str(refused)
    else:
        check_texts(notebook, document)
        return
    assert PLACE.search(refusal), refusal


def check_texts(notebook: Any, document: ipynb.Document) -> None:
    """Check that each text of a cell has been kept."""
    if not isinstance(notebook.get("cells"), list) or notebook.get("worksheets"):
        return
    for cell, before in zip(document.notebook["cells"], notebook["cells"], strict=True):
        source = before.get("source")
        if isinstance(source, str) and before.get("cell_type") != "heading":
            assert cell["source"] == source


@given(near_schema.near())
@settings(max_examples=300, deadline=None)
def test_any_notebook_near_the_format_is_read_or_refused_with_a_place(notebook: Any) -> None:
    check_near(notebook)


def test_a_new_notebook_has_nbformat_s_own_layout() -> None:
    data = ipynb.write({"cells": [CODE], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert data == ipynb.write(ipynb.read(data, "").notebook, Layout())
