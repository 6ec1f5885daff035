"""jupytext's formats: what Cellbridge reads of them, and what jupytext reads of Cellbridge's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from cellbridge.notebooks import cell_documents, file_conversion
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.sync import sync
from support.jupytext_shapes import DOCUMENTS, LIGHT, PERCENT, SCRIPTS, Shape, content, with_header


def check_shape(folder: Path, name: str, text: str, form: str) -> None:
    """Compare the cells with jupytext's, and how it reads the percent script made of them."""
    source, notebook = folder / f"a.{name}", folder / "a.ipynb"
    source.write_text(text)
    file_conversion.convert_file(source, notebook)
    made = json.loads(notebook.read_bytes())
    nbformat.validate(made)
    renamed = [given.replace("bare", "nomarker") for given in (text, form)]
    theirs = jupytext.reads(renamed[0], fmt=renamed[1]).cells
    assert content(made["cells"]) == content(theirs)
    extension = name if name not in {"md", "Rmd"} else "py"
    script = folder / f"percent.{extension}"
    file_conversion.convert_file(notebook, script, ("ipynb", f"{extension}:percent"))
    read = jupytext.reads(script.read_text(), fmt=f"{extension}:percent")
    assert content(read.cells) == content(made["cells"])


@pytest.mark.parametrize(("name", "shape"), SCRIPTS.items(), ids=SCRIPTS)
def test_scripts_are_read_by_their_header(tmp_path: Path, name: str, shape: Shape) -> None:
    extension, text = shape
    form = name.rpartition(" ")[2]
    check_shape(tmp_path, extension, with_header(extension, form, text), f"{extension}:{form}")


@pytest.mark.parametrize("shape", DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_are_read(tmp_path: Path, shape: Shape) -> None:
    extension, text = shape
    form = "md:myst" if "code-cell" in text else extension
    check_shape(tmp_path, extension, text, form)


@pytest.mark.parametrize("shape", PERCENT.values(), ids=PERCENT)
def test_percent_scripts_are_read_alike(tmp_path: Path, shape: Shape) -> None:
    extension, text = shape
    check_shape(tmp_path, extension, text, f"{extension}:percent")


@pytest.mark.parametrize("name", sorted({name.rpartition(" ")[2] for name in SCRIPTS}))
def test_without_jupytext_a_format_is_refused_by_its_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    script = tmp_path / "a.py"
    script.write_text(with_header("py", name, "x = 1\n"))
    with pytest.raises(FileError, match=rf"a.py is in jupytext's {name} format.*pip install"):
        file_conversion.convert_file(script, tmp_path / "a.ipynb")


def test_a_script_in_another_format_is_never_one_cell(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(with_header("py", "light", LIGHT))
    with pytest.raises(FileError, match="jupytext's light format"):
        sync(script)
    with pytest.raises(FileError, match="jupytext's light format"):
        cell_documents.open_document(script.read_bytes(), "a.py")


# --- Where we differ ------------------------------------------------------------------------------


def test_blank_lines_below_the_encoding_are_no_cell(tmp_path: Path) -> None:
    text = "# coding: utf-8\n\n# %%\nx = 1\n"
    assert content(jupytext.reads(text, fmt="py:percent").cells)[0] == ("code", "", {})
    (tmp_path / "a.py").write_text(text)
    file_conversion.convert_file(tmp_path / "a.py", tmp_path / "a.ipynb")
    assert content(json.loads((tmp_path / "a.ipynb").read_bytes())["cells"]) == [
        ("code", "x = 1", {})
    ]


def test_prose_behind_an_equals_sign_is_a_title(tmp_path: Path) -> None:
    text = "# %% Fit, n=100 samples\nx = 1\n"
    theirs = content(jupytext.reads(text, fmt="py:percent").cells)
    assert theirs == [("code", "x = 1", {"title": "Fit,", "n": 100, "samples": None})]
    (tmp_path / "a.py").write_text(text)
    file_conversion.convert_file(tmp_path / "a.py", tmp_path / "a.ipynb")
    assert content(json.loads((tmp_path / "a.ipynb").read_bytes())["cells"]) == [
        ("code", "x = 1", {"title": "Fit, n=100 samples"})
    ]
