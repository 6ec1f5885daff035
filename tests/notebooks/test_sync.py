"""Pairs kept in step: by content, and never at the cost of unsaved work."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path

import jupytext
import nbformat
import pytest

from cellbridge.cli.convert.sync import execute
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.pairs import Pair
from cellbridge.notebooks.sync import ConflictError, Side, pair_of, sync

SCRIPT = "# %%\nfirst = 1\n\n# %%\nsecond = first + 1\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A script and its notebook that agree, with an output."""
    script, notebook = tmp_path / "a.py", tmp_path / "a.ipynb"
    script.write_text(SCRIPT)
    assert sync(script).written is Side.NOTEBOOK
    made = json.loads(notebook.read_text())
    made["cells"][0]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1"]}]
    notebook.write_text(json.dumps(made, indent=1))
    return script, notebook


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))


def test_a_pair_that_agrees_is_not_touched(pair: tuple[Path, Path]) -> None:
    script, notebook = pair
    before = script.read_bytes(), notebook.read_bytes()
    assert sync(script).written is None
    assert sync(notebook).written is None
    assert (script.read_bytes(), notebook.read_bytes()) == before


def test_a_changed_script_changes_its_notebook_and_keeps_outputs(pair: tuple[Path, Path]) -> None:
    script, notebook = pair
    edit(script, "first + 1", "first + 2")
    os.utime(script, (1, 1))  # older than the notebook: times do not count
    assert sync(notebook).written is Side.NOTEBOOK
    cells = json.loads(notebook.read_text())["cells"]
    assert cells[1]["source"] == ["second = first + 2"]
    assert cells[0]["outputs"]
    assert sync(script).written is None


def test_a_changed_notebook_changes_its_script_there_alone(pair: tuple[Path, Path]) -> None:
    script, notebook = pair
    script.write_text(SCRIPT.replace("# %%\nfirst", "#%%   odd\nfirst"))
    sync(script)
    edit(notebook, "first + 1", "first + 2")
    os.utime(notebook, (1, 1))
    assert sync(script).written is Side.SCRIPT
    assert script.read_text() == SCRIPT.replace("# %%\nfirst", "#%%   odd\nfirst").replace(
        "first + 1", "first + 2"
    )


def test_when_both_changed_both_are_kept_and_it_is_said(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    script, notebook = pair
    edit(script, "first = 1", "first = 10")
    edit(notebook, "first + 1", "first + 2")
    before = script.read_bytes(), notebook.read_bytes()
    with pytest.raises(ConflictError):
        sync(script)
    assert execute([script], None) == 1
    assert (script.read_bytes(), notebook.read_bytes()) == before
    said = capsys.readouterr().err
    assert said == (
        f"{script} and {notebook} have both changed and are left as they are. "
        "Select the one to keep with --take script or --take notebook.\n"
    )
    assert execute([script], "script") == 0
    assert "first = 10" in notebook.read_text()
    assert sync(script).written is None


def test_the_notebook_can_be_taken(pair: tuple[Path, Path]) -> None:
    script, notebook = pair
    edit(script, "first = 1", "first = 10")
    edit(notebook, "first + 1", "first + 2")
    assert execute([notebook], "notebook") == 0
    assert script.read_text() == SCRIPT.replace("first + 1", "first + 2")


def test_a_notebook_alone_gets_a_script(pair: tuple[Path, Path]) -> None:
    script, notebook = pair
    script.unlink()
    assert sync(notebook).written is Side.SCRIPT
    assert script.read_text() == SCRIPT


def test_pairs_by_name(tmp_path: Path) -> None:
    assert pair_of(tmp_path / "a.R") == Pair(tmp_path / "a.R", tmp_path / "a.ipynb")
    (tmp_path / "a.jl").touch()
    assert pair_of(tmp_path / "a.ipynb") == Pair(tmp_path / "a.jl", tmp_path / "a.ipynb")
    (tmp_path / "a.py").touch()
    with pytest.raises(FileError, match=r"could belong to any of a\.jl, a\.py"):
        pair_of(tmp_path / "a.ipynb")


def test_nothing_to_sync_and_senseless_words(tmp_path: Path) -> None:
    assert execute([tmp_path / "a.py"], None) == 2
    assert execute([tmp_path / "a.py"], "both") == 2


def test_a_pair_of_jupytext_s_is_in_step(tmp_path: Path) -> None:
    """Its script does not count blank lines, and names the program's version in the header."""
    script, notebook = tmp_path / "a.py", tmp_path / "a.ipynb"
    sources = ["x = 1\n", "print(1)\n    ", "def f():\n    pass\n", "a\r\nb", "y\n\n\n"]
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**cell, "id": f"c{at}", "source": text} for at, text in enumerate(sources)]
    metadata = {"jupytext": {"formats": "ipynb,py:percent"}}
    held = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    notebook.write_text(json.dumps(held, indent=1))
    script.write_text(jupytext.writes(nbformat.from_dict(copy.deepcopy(held)), fmt="py:percent"))
    before = script.read_bytes()
    assert "jupytext_version" in script.read_text()
    assert sync(script).written is None
    assert script.read_bytes() == before
    assert json.loads(notebook.read_text())["cells"] == cells
    edit(script, "x = 1", "x = 2")
    assert sync(script).written is Side.NOTEBOOK
    made = json.loads(notebook.read_text())["cells"]
    assert [cell["source"] for cell in made] == ["x = 2", *sources[1:]]
