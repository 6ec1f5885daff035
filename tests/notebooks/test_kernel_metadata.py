"""Notebooks made from scripts name their kernel and language; the scripts do not change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cellbridge.notebooks import file_conversion
from cellbridge.notebooks.sync import sync

PYTHON3 = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def header(*lines: str) -> str:
    inside = "".join(f"# {line}\n" for line in ("jupyter:", *lines))
    return f"# ---\n{inside}# ---\n\n"


def made_from(script: Path) -> Any:
    """Convert a script; check the notebook, and the script that it gives back, edited or not."""
    notebook = script.with_suffix(".ipynb")
    file_conversion.convert_file(script, notebook)
    made = json.loads(notebook.read_bytes())
    nbformat.validate(made)
    back = script.with_name(f"back{script.suffix}")
    file_conversion.convert_file(notebook, back)
    assert back.read_bytes() == script.read_bytes()
    back.unlink()
    made["cells"][-1]["source"] = "2"
    notebook.write_text(json.dumps(made))
    file_conversion.convert_file(notebook, back)
    assert back.read_text() == script.read_text().replace("%%\n1\n", "%%\n2\n")
    return made["metadata"]


def check_python(directory: Path, top: str, kernelspec: dict[str, str]) -> None:
    script = directory / "a.py"
    script.write_text(f"{top}# %%\n1\n")
    metadata = made_from(script)
    assert metadata["kernelspec"] == kernelspec
    assert metadata["language_info"]["name"] == "python"
    assert metadata["language_info"]["file_extension"] == ".py"


@pytest.mark.parametrize(
    ("top", "kernelspec"),
    [
        ("", PYTHON3),
        ("#!/usr/bin/env python3\n# a comment\n", PYTHON3),
        (header("  kernelspec:", "    name: python3"), PYTHON3),
        (
            header("  kernelspec:", "    display_name: Mine", "    name: python3"),
            PYTHON3 | {"display_name": "Mine"},
        ),
        (
            header("  kernelspec:", "    name: not-installed"),
            {"display_name": "not-installed", "language": "python", "name": "not-installed"},
        ),
        (header("  jupytext:", "    text_representation:", "      format_name: percent"), PYTHON3),
        (header("  jupytext:", "    notebook_metadata_filter: all"), PYTHON3),
        ("# ---\n# title: A\n# ---\n\n", PYTHON3),
    ],
)
def test_a_script_and_its_notebook(tmp_path: Path, top: str, kernelspec: dict[str, str]) -> None:
    check_python(tmp_path, top, kernelspec)


def test_another_language_is_named_without_a_kernel(tmp_path: Path) -> None:
    script = tmp_path / "a.groovy"
    script.write_text("// %%\n1\n")
    assert made_from(script)["language_info"] == {"name": "groovy", "file_extension": ".groovy"}


def test_a_pair_that_is_new(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(header("  kernelspec:", "    name: python3") + "# %%\n1\n")
    before = script.read_bytes()
    notebook = sync(script).notebook
    made = json.loads(notebook.read_bytes())
    nbformat.validate(made)
    assert made["metadata"]["kernelspec"] == PYTHON3
    made["cells"][-1]["source"] = "2"
    notebook.write_text(json.dumps(made))
    assert sync(script).script.read_bytes() == before.replace(b"%%\n1\n", b"%%\n2\n")


def test_metadata_in_any_order_come_back(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text('# %% A tags=["b"] name="a"\n0\n\n# %% {"z": {"y": 1, "x": 2}, "a": 0}\n1\n')
    file_conversion.convert_file(script, tmp_path / "a.ipynb")
    file_conversion.convert_file(tmp_path / "a.ipynb", tmp_path / "b.py")
    assert (tmp_path / "b.py").read_bytes() == script.read_bytes()


def test_a_notebook_without_a_kernel_stays_without_one(tmp_path: Path) -> None:
    notebook, script = tmp_path / "a.ipynb", tmp_path / "a.py"
    notebook.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[])))
    before = notebook.read_bytes()
    file_conversion.convert_file(notebook, script)
    file_conversion.convert_file(script, notebook)
    assert notebook.read_bytes() == before
