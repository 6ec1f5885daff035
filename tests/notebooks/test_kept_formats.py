"""A notebook's script keeps the format that it has."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jupytext
import pytest

from cellbridge.notebooks import file_conversion
from cellbridge.notebooks.errors import FileError
from support.jupytext_shapes import DOCUMENTS, LIGHT, SCRIPTS, content, with_header


@pytest.mark.parametrize("name", [*SCRIPTS, *DOCUMENTS])
def test_a_text_comes_back_in_its_own_format(tmp_path: Path, name: str) -> None:
    """Its pair keeps its bytes, another file has its format, and only an edit makes a diff."""
    extension, text = (SCRIPTS | DOCUMENTS)[name]
    form = name.rpartition(" ")[2] if name in SCRIPTS else ""
    text = with_header(extension, form, text) if form else text
    source, notebook = tmp_path / f"a.{extension}", tmp_path / "a.ipynb"
    before = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    source.write_bytes(before)
    file_conversion.convert_file(source, notebook)
    file_conversion.convert_file(notebook, source)
    assert source.read_bytes() == before
    made = json.loads(notebook.read_bytes())
    code = [cell for cell in made["cells"] if cell["cell_type"] == "code"][-1]
    code["source"] = ["edited = 1\n", "edited"]
    notebook.write_text(json.dumps(made))
    file_conversion.convert_file(notebook, source)
    after = source.read_bytes().decode("utf-8-sig")
    assert source.read_bytes().startswith(b"\xef\xbb\xbf")
    assert after.count("\n") == after.count("\r\n") > 0
    other = tmp_path / f"other.{extension}"
    file_conversion.convert_file(notebook, other)
    for read in (after.replace("\r\n", "\n"), other.read_text()):
        assert ("kernelspec" in read) == ("kernelspec" in text)
        if form:
            assert f"format_name: {form.replace('bare', 'nomarker')}" in read
        theirs = jupytext.reads(read, fmt=extension)
        assert content(theirs.cells) == content(made["cells"])
    # Once more: what text cannot hold stays in the notebook.
    file_conversion.convert_file(source, notebook)
    again = json.loads(notebook.read_bytes())
    for held in (made, again):
        for key in ("format_version", "jupytext_version"):
            held["metadata"]["jupytext"]["text_representation"].pop(key, "")
    assert (again["metadata"], again["cells"]) == (made["metadata"], made["cells"])


@pytest.mark.parametrize(
    ("metadata", "existing", "form"),
    [
        ({"text_representation": {"extension": ".py", "format_name": "light"}}, "", "light"),
        ({"text_representation": {"extension": ".R", "format_name": "light"}}, "", "percent"),
        ({"text_representation": {"extension": ".py", "format_name": "percent"}}, "", "percent"),
        ({"formats": "ipynb,scripts//py:hydrogen"}, "", "hydrogen"),
        ({"formats": "ipynb,py"}, "", "percent"),
        ({"formats": "ipynb,py:light"}, with_header("py", "percent", "x = 1\n"), "percent"),
        ({}, with_header("py", "sphinx", "x = 1\n"), "sphinx"),
        ({"text_representation": [1], "formats": {"a": 1}}, "", "percent"),
    ],
)
def test_the_format_of_a_script_is_the_one_of_its_pair(
    tmp_path: Path, metadata: dict[str, Any], existing: str, form: str
) -> None:
    cells = [{"cell_type": "code", "id": "a", "metadata": {}, "source": "y = 1", "outputs": []}]
    cells[0]["execution_count"] = None
    held = {"cells": cells, "metadata": {"jupytext": metadata}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(held))
    script = tmp_path / "a.py"
    if existing:
        script.write_text(existing)
    file_conversion.convert_file(tmp_path / "a.ipynb", script)
    assert f"format_name: {form}\n" in script.read_text()
    file_conversion.convert_file(tmp_path / "a.ipynb", script, ("ipynb", "py:percent"))
    assert "format_name: percent\n" in script.read_text()


def test_without_jupytext_a_new_script_is_percent_and_an_existing_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    light, notebook = tmp_path / "a.py", tmp_path / "a.ipynb"
    light.write_text(with_header("py", "light", LIGHT))
    file_conversion.convert_file(light, notebook)
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(FileError, match="jupytext's light format, which needs jupytext"):
        file_conversion.convert_file(notebook, light)
    made = file_conversion.convert_file(notebook, tmp_path / "b.py")
    assert "is in percent format, because jupytext is not installed" in made.note
    assert b"# %% [markdown]" in made.data
