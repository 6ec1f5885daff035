"""Files taken apart for an editor of notebooks and put together again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.text import Text
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks.cell_documents import (
    EditedCell,
    OpenedDocument,
    as_script,
    open_document,
    write_document,
)
from cellbridge.notebooks.errors import FileError
from support.any_text import SCRIPT as ANY_SCRIPT
from support.any_text import many

SCRIPT = """\
#!/usr/bin/env python
# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

import sys
#%% Load  [code]
x = 1


# %% [markdown] tags=["a"]
# # Title
#
# words

# %%
# %time y = x
z = 2"""


def cells_of(opened: OpenedDocument) -> list[EditedCell]:
    """Return the cells of an editor in which nothing was typed."""
    return [
        EditedCell(str(cell["id"]), cell["cell_type"], source_of(cell), {})
        for cell in opened.notebook["cells"]
    ]


def check_edit(before: str, after: str, edit: object) -> None:
    """Check what an edit of the cells makes of a script."""
    opened = open_document(before.encode(), "x.py")
    cells = cells_of(opened)
    made = edit(cells)  # pyright: ignore[reportCallIssue, reportUnknownVariableType]  # a function
    assert write_document(opened, made, "x.py").decode() == after  # pyright: ignore[reportUnknownArgumentType]


@many
@given(ANY_SCRIPT)
def test_an_untouched_script_is_the_same_bytes(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        opened = open_document(data, "x.py")
    except FileError:
        return  # It names an encoding it is not written in.
    assert write_document(opened, cells_of(opened), "x.py") == data


@many
@given(ANY_SCRIPT)
def test_the_text_that_is_run_is_the_script(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        opened = open_document(data, "x.py")
    except FileError:
        return
    made, places = as_script(opened, cells_of(opened))
    assert made == data.decode("utf-8-sig")
    for cell, place in zip(opened.notebook["cells"], places, strict=True):
        if place is not None and cell["cell_type"] == "code" and source_of(cell).strip():
            assert place.line < len(Text.of(made).lines)


@given(st.integers(0, 3), st.sampled_from(["new = 1", "", "# only a comment"]))
def test_an_edit_leaves_all_other_cells_as_they_were(index: int, source: str) -> None:
    opened = open_document(SCRIPT.encode(), "x.py")
    cells = cells_of(opened)
    cells[index] = replace(cells[index], source=source)
    made = write_document(opened, cells, "x.py").decode()
    again = open_document(made.encode(), "x.py")
    assert [source_of(cell) for cell in again.notebook["cells"]] == [cell.source for cell in cells]
    for number, part in enumerate(
        ("import sys\n", "#%% Load  [code]\nx = 1\n", "words\n", "z = 2")
    ):
        assert number == index or part in made


def test_a_cell_is_edited_in_place() -> None:
    check_edit(
        SCRIPT,
        SCRIPT.replace("x = 1", "x = 10\nw = 3"),
        lambda cells: [
            replace(cell, source="x = 10\nw = 3") if cell.source == "x = 1" else cell
            for cell in cells
        ],
    )


def test_a_cell_is_added_moved_and_taken_away() -> None:
    text = "# %%\na = 1\n\n# %%\nb = 2\n"
    new = EditedCell("", "code", "c = 3", {})
    check_edit(text, "# %%\na = 1\n\n# %%\nc = 3\n\n# %%\nb = 2\n", lambda c: [c[0], new, c[1]])
    check_edit(text, "# %%\nb = 2\n\n# %%\na = 1\n", lambda c: [c[1], c[0]])
    check_edit(text, "# %%\nb = 2\n", lambda c: [c[1]])


def test_a_copy_is_a_cell_of_its_own() -> None:
    text = '# %% tags=["a"]\na = 1\n'
    check_edit(text, f"{text}\n{text}", lambda cells: [cells[0], cells[0]])


def test_code_becomes_markdown_and_back() -> None:
    text = "# %%\na = 1\n"
    words = "# %% [markdown]\n# a = 1\n"
    check_edit(text, words, lambda cells: [replace(cells[0], kind="markdown")])
    check_edit(words, text, lambda cells: [replace(cells[0], kind="code")])


def test_a_script_without_a_last_line_end_stays_without_one() -> None:
    check_edit("# %%\na = 1", "# %%\na = 2", lambda cells: [replace(cells[0], source="a = 2")])


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    text = "\ufeff# %%\r\na = 1\r\n# %%\r\nb = 2\r\n"
    after = text.replace("b = 2", "b = 3\r\nc = 4")
    check_edit(text, after, lambda cells: [cells[0], replace(cells[1], source="b = 3\nc = 4")])


NOTEBOOK = """{
  "nbformat": 4, "nbformat_minor": 5,
  "metadata": {"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}},
  "cells": [
    {"id": "one",   "cell_type": "code", "source": ["a = 1\\n", "a"], "metadata": {"x": 1},
     "execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "é"}]},
    {"cell_type": "markdown", "id": "two", "source": "words", "metadata": {}}
  ]
}"""


def test_an_untouched_notebook_is_the_same_bytes() -> None:
    opened = open_document(NOTEBOOK.encode(), "x.ipynb")
    assert write_document(opened, cells_of(opened), "x.ipynb") == NOTEBOOK.encode()


def test_an_old_notebook_that_nobody_edits_is_the_same_bytes() -> None:
    old = NOTEBOOK.replace('"nbformat_minor": 5', '"nbformat_minor": 2')
    old = old.replace('"id": "one",', "").replace('"id": "two", ', "")
    opened = open_document(old.encode(), "x.ipynb")
    assert write_document(opened, cells_of(opened), "x.ipynb") == old.encode()


def test_new_outputs_replace_those_of_their_cell_alone() -> None:
    opened = open_document(NOTEBOOK.encode(), "x.ipynb")
    first, second = cells_of(opened)
    output = {"name": "stdout", "output_type": "stream", "text": "new\n"}
    made = write_document(opened, [replace(first, count=8, outputs=[output]), second], "x.ipynb")
    cell = json.loads(made)["cells"][0]
    assert cell["execution_count"] == 8
    assert cell["outputs"][0]["text"] == "new\n", "a text, as in the file"
    assert cell["metadata"] == {"x": 1}
    assert (
        '{"cell_type": "markdown", "id": "two", "source": "words", "metadata": {}}' in made.decode()
    )


def test_the_same_outputs_change_nothing() -> None:
    opened = open_document(NOTEBOOK.encode(), "x.ipynb")
    first, second = cells_of(opened)
    outputs = opened.notebook["cells"][0]["outputs"]
    cells = [replace(first, count=7, outputs=outputs), second]
    assert write_document(opened, cells, "x.ipynb") == NOTEBOOK.encode()


def test_cells_have_their_places_in_the_text_that_is_run() -> None:
    opened = open_document(SCRIPT.encode(), "x.py")
    text, places = as_script(opened, cells_of(opened))
    lines = text.splitlines()
    found = [place and lines[place.line] for place in places]
    assert found[0] in {"", "import sys"}
    assert found[1:] == ["x = 1", "# # Title", "# %time y = x"]


@pytest.mark.parametrize("head", ["", "\n", "# ---\n# title: T\n# ---\n\n", "#!/usr/bin/python\n"])
def test_the_place_of_the_first_cell_is_its_source(head: str) -> None:
    opened = open_document(f"{head}# %% Load\nx = 1\n\n# %%\ny = 2\n".encode(), "x.py")
    text, places = as_script(opened, cells_of(opened))
    lines = text.splitlines()
    assert [place and lines[place.line] for place in places][-2:] == ["x = 1", "y = 2"]


def test_what_is_no_notebook_is_explained() -> None:
    with pytest.raises(FileError, match="not valid JSON on line 1"):
        open_document(b"{", "x.ipynb")
